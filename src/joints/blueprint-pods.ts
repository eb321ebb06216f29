import { UserError } from '#base/errors.ts'
import type { Blueprint } from '#model/blueprint.ts'
import { requirementsOf, type Labels } from './label-selector.ts'
import { templateKinds, workloadsOf, type Workload } from './workloads.ts'
import type { Reader } from '#model/world.ts'

export const blueprintPodKinds = [...templateKinds, 'k8s/Pod'] as const
export type BlueprintPodReader = Reader<(typeof blueprintPodKinds)[number]>

/** A service account, by name. */
export interface Account {
  readonly namespace: string
  readonly serviceAccount: string
}

/** The pods of a service account, as policies name them. */
export interface BlueprintPods extends Account {
  /** They have these labels, and no others of their namespace have. */
  readonly labels: Labels
  /** What makes them; none when nothing does yet. */
  readonly workloads: readonly Workload[]
}

/** Labels that a controller gives to some of a workload's pods, or to one generation of them. */
const passing = new Set([
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'controller-revision-hash',
  'controller-uid',
  'job-name',
  'pod-template-generation',
  'pod-template-hash',
  'statefulset.kubernetes.io/pod-name',
])

/**
 * The pods of a service account that a blueprint names: by the labels that it declares; else by those that its workloads select, which cannot
 * change while they live, or that their templates share.
 * @throws UserError `BAD_BLUEPRINT` when there are none, or they cannot be told from others; Unread when workloads there were not read
 */
export function blueprintPods(
  world: BlueprintPodReader,
  { cluster, workloads: declared }: Blueprint,
  { namespace, serviceAccount }: Account,
  where: string,
): BlueprintPods {
  const name = `${namespace}/${serviceAccount}`
  for (const kind of blueprintPodKinds) world.list(kind, { cluster, namespace })
  const inNamespace = workloadsOf(world).filter(each => each.cluster === cluster && each.namespace === namespace)
  const workloads = inNamespace.filter(each => each.serviceAccountName === serviceAccount)
  const others = inNamespace.filter(each => each.serviceAccountName !== serviceAccount)
  const own = workloads.find(({ template }) => template.spec.hostNetwork === true)
  if (own !== undefined)
    throw bad(`${own.name} of ${name} is on the network of its nodes, where no policy and no group tells it from them`, where)
  const given = declared.find(each => each.namespace === namespace && each.serviceAccount === serviceAccount)?.pods
  if (given === undefined && workloads.length === 0)
    throw bad(`no workload runs as ${name}`, where, `give the labels of its pods: pods: { app: ${serviceAccount} }, under ${name}`)
  const candidates = given === undefined ? [sharedBy(workloads, selectedLabels), sharedBy(workloads, templateLabels)] : [given]
  const labels = candidates.find(each => Object.keys(each).length > 0 && !others.some(other => has(other, each)))
  if (labels === undefined) throw apart(name, where, others, candidates.at(-1) ?? {})
  const without = workloads.find(each => !has(each, labels))
  if (without !== undefined) throw bad(`${without.name} of ${name} has not the labels ${textOf(labels)}`, where)
  return { namespace, serviceAccount, labels, workloads }
}

const bad = (message: string, where: string, help?: string) =>
  new UserError('BAD_BLUEPRINT', message, { where, ...(help === undefined ? {} : { help }) })

function apart(name: string, where: string, others: readonly Workload[], labels: Labels): UserError {
  const other = others.find(each => has(each, labels))
  const why = other === undefined ? 'its workloads share no labels' : `${other.name} has the labels ${textOf(labels)} as well`
  return bad(`the pods of ${name} cannot be told from others: ${why}`, where, `give labels that only they have: pods: {…}, under ${name}`)
}

/** What a Deployment selects its pods by. */
function selectedLabels({ resource: { body }, template }: Workload): Labels {
  const { spec } = body as { readonly spec?: { readonly selector?: { readonly matchLabels?: Labels } } }
  return spec?.selector?.matchLabels === undefined ? template.labels : lasting(spec.selector.matchLabels)
}

const templateLabels = ({ template }: Workload): Labels => lasting(template.labels)

const lasting = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).filter(([key]) => !passing.has(key)))

function sharedBy(workloads: readonly Workload[], labelsOf: (workload: Workload) => Labels): Labels {
  const [first = {}, ...rest] = workloads.map(labelsOf)
  return Object.fromEntries(Object.entries(lasting(first)).filter(([key, value]) => rest.every(labels => labels[key] === value)))
}

/** Whether pods that it makes, or has, have the labels. */
export function has({ template, seenPods }: Workload, labels: Labels): boolean {
  const wanted = requirementsOf({ matchLabels: labels })
  const holds = (own: Labels | undefined) => wanted.every(each => each.holds(own ?? {}))
  return holds(template.labels) || seenPods.some(({ body }) => holds(body.metadata.labels))
}

const textOf = (labels: Labels): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
