import { perWorld } from '#joints/per-world.ts'
import { workloadKinds, workloadsOf, type Workload } from '#joints/workloads.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from './branch-interface.ts'
import { selectedBy, type Policy, type workloadGroupKinds } from './workload-groups.ts'

export type SelectionReader = Reader<(typeof workloadGroupKinds)[number] | (typeof workloadKinds)[number]>

const workloadsByNamespace = perWorld((world: SelectionReader): ReadonlyMap<string, readonly Workload[]> =>
  Map.groupBy(workloadsOf(world), ({ cluster, namespace }) => `${cluster}\n${namespace}`),
)

const known = perWorld((_world: SelectionReader) => new Map<string, ReadonlyMap<string, readonly Workload[]>>())

/**
 * The workloads whose pods a policy selects, on whatever they run.
 * @throws Unread when workloads or pods of its namespace may be missing, or their service accounts were not read
 */
export function workloadsSelectedBy(world: SelectionReader, policy: Policy): readonly Workload[] {
  const cluster = clusterOf(policy.scope)
  const { namespace } = policy.body.metadata
  for (const kind of workloadKinds) world.list(kind, { cluster, namespace })
  const key = `${cluster}\n${namespace}`
  const byPolicy = known(world).get(key) ?? selections(world, workloadsByNamespace(world).get(key) ?? [])
  known(world).set(key, byPolicy)
  return byPolicy.get(policy.id) ?? []
}

function selections(world: SelectionReader, workloads: readonly Workload[]): ReadonlyMap<string, readonly Workload[]> {
  const found = new Map<string, Workload[]>()
  for (const workload of workloads) {
    for (const { id } of selectedBy(world, workload)?.policies ?? []) {
      const list = found.get(id)
      if (list === undefined) found.set(id, [workload])
      else list.push(workload)
    }
  }
  return found
}
