import type { Resource } from '#model/resource.ts'

/** Who keeps a DaemonSet as it is, so that an edit of it would be taken back; undefined: nobody does. */
export function keeperOf({ body: { metadata } }: Resource<'k8s/DaemonSet'>): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)
  if (owner !== undefined) return `${owner.kind} ${owner.name}`
  const release = metadata.annotations?.['meta.helm.sh/release-name']
  if (release !== undefined) return `Helm release ${release}`
  const isAddon = metadata.managedFields?.some(({ manager }) => manager === 'eks') === true
  return isAddon || metadata.labels?.['app.kubernetes.io/managed-by'] === 'EKS' ? 'the EKS add-on' : undefined
}
