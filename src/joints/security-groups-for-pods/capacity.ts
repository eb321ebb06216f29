import { perWorld } from '#joints/per-world.ts'
import { podShape, workloadsOf, type PodSpec, type Workload, type workloadKinds } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf, interfacesAskedBy } from './branch-interface.ts'
import { branchInterfacesOf, eligibleNodes, type Node } from './eligible-nodes.ts'
import { runsOnFargate } from './fargate.ts'
import { selectedBy, type workloadGroupKinds } from './workload-groups.ts'

export type CapacityReader = Reader<(typeof workloadKinds)[number] | (typeof workloadGroupKinds)[number] | 'k8s/Node'>

/** How many interfaces the pods on each node ask for, by cluster and node. Pods that are being deleted count until they are gone. */
const askedByNode = perWorld((world: CapacityReader): ReadonlyMap<string, number> => {
  const asked = new Map<string, number>()
  for (const pod of world.seen('k8s/Pod')) {
    const { nodeName } = podShape(pod).spec
    const count = interfacesAskedBy(podShape(pod).spec)
    const phase = pod.body.status?.phase
    if (nodeName === undefined || count === 0 || phase === 'Succeeded' || phase === 'Failed') continue
    const key = `${clusterOf(pod.scope)}\n${nodeName}`
    asked.set(key, (asked.get(key) ?? 0) + count)
  }
  return asked
})

const listedIn = perWorld((_world: CapacityReader) => new Set<string>())

/** A list of all pods is asked for once for each cluster, not once for each node. */
function assertPodsRead(world: CapacityReader, cluster: string): void {
  if (listedIn(world).has(cluster)) return
  world.list('k8s/Pod', { cluster })
  listedIn(world).add(cluster)
}

/**
 * The branch interfaces of a node that the scheduler still has to give.
 * @throws Unread when the pods of the cluster were not all read, or the node without its status
 */
export function freeOn(world: CapacityReader, node: Node): number {
  const cluster = clusterOf(node.scope)
  assertPodsRead(world, cluster)
  return Math.max(0, branchInterfacesOf(node) - (askedByNode(world).get(`${cluster}\n${node.id}`) ?? 0))
}

/** How many pods a workload is to have, and where that stands; undefined for one that makes pods by the node or by the clock. */
export function desiredPods({ resource }: Workload): { readonly count: number; readonly path: Path } | undefined {
  if (resource.kind === 'k8s/Pod') return { count: 1, path: ['metadata', 'name'] }
  if (resource.kind === 'k8s/DaemonSet' || resource.kind === 'k8s/CronJob') return undefined
  if (resource.kind === 'k8s/Job') return jobPods(resource as Resource<'k8s/Job'>)
  const { spec } = resource.body as { spec?: { replicas?: number } }
  return { count: spec?.replicas ?? 1, path: spec?.replicas === undefined ? ['metadata', 'name'] : ['spec', 'replicas'] }
}

/** As many as it may run at once, and no more than it has still to finish. */
function jobPods({ body: { spec, status } }: Resource<'k8s/Job'>): { readonly count: number; readonly path: Path } {
  const left = spec?.completions === undefined ? Number.POSITIVE_INFINITY : spec.completions - (status?.succeeded ?? 0)
  const count = spec?.suspend === true ? 0 : Math.max(0, Math.min(spec?.parallelism ?? 1, left))
  return { count, path: spec?.parallelism === undefined ? ['metadata', 'name'] : ['spec', 'parallelism'] }
}

const isPlaced = ({ nodeName }: PodSpec): boolean => nodeName !== undefined

/** Pods that a workload is to have and that have no node yet. */
export function missingPods(workload: Workload): number {
  const desired = desiredPods(workload)?.count ?? 0
  return Math.max(0, desired - workload.seenPods.filter(pod => isPlaced(podShape(pod).spec)).length)
}

interface Waiting {
  readonly workload: Workload
  readonly missing: number
}

/** Workloads that may run on the same nodes, and wait. */
interface Queue {
  readonly nodes: readonly Node[]
  readonly waiting: readonly Waiting[]
}

const queuesIn = perWorld((_world: CapacityReader) => new Map<string, readonly Queue[]>())

/** The workloads of a cluster with groups of their own that wait for pods to be placed. Those that ask for the same nodes share one list of them. */
function queues(world: CapacityReader, cluster: string): readonly Queue[] {
  const known = queuesIn(world).get(cluster)
  if (known !== undefined) return known
  const byNodes = new Map<readonly Node[], Waiting[]>()
  for (const workload of workloadsOf(world)) {
    const missing = workload.cluster === cluster && !runsOnFargate(workload) ? missingPods(workload) : 0
    if (missing === 0 || selectedBy(world, workload) === undefined) continue
    const nodes = eligibleNodes(world, workload)
    const queue = byNodes.get(nodes)
    if (queue === undefined) byNodes.set(nodes, [{ workload, missing }])
    else queue.push({ workload, missing })
  }
  const found = [...byNodes].map(([nodes, waiting]) => ({ nodes, waiting }))
  queuesIn(world).set(cluster, found)
  return found
}

/**
 * Who waits for interfaces of these nodes and of no others: together they must fit there (Hall's condition), whoever is placed first.
 * @throws Unread when policies, service accounts or nodes were not read
 */
export function waitingFor(world: CapacityReader, workload: Workload): readonly Waiting[] {
  const own = new Set(eligibleNodes(world, workload))
  return queues(world, workload.cluster)
    .filter(({ nodes }) => nodes.length > 0 && nodes.length <= own.size && nodes.every(node => own.has(node)))
    .flatMap(({ waiting }) => waiting)
}
