import { annotation } from './irsa/service-account.ts'
import { environmentOf, literalOf, staticKeyVariables } from './irsa/identity.ts'
import type { ProbeJobInput } from './probe-job.ts'
import type { PodShape, Workload } from './workloads.ts'

type Likeness = Pick<ProbeJobInput, 'labels' | 'annotations' | 'environment' | 'volumes' | 'mounts' | 'tolerations' | 'nodeSelector'>

/** What the webhook reads, or somebody thinks that it reads. */
const webhookPrefix = 'eks.amazonaws.com/'

/** Keys are never copied: a probe shows what the service account gets. */
const never = new Set<string>([...staticKeyVariables, 'AWS_SESSION_TOKEN'])

/**
 * What of a workload's pods decides which AWS identity they get, for a pod that stands in for them: what the webhook reads, AWS's variables of the
 * first container, volumes with tokens, and where they may run.
 */
export function likeWorkload(template: PodShape | undefined): Likeness {
  if (template === undefined) return {}
  const { spec, labels, annotations } = template
  const [container] = spec.containers
  const environment = container === undefined ? [] : [...environmentOf(container).values()]
  const tokens = (spec.volumes ?? []).filter(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  )
  const names = new Set(tokens.map(({ name }) => name))
  const ofWebhook = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).filter(([key]) => key.startsWith(webhookPrefix)))
  // The container of a probe has another name than the one that it stands in for.
  const skips = annotations[annotation.skipContainers]?.split(',').some(name => name.trim() === container?.name) === true
  const { [annotation.skipContainers]: _, ...others } = ofWebhook(annotations)
  return {
    labels: ofWebhook(labels),
    annotations: { ...others, ...(skips ? { [annotation.skipContainers]: 'probe' } : {}) },
    environment: environment.flatMap(each => {
      const value = literalOf(each)
      return each.name.startsWith('AWS_') && value !== undefined && !never.has(each.name) ? [{ name: each.name, value }] : []
    }),
    ...(tokens.length === 0 ? {} : { volumes: tokens, mounts: (container?.volumeMounts ?? []).filter(({ name }) => names.has(name)) }),
    ...(spec.tolerations === undefined ? {} : { tolerations: spec.tolerations }),
    ...(spec.nodeSelector === undefined ? {} : { nodeSelector: spec.nodeSelector }),
  }
}

/** Labels that controllers put on their own pods. */
const ofControllers =
  /^(pod-template-hash|controller-revision-hash|controller-uid|job-name|pod-index|batch\.kubernetes\.io\/.*|apps\.kubernetes\.io\/.*|statefulset\.kubernetes\.io\/.*)$/

/** As `likeWorkload`, and with the labels by which policies, SecurityGroupPolicies and Services select its pods. */
export function standsInFor({ template }: Workload, labels: Readonly<Record<string, string>>): Likeness {
  const own = Object.entries(template.labels).filter(([key]) => !ofControllers.test(key))
  return { ...likeWorkload(template), labels: { ...Object.fromEntries(own), ...labels } }
}
