import type { ConnectionReader } from '#joints/aws-connection.ts'
import { podsOfWorkload } from '#joints/pod-sorts.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { providersIn } from './installed.ts'

/** The pods that ask AWS in the name of a workload's: those of the provider on the same nodes, or any of them while it has none. */
export interface ProviderPods {
  readonly workload: Workload
  /** `namespace/name`. */
  readonly pods: readonly string[]
  readonly at: Evidence
}

const byResource = perWorld(
  (world: ConnectionReader): ReadonlyMap<Resource, Workload> => new Map(workloadsOf(world).map(each => [each.resource as Resource, each])),
)

/** @throws Unread when the DaemonSets of the cluster were not all read */
export function providerPodsFor(world: ConnectionReader, mounting: Workload): readonly ProviderPods[] {
  const nodes = new Set(mounting.seenPods.flatMap(pod => pod.body.spec?.nodeName ?? []))
  return providersIn(world, mounting.cluster).flatMap(({ daemonSet, image }) => {
    const workload = byResource(world).get(daemonSet)
    if (workload === undefined) return []
    const near = workload.seenPods.filter(pod => nodes.has(pod.body.spec?.nodeName ?? '')).map(({ id }) => id)
    const pods = near.length > 0 ? near : podsOfWorkload(world, workload).pods
    return [{ workload, pods, at: image('asks AWS from its own pod on each node') }]
  })
}
