import { compileNetwork } from '#network/compile-network.ts'
import type { Network, PodGroup } from '#network/network.ts'
import type { RuleReference } from '#network/question.ts'
import type { Kind, KubernetesKind } from '#model/kinds.ts'
import { isKubernetesKind } from '#model/kinds.ts'
import { valueAt, type Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { World } from '#model/world.ts'
import { networkInput, networkInputKinds, type NetworkReader } from './network-input.ts'
import { perWorld } from './per-world.ts'
import type { PlannedPod } from './planned-pods.ts'
import { policiesOf } from './policy-layer.ts'
import { workloadKinds, workloadsOf, type Workload } from './workloads.ts'

/** Everything that a question about reach may read. */
export const networkKinds: readonly Kind[] = [...new Set<Kind>([...networkInputKinds, ...workloadKinds])]
export type ReachReader = NetworkReader & Parameters<typeof workloadsOf>[0]

/** The network of one cluster, compiled, and the way back from what the engine names to what was read. */
export interface ClusterNetwork {
  readonly cluster: string
  readonly network: Network
  readonly workloads: readonly WorkloadPods[]
  /** Pods that do not exist yet, by `namespace/name`. */
  readonly planned: ReadonlyMap<string, PlannedPod>
  /** The document that a rule stands in. */
  readonly resourceOf: (reference: Pick<RuleReference, 'kind' | 'id'>) => Resource | undefined
}

/** A workload as the engine knows it: its pods, or the one that it would make. */
export interface WorkloadPods extends PodGroup {
  readonly workload: Workload
  readonly isPlanned: boolean
}

const networksOf = perWorld((_world: ReachReader) => new Map<string, ClusterNetwork>())

/** Compiled once for each world and cluster: every check and question asks the same one. */
export function networkOf(world: ReachReader, cluster: string): ClusterNetwork {
  const known = networksOf(world)
  const found = known.get(cluster) ?? compiled(world, cluster)
  known.set(cluster, found)
  return found
}

function compiled(world: ReachReader, cluster: string): ClusterNetwork {
  const workloads = workloadsOf(world).filter(workload => workload.cluster === cluster)
  const { planned, input } = policiesOf(world, cluster)
  const byWorkload = new Map([...planned.values()].map(pod => [pod.workload, pod.id]))
  return {
    cluster,
    planned,
    network: compileNetwork(networkInput(world, cluster, input)),
    workloads: workloads.map(workload => workloadPods(workload, byWorkload.get(workload))),
    resourceOf: reference => resourceOf(world, cluster, reference),
  }
}

function workloadPods(workload: Workload, planned: string | undefined): WorkloadPods {
  const pods = planned === undefined ? workload.seenPods.map(({ id }) => id) : [planned]
  return { id: `${workload.namespace}/${workload.name}`, pods, workload, isPlanned: planned !== undefined }
}

/** The index is by kind and id, which for Kubernetes kinds are unique in a cluster. */
const indexOf = perWorld((_world: Pick<World, 'seen'>) => new Map<string, ReadonlyMap<string, Resource>>())

function resourceOf(world: Pick<World, 'seen'>, cluster: string, { kind, id }: Pick<RuleReference, 'kind' | 'id'>): Resource | undefined {
  const indexes = indexOf(world)
  const name = `${kind}\n${cluster}`
  let index = indexes.get(name)
  if (index === undefined) {
    const here = isKubernetesKind(kind) ? inCluster(world, kind, cluster) : (world.seen(kind) as readonly Resource[])
    index = new Map(here.map(resource => [resource.id, resource]))
    indexes.set(name, index)
  }
  return index.get(id)
}

const inCluster = (world: Pick<World, 'seen'>, kind: KubernetesKind, cluster: string): readonly Resource[] =>
  (world.seen(kind) as readonly Resource[]).filter(({ scope }) => 'cluster' in scope && scope.cluster === cluster)

/** The rule of a document as evidence; the nearest place above it that exists, when the engine points at what is not written out. */
export function ruleEvidence({ resourceOf: find, planned }: ClusterNetwork, rule: RuleReference, label: string): Evidence | undefined {
  const pod = rule.kind === 'k8s/Pod' ? planned.get(rule.id) : undefined
  if (pod !== undefined) return evidenceAt(pod.workload.resource, [...pod.workload.template.root, ...rule.path], label)
  const resource = find(rule)
  return resource === undefined ? undefined : evidenceAt(resource, rule.path, label)
}

function evidenceAt(resource: Resource, path: Path, label: string): Evidence {
  let known = path
  while (known.length > 0 && valueAt(resource.body, known) === undefined) known = known.slice(0, -1)
  return resource.at(known, label, known.length === 0 ? 'key' : 'value')
}
