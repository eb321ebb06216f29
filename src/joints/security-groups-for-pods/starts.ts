import { Unread, type UnreadFact } from '#base/errors.ts'
import { eksCluster } from '#joints/clusters.ts'
import type { ChainStart } from '#joints/define.ts'
import { podShape, workloadsOf, type PodSpec, type Workload, type workloadKinds } from '#joints/workloads.ts'
import type { Kind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { workloadGroups, type workloadGroupKinds } from './workload-groups.ts'

type StartReader = Reader<(typeof workloadKinds)[number] | (typeof workloadGroupKinds)[number] | 'aws/eks/Cluster'>

/** What the webhook asks the scheduler for, and where the controller writes the interface that it made. */
export const podEniResource = 'vpc.amazonaws.com/pod-eni'

/** The workloads whose pods a SecurityGroupPolicy selects, and those that carry a branch interface whatever policies say now. */
export function securityGroupStarts(world: StartReader): readonly ChainStart[] {
  // Nobody looked for policies, or nobody uses any: then only what pods carry is a start.
  return workloadsOf(world).flatMap(workload => startOf(world, workload) ?? [])
}

function startOf(world: StartReader, workload: Workload): ChainStart | undefined {
  const found = policiesOf(world, workload)
  const carries = [workload.template, ...workload.seenPods.map(podShape)].some(
    ({ spec, annotations }) => asksForInterface(spec) || annotations[podEniResource] !== undefined,
  )
  const isUnread = 'fact' in found
  if (!carries && (isUnread ? !wasAsked(found.fact) || world.seen('k8s/SecurityGroupPolicy').length === 0 : found.policies.length === 0))
    return undefined
  const cluster = eksCluster(world, workload.cluster)
  const unread: readonly { kind: Kind; fact: UnreadFact }[] = isUnread ? [{ kind: 'k8s/SecurityGroupPolicy', fact: found.fact }] : []
  return {
    clusterName: workload.cluster,
    ...(cluster === undefined ? {} : { cluster }),
    workload,
    through: isUnread ? [] : found.policies,
    unread,
  }
}

const wasAsked = ({ settle }: UnreadFact): boolean => settle?.by !== 'user'

type Found = { readonly policies: readonly Resource[] } | { readonly fact: UnreadFact }

function policiesOf(world: StartReader, workload: Workload): Found {
  try {
    const groups = workloadGroups(world, workload)
    const by = 'refused' in groups ? [] : groups.by
    return {
      policies: by.flatMap(
        ({ id }) => (world.find('k8s/SecurityGroupPolicy', id, { cluster: workload.cluster }) as Resource | undefined) ?? [],
      ),
    }
  } catch (error) {
    if (error instanceof Unread) return { fact: error.fact }
    throw error
  }
}

/** The webhook writes it into the first container; the controller adds up all of them. */
export const asksForInterface = ({ containers }: PodSpec): boolean =>
  containers.some(
    ({ resources }) => resources?.limits?.[podEniResource] !== undefined || resources?.requests?.[podEniResource] !== undefined,
  )
