import { Unread } from '#base/errors.ts'
import { compilePolicies } from '#network/compile-policies.ts'
import type { PolicyInput } from '#network/input.ts'
import type { PolicyLayer } from '#network/policy-layer.ts'
import { perWorld } from './per-world.ts'
import { plannedPod, type PlannedPod } from './planned-pods.ts'
import { policyInput, policyInputKinds, type PolicyInputReader } from './policy-input.ts'
import { workloadKinds, workloadsOf, type Workload } from './workloads.ts'

/** Everything that a question about policies alone may read: no kind of AWS but the cluster. */
export const policyLayerKinds = [...new Set([...policyInputKinds, ...workloadKinds])]
export type PolicyLayerReader = PolicyInputReader & Parameters<typeof workloadsOf>[0]

/** The policies of one cluster, compiled, and the workloads that they are about. */
export interface ClusterPolicies {
  readonly cluster: string
  readonly input: PolicyInput
  readonly layer: PolicyLayer
  /** The workload of a pod, by `namespace/name`. */
  readonly workloadOf: ReadonlyMap<string, Workload>
  /** Pods that do not exist yet, by `namespace/name`. */
  readonly planned: ReadonlyMap<string, PlannedPod>
}

const layersOf = perWorld((_world: PolicyLayerReader) => new Map<string, ClusterPolicies>())

/** Compiled once for each world and cluster. */
export function policiesOf(world: PolicyLayerReader, cluster: string): ClusterPolicies {
  const known = layersOf(world)
  const found = known.get(cluster) ?? compiled(world, cluster)
  known.set(cluster, found)
  return found
}

function compiled(world: PolicyLayerReader, cluster: string): ClusterPolicies {
  const workloads = workloadsOf(world).filter(workload => workload.cluster === cluster)
  const planned = new Map(workloads.flatMap(workload => plannedPod(workload) ?? []).map(pod => [pod.id, pod]))
  const input = policyInput(world, cluster, [...planned.values()])
  const seen = workloads.flatMap(workload => workload.seenPods.map(pod => [pod.id, workload] as const))
  return {
    cluster,
    input,
    layer: compilePolicies(input),
    workloadOf: new Map([...seen, ...[...planned.values()].map(pod => [pod.id, pod.workload] as const)]),
    planned,
  }
}

/** Lists of a policy input. */
export type PolicyInputList = Exclude<keyof PolicyInput, 'engine' | 'mode'>

/** @throws Unread when one of the lists may be incomplete */
export function requireLists(input: PolicyInput, lists: readonly PolicyInputList[]): void {
  for (const list of lists) {
    const { missing } = input[list]
    if (missing !== undefined) throw new Unread(missing)
  }
}
