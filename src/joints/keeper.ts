import type { Kinds, KubernetesKind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'

/** What is read of an object to tell who keeps it. */
interface Kept {
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly ownerReferences?:
    | readonly { readonly kind: string; readonly name: string; readonly controller?: boolean | undefined }[]
    | undefined
  readonly managedFields?: readonly { readonly manager?: string | undefined }[] | undefined
}

/**
 * Who keeps an object as it is, so that an edit of it would be taken back: `Helm release x`, `Argo CD application y`. Undefined: nobody that it tells of.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/ https://fluxcd.io/flux/components/kustomize/kustomizations/
 */
export function keeperOf({ body }: Resource<KubernetesKind>): string | undefined {
  const { labels = {}, annotations = {}, ownerReferences = [], managedFields = [] } = (body as Kinds['k8s/ConfigMap']).metadata as Kept
  const owner = ownerReferences.find(({ controller }) => controller === true)
  if (owner !== undefined) return `${owner.kind} ${owner.name}`
  const application = annotations['argocd.argoproj.io/tracking-id']?.split(':')[0] ?? labels['argocd.argoproj.io/instance']
  if (application !== undefined) return `Argo CD application ${application}`
  for (const [label, what] of flux) if (labels[label] !== undefined) return `${what} ${labels[label]} of Flux`
  const release = annotations['meta.helm.sh/release-name']
  if (release !== undefined) return `Helm release ${release}`
  const isAddon = labels['app.kubernetes.io/managed-by'] === 'EKS' || managedFields.some(({ manager }) => manager === 'eks')
  return isAddon ? 'an EKS add-on' : undefined
}

const flux = [
  ['kustomize.toolkit.fluxcd.io/name', 'Kustomization'],
  ['helm.toolkit.fluxcd.io/name', 'HelmRelease'],
] as const
