import { networkOf, type ClusterNetwork, type ReachReader, type WorkloadPods } from './network.ts'
import { perWorld } from './per-world.ts'
import type { Workload } from './workloads.ts'

const podsByWorkload = perWorld(
  (view: ClusterNetwork): ReadonlyMap<Workload, WorkloadPods> => new Map(view.workloads.map(group => [group.workload, group])),
)

/** The pods of a workload as the network engine knows them. */
export function podsOfWorkload(world: ReachReader, workload: Workload): WorkloadPods {
  const found = podsByWorkload(networkOf(world, workload.cluster)).get(workload)
  if (found === undefined) throw new Error(`${workload.name} is not among the workloads of its cluster`)
  return found
}

/** What both layers tell pods apart by, but for where they are. */
export const sortOf = ({ network: { aws, policies } }: ClusterNetwork, pod: string): string =>
  `${aws.pod(pod)?.classId ?? ''} ${policies.classOf(pod)?.id ?? ''}`

/** One pod of each sort: a thousand pods of one Deployment are asked about once. */
export function alikePods(view: ClusterNetwork, pods: readonly string[]): readonly string[] {
  const sorts = new Map<string, string>()
  for (const pod of pods) {
    const sort = sortOf(view, pod)
    if (!sorts.has(sort)) sorts.set(sort, pod)
  }
  return [...sorts.values()]
}
