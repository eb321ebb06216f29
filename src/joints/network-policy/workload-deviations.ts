import type { ClusterPolicies } from '#joints/policy-layer.ts'
import { plannedPod } from '#joints/planned-pods.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Deviation, DeviationName } from '#network/policy-layer.ts'

type Index = ReadonlyMap<DeviationName, ReadonlyMap<Workload, readonly Deviation[]>>
const indexes = new WeakMap<readonly Deviation[], Index>()

/** Deviations of one name that stand at a pod, by the workload of the pod. */
export function deviationsOfWorkload(policies: ClusterPolicies, name: DeviationName, workload: Workload): readonly Deviation[] {
  const all = policies.deviations()
  let index = indexes.get(all)
  if (index === undefined) {
    index = indexOf(policies, all)
    indexes.set(all, index)
  }
  return index.get(name)?.get(workload) ?? []
}

function indexOf({ workloadOf }: ClusterPolicies, all: readonly Deviation[]): Index {
  const index = new Map<DeviationName, Map<Workload, Deviation[]>>()
  for (const deviation of all) {
    const workload = deviation.at.kind === 'k8s/Pod' ? workloadOf.get(deviation.at.id) : undefined
    if (workload === undefined) continue
    const byWorkload = index.get(deviation.id) ?? new Map<Workload, Deviation[]>()
    index.set(deviation.id, byWorkload)
    const list = byWorkload.get(workload)
    if (list === undefined) byWorkload.set(workload, [deviation])
    else list.push(deviation)
  }
  return index
}

/** The pods of a workload, or the one that it would make. */
export function podIdsOf({ workloadOf }: ClusterPolicies, workload: Workload): readonly string[] {
  const seen = workload.seenPods.map(({ id }) => id)
  if (seen.length > 0) return seen
  const planned = plannedPod(workload)
  return planned !== undefined && workloadOf.get(planned.id) === workload ? [planned.id] : []
}
