import type { ReachReader } from './network.ts'
import { perWorld } from './per-world.ts'
import { podsOfWorkload } from './pod-sorts.ts'
import { workloadsOf, type Workload } from './workloads.ts'
import type { Resource } from '#model/resource.ts'

/** The pods of a DaemonSet that serve a workload. */
export interface PodsBeside {
  readonly workload: Workload
  /** `namespace/name`. */
  readonly pods: readonly string[]
}

const byResource = perWorld(
  (world: ReachReader): ReadonlyMap<Resource, Workload> => new Map(workloadsOf(world).map(each => [each.resource as Resource, each])),
)

/** Those on the nodes of the workload's pods, or any of them while it has none. */
export function podsBeside(world: ReachReader, daemonSet: Resource<'k8s/DaemonSet'>, served: Workload): PodsBeside | undefined {
  const workload = byResource(world).get(daemonSet)
  if (workload === undefined) return undefined
  const nodes = new Set(served.seenPods.flatMap(pod => pod.body.spec?.nodeName ?? []))
  const near = workload.seenPods.filter(pod => nodes.has(pod.body.spec?.nodeName ?? '')).map(({ id }) => id)
  return { workload, pods: near.length > 0 ? near : podsOfWorkload(world, workload).pods }
}
