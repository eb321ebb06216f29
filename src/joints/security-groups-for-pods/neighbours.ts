import { ruleEvidence, type ClusterNetwork, type ReachReader, type WorkloadPods } from '#joints/network.ts'
import { requirementsOf } from '#joints/label-selector.ts'
import { perWorld } from '#joints/per-world.ts'
import { placementObstacle } from '#joints/scheduling.ts'
import { workloadKinds, type PodSpec, type Workload } from '#joints/workloads.ts'
import { runsOnFargate } from './fargate.ts'
import { selectedBy } from './workload-groups.ts'
import type { AwsEnd } from '#network/aws/aws-layer.ts'
import type { Traffic } from '#network/network.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { Unread } from '#base/errors.ts'

/** Another workload that the groups of a pod keep out between two nodes and not on one, and why the two may meet. */
export interface Neighbour {
  readonly other: Workload
  readonly traffic: Traffic
  readonly because: string
}

/** Policies that say who connects to the pod, as evidence. */
export function isolatingPolicies(view: ClusterNetwork, pod: string): readonly Evidence[] {
  const { policies } = view.network
  const found = policies.classOf(pod)
  if (policies.engine === undefined)
    throw new Unread(policies.missing[0] ?? { kind: 'k8s/DaemonSet', reason: 'who enforces policies was not read' })
  if (policies.engine === 'none' || found?.unenforced !== undefined) return []
  return (found?.policies.ingress ?? []).flatMap(
    rule => ruleEvidence(view, { ...rule, path: ['metadata', 'name'] }, 'this policy says who connects, on one node as well') ?? [],
  )
}

/** Without ports of their own that they tell, pods are asked about one that most listen at. */
const usualPort: Traffic = { protocol: 'TCP', port: 8080 }

/**
 * A workload without groups of its own that reaches the pod on one node and does not from another.
 * @throws Unread when it hangs on nodes, groups, policies or workloads that were not read
 */
export function neighbourOf(world: ReachReader, view: ClusterNetwork, workload: Workload, pod: string): Neighbour | undefined {
  const { aws } = view.network
  const to = aws.pod(pod)
  if (to === undefined) return undefined
  const traffic = trafficOf(workload)
  for (const [, others] of plainWorkloads(world, view)) {
    const from = aws.pod(others[0]!.pods[0]!)!
    const open = traffic.find(each => isBypass(view, from, to, each))
    if (open === undefined) continue
    for (const { workload: other } of others) {
      const because = other === workload ? undefined : meeting(world, workload, other)
      if (because !== undefined) return { other, traffic: open, because }
    }
  }
  const within = { cluster: workload.cluster }
  for (const kind of workloadKinds) world.list(kind, within)
  for (const kind of ['k8s/NetworkPolicy', 'k8s/SecurityGroupPolicy'] as const) world.list(kind, within)
  return undefined
}

function isBypass({ network: { aws } }: ClusterNetwork, from: AwsEnd, to: AwsEnd, { protocol, port }: Traffic): boolean {
  const [same, apart] = [true, false].map(isOnOneNode => aws.verdict(from, to, isOnOneNode, protocol, port))
  if (same === 'unknown' || apart === 'unknown') {
    const unsure = aws.explain(from, to, apart !== 'unknown', protocol, port).find(({ verdict }) => verdict === 'unknown')
    throw new Unread(unsure?.fact ?? { kind: 'aws/ec2/SecurityGroup', reason: unsure?.reason ?? 'what the groups let in is not known' })
  }
  return same === 'allow' && apart === 'deny'
}

function trafficOf({ template }: Workload): readonly Traffic[] {
  const ports = (template.spec.containers ?? []).flatMap(({ ports: own = [] }) => own)
  const found = ports.map(({ protocol = 'TCP', containerPort }) => ({ protocol: protocol as 'TCP' | 'UDP', port: containerPort }))
  return found.length === 0 ? [usualPort] : found
}

const plainIn = perWorld((_view: ClusterNetwork) => new Map<'by class', ReadonlyMap<number, readonly WorkloadPods[]>>())

/** Those that leave by an interface of their node, by what AWS's layer tells them apart by. */
function plainWorkloads(world: ReachReader, view: ClusterNetwork): ReadonlyMap<number, readonly WorkloadPods[]> {
  const known = plainIn(view).get('by class')
  if (known !== undefined) return known
  const { aws } = view.network
  const plain = view.workloads.filter(({ workload, pods: [pod] }) => {
    if (workload.template.spec.hostNetwork === true || pod === undefined || runsOnFargate(workload)) return false
    const holder = aws.pod(pod)?.holder
    return (holder === 'node' || holder === 'planned') && selectedBy(world, workload) === undefined
  })
  const found = Map.groupBy(plain, ({ pods }) => aws.pod(pods[0]!)!.classId)
  plainIn(view).set('by class', found)
  return found
}

type Node = Resource<'k8s/Node'>

/** Why pods of the two may share a node; undefined when they do not. */
function meeting(world: ReachReader, workload: Workload, other: Workload): string | undefined {
  const own = new Set(workload.seenPods.flatMap(({ body }) => body.spec?.nodeName ?? []))
  const shared = other.seenPods.map(({ body }) => body.spec?.nodeName).find(name => name !== undefined && own.has(name))
  if (shared !== undefined) return `pods of both are on node ${shared} now`
  if (keepsOff(workload, other) || keepsOff(other, workload)) return undefined
  const [here, there] = [workload, other].map(each => nodesFor(world, each.cluster, each.template.spec))
  const node = here!.find(each => there!.includes(each))
  return node === undefined ? undefined : `nothing keeps the scheduler from putting both on node ${node.id}`
}

const fitting = perWorld((_world: ReachReader) => new Map<string, readonly Node[]>())

/** Asked once for each set of constraints. */
function nodesFor(world: ReachReader, cluster: string, spec: PodSpec): readonly Node[] {
  const key = JSON.stringify([cluster, spec.nodeSelector, spec.affinity?.nodeAffinity, spec.tolerations])
  const known = fitting(world)
  const found = known.get(key) ?? world.list('k8s/Node', { cluster }).filter(({ body }) => placementObstacle(spec, body) === undefined)
  known.set(key, found)
  return found
}

/** Required anti-affinity by node keeps the two apart, whichever of them has it. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity */
function keepsOff({ template, namespace }: Workload, other: Workload): boolean {
  const terms = template.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  return terms.some(({ topologyKey, labelSelector, namespaces, namespaceSelector }) => {
    if (topologyKey !== 'kubernetes.io/hostname' || labelSelector === undefined) return false
    const isNamed = namespaces?.includes(other.namespace) ?? (namespaceSelector === undefined && namespace === other.namespace)
    const isEverywhere = namespaceSelector !== undefined && requirementsOf(namespaceSelector).length === 0
    return (isNamed || isEverywhere) && requirementsOf(labelSelector).every(each => each.holds(other.template.labels))
  })
}
