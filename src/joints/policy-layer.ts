import { Unread } from '#base/errors.ts'
import { compilePolicies } from '#network/compile-policies.ts'
import { deviations } from '#network/deviations.ts'
import type { PolicyInput } from '#network/input.ts'
import type { Deviation, PolicyLayer } from '#network/policy-layer.ts'
import type { Kind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { World } from '#model/world.ts'
import { perWorld } from './per-world.ts'
import { plannedPod, type PlannedPod } from './planned-pods.ts'
import { policyInput, policyInputKinds, type PolicyInputReader } from './policy-input.ts'
import { workloadKinds, workloadsOf, type Workload } from './workloads.ts'

/** Everything that a question about policies alone may read: no kind of AWS but the cluster. */
export const policyLayerKinds = [...new Set([...policyInputKinds, ...workloadKinds])]
export type PolicyLayerReader = PolicyInputReader & Parameters<typeof workloadsOf>[0]

/** The policies of one cluster, and the workloads that they are about. What takes long is made when it is first asked for. */
export interface ClusterPolicies {
  readonly cluster: string
  readonly input: PolicyInput
  layer(): PolicyLayer
  /** Where AWS's engine does not do what its policies say. */
  deviations(): readonly Deviation[]
  /** What was read of a kind in this cluster, by `namespace/name` or name. */
  find(kind: Kind, id: string): Resource | undefined
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
    layer: once(() => compilePolicies(input)),
    deviations: once(() => deviations(input)),
    find: finder(world, cluster),
    workloadOf: new Map([...seen, ...[...planned.values()].map(pod => [pod.id, pod.workload] as const)]),
    planned,
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

function finder(world: Pick<World, 'seen'> | PolicyLayerReader, cluster: string): ClusterPolicies['find'] {
  const indexes = new Map<Kind, ReadonlyMap<string, Resource>>()
  return (kind, id) => {
    let index = indexes.get(kind)
    if (index === undefined) {
      const all = (world as Pick<World, 'seen'>).seen(kind)
      index = new Map(all.flatMap(each => ('cluster' in each.scope && each.scope.cluster === cluster ? [[each.id, each] as const] : [])))
      indexes.set(kind, index)
    }
    return index.get(id)
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
