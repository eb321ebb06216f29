import { Unread } from '#base/errors.ts'
import { perWorld } from '#joints/per-world.ts'
import { workloadPod } from '#joints/planned-pods.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { securityGroupsOfPod, type PodSecurityGroups, type RefusedPod } from '#network/security-group-policy.ts'

export const workloadGroupKinds = ['k8s/SecurityGroupPolicy', 'k8s/ServiceAccount'] as const
export type WorkloadGroupReader = Reader<(typeof workloadGroupKinds)[number]>

type Pod = Kinds['k8s/Pod']
export type Policy = Resource<'k8s/SecurityGroupPolicy'>

/** What SecurityGroupPolicies say of a pod that some of them select. */
export interface Selected {
  /** Each once, in the order of the policies. */
  readonly groups: readonly string[]
  readonly policies: readonly [Policy, ...Policy[]]
}

/**
 * The groups that SecurityGroupPolicies would give a pod of the workload's template now.
 * @throws Unread when the policies of its namespace or its service account were not read
 */
export const workloadGroups = (world: WorkloadGroupReader, workload: Workload): PodSecurityGroups | RefusedPod =>
  groupsOf(world, workload.cluster, workloadPod(workload))

function groupsOf(world: WorkloadGroupReader, cluster: string, pod: Pod): PodSecurityGroups | RefusedPod {
  const { namespace } = pod.metadata
  const policies = world.list('k8s/SecurityGroupPolicy', { cluster, namespace })
  // Where nobody uses policies, nothing else needs to be known.
  if (policies.length === 0) return { groups: [], by: [], problems: [] }
  const name = pod.spec?.serviceAccountName ?? pod.spec?.serviceAccount ?? 'default'
  const serviceAccount = world.find('k8s/ServiceAccount', `${namespace}/${name}`, { cluster })
  // Every namespace gets a default service account, so manifests leave it out; without labels of its own.
  const isDefault = serviceAccount === undefined && name === 'default'
  const account = isDefault ? { metadata: { name, namespace } } : serviceAccount?.body
  return securityGroupsOfPod(
    pod,
    account,
    policies.map(({ body }) => body),
  )
}

/**
 * The policies that would select a pod of the workload's template now, and their groups; undefined when none does, or when none may.
 * @throws Unread as `workloadGroups` does
 */
export const selectedBy = (world: WorkloadGroupReader, workload: Workload): Selected | undefined =>
  selected(world, workload.cluster, workloadGroups(world, workload))

/** The same of a pod that runs, with the labels and the service account that it has. */
export const podSelectedBy = (world: WorkloadGroupReader, pod: Resource<'k8s/Pod'>): Selected | undefined => {
  const cluster = 'cluster' in pod.scope ? pod.scope.cluster : ''
  return selected(world, cluster, groupsOf(world, cluster, pod.body))
}

function selected(world: WorkloadGroupReader, cluster: string, found: PodSecurityGroups | RefusedPod): Selected | undefined {
  if ('refused' in found) return undefined
  const [first, ...others] = found.by.flatMap(({ id }) => world.find('k8s/SecurityGroupPolicy', id, { cluster }) ?? [])
  return first === undefined ? undefined : { groups: found.groups, policies: [first, ...others] }
}

/**
 * Of the policies that were read, complete or not, those that select the workload whatever was not read. Proves presence, never absence.
 */
export function surelySelectedBy(world: WorkloadGroupReader, workload: Workload): readonly Policy[] {
  const { cluster, namespace, serviceAccountName } = workload
  const policies = policiesSeen(world).get(`${cluster}\n${namespace}`) ?? []
  if (policies.length === 0) return []
  const account = serviceAccountSeen(world, cluster, `${namespace}/${serviceAccountName}`)
  const usable = policies.filter(({ body }) => account !== undefined || (body.spec?.serviceAccountSelector ?? null) === null)
  const found = securityGroupsOfPod(
    workloadPod(workload),
    account?.body ?? { metadata: { name: serviceAccountName, namespace } },
    usable.map(({ body }) => body),
  )
  const ids = new Set('refused' in found ? [] : found.by.map(({ id }) => id))
  return usable.filter(({ id }) => ids.has(id))
}

const policiesSeen = perWorld((world: WorkloadGroupReader): ReadonlyMap<string, readonly Policy[]> =>
  Map.groupBy(
    world.seen('k8s/SecurityGroupPolicy'),
    ({ scope, body }) => `${'cluster' in scope ? scope.cluster : ''}\n${body.metadata.namespace}`,
  ),
)

function serviceAccountSeen(world: WorkloadGroupReader, cluster: string, id: string): Resource<'k8s/ServiceAccount'> | undefined {
  try {
    return world.find('k8s/ServiceAccount', id, { cluster })
  } catch (error) {
    if (error instanceof Unread) return undefined
    throw error
  }
}
