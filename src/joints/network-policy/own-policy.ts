import { blueprintPodKinds, blueprintPods, type BlueprintPods } from '#joints/blueprint-pods.ts'
import { flowsOf, isSame, nameOf, type Flow } from '#joints/blueprint-flows.ts'
import { egressKinds, egressOf, type Egress } from '#joints/egress-needs.ts'
import { clusterPlace, placeOf } from '#joints/peer-places.ts'
import { UserError } from '#base/errors.ts'
import type { Blueprint, BlueprintWorkload } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { admits, foreignPolicies, isolates, type Direction } from './foreign-policies.ts'
import { serviceRules } from './service-rules.ts'
import { blockPeers, hasTooManyPorts, merged, mostPorts, podPeer, portOf, type PolicySpec, type Port, type Rule } from './wanted-rules.ts'

export const ownPolicyKinds = [...blueprintPodKinds, ...egressKinds, 'k8s/Namespace', 'k8s/NetworkPolicy', 'k8s/Service'] as const

/** What a policy is made from. */
export interface Scene {
  readonly world: Reader<(typeof ownPolicyKinds)[number]>
  readonly cluster: Resource<'aws/eks/Cluster'>
  readonly blueprint: Blueprint
}

export interface OwnPolicy {
  readonly pods: BlueprintPods
  readonly spec: PolicySpec
  /** Why it lets through more than its workload declares. */
  readonly because: readonly string[]
  /** Undefined: egress is left as it is. */
  readonly egress: Egress | undefined
}

/**
 * The policy that lets exactly what a blueprint declares in and out of the pods of a workload; undefined where nothing is declared that needs one.
 * Upstream and AWS's engine enforce it alike: it names no port, has no `except` and no `endPort`, and pods that Services lead to are named by labels
 * that the Services select by.
 * @throws UserError `BAD_BLUEPRINT`, Unread
 */
export function ownPolicy(scene: Scene, workload: BlueprintWorkload): OwnPolicy | undefined {
  const { world, cluster, blueprint } = scene
  const { from, to, impliedFrom, impliedTo } = flowsOf(blueprint, workload)
  if ([from, to].every(each => each === undefined) && impliedFrom.length + impliedTo.length === 0) return undefined
  const pods = blueprintPods(world, blueprint, workload, workload.where)
  const egress = egressOf(world, cluster, blueprint, workload)
  const incoming = from ?? opened(scene, pods, 'Ingress', impliedFrom)
  const outgoing = egress?.flows ?? opened(scene, pods, 'Egress', impliedTo)
  if (incoming === undefined && outgoing === undefined) return undefined
  for (const flow of incoming ?? []) assertOtherEnd(scene, pods, 'Egress', flow)
  for (const flow of outgoing ?? []) assertOtherEnd(scene, pods, 'Ingress', flow)
  const ingressRules = incoming?.map(flow => ingressRule(scene, flow))
  const egressRules = outgoing?.flatMap(flow => egressRulesFor(scene, flow))
  const base = egress === undefined ? [] : [...dnsRules(scene), ...agentRules(scene, egress)]
  const both = { ingress: merged(ingressRules ?? []), egress: merged([...base, ...(egressRules ?? [])]) }
  assertPorts(workload, both)
  const flows = [...(incoming ?? []), ...(outgoing ?? [])]
  const spec = {
    podSelector: { matchLabels: pods.labels },
    policyTypes: [...(incoming === undefined ? [] : ['Ingress']), ...(outgoing === undefined ? [] : ['Egress'])],
    ...(incoming === undefined ? {} : { ingress: both.ingress.map(({ peers, ports }) => ({ from: peers, ports })) }),
    ...(outgoing === undefined ? {} : { egress: both.egress.map(({ peers, ports }) => ({ to: peers, ports })) }),
  }
  return { pods, spec: spec as unknown as PolicySpec, because: [...new Set(flows.flatMap(({ because }) => because ?? []))], egress }
}

/** What others declare with a workload that leaves a direction as it is: open already, but where policies of somebody else close it. */
function opened(
  { world, cluster }: Scene,
  pods: BlueprintPods,
  direction: Direction,
  implied: readonly Flow[],
): readonly Flow[] | undefined {
  if (implied.length === 0) return undefined
  const closing = foreignPolicies(world, cluster.body.name, pods).some(policy => isolates(policy, direction))
  return closing ? implied : undefined
}

/**
 * A peer that the blueprint does not declare is left as it is: its own policies must let the flow through.
 * @throws UserError `BAD_BLUEPRINT` when they do not
 */
function assertOtherEnd({ world, cluster, blueprint }: Scene, pods: BlueprintPods, direction: Direction, flow: Flow): void {
  const { peer, protocol, port, where } = flow
  if (peer.is !== 'workload' || blueprint.workloads.some(each => isSame(each, peer))) return
  const { name } = cluster.body
  const other = blueprintPods(world, blueprint, peer, where)
  const closing = foreignPolicies(world, name, other).filter(policy => isolates(policy, direction))
  const listening = direction === 'Ingress' ? other.workloads : pods.workloads
  if (closing.length === 0 || admits(world, name, closing, direction, { pods, protocol, port, listening })) return
  throw new UserError(
    'BAD_BLUEPRINT',
    `NetworkPolicy ${closing[0]?.id ?? ''} closes ${nameOf(peer)} to ${nameOf(pods)} at ${protocol} port ${port}`,
    {
      where,
      help: `declare ${nameOf(peer)} as well, as ${nameOf(peer)}: {}, and its side is planned too`,
    },
  )
}

function ingressRule({ world, cluster, blueprint }: Scene, flow: Flow): Rule {
  const { peer, where } = flow
  if (peer.is === 'rds' || peer.is === 'aws') {
    const what = peer.is === 'rds' ? 'a database' : 'a service of AWS'
    throw new UserError('BAD_BLUEPRINT', `${what} connects to no pod`, { where, help: 'put it under to' })
  }
  if (peer.is !== 'workload') return { peers: blockPeers(placeOf(world, cluster, { ...flow, peer }).blocks), ports: [portOf(flow)] }
  const { namespace, labels } = blueprintPods(world, blueprint, peer, where)
  return { peers: [podPeer(namespace, labels)], ports: [portOf(flow)] }
}

function egressRulesFor({ world, cluster, blueprint }: Scene, flow: Flow): readonly Rule[] {
  const { peer, where } = flow
  if (peer.is === 'workload') return serviceRules(world, cluster.body.name, blueprintPods(world, blueprint, peer, where), flow)
  return [{ peers: blockPeers(placeOf(world, cluster, { ...flow, peer }).blocks), ports: [portOf(flow)] }]
}

/** The cache on the node, where the cluster has one. https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/ */
const cacheBlock = '169.254.20.10/32'

/** CoreDNS by the labels that its Service selects, which opens the address of the Service too. */
function dnsRules({ world, cluster: { body } }: Scene): readonly Rule[] {
  const service = world.find('k8s/Service', 'kube-system/kube-dns', { cluster: body.name })
  const selector = service?.body.spec?.selector ?? { 'k8s-app': 'kube-dns' }
  const targets = (service?.body.spec?.ports ?? []).flatMap(({ port, targetPort }) =>
    port === 53 && typeof targetPort === 'number' ? targetPort : [],
  )
  const ports = [...new Set(targets.length === 0 ? [53] : targets)].sort((a, b) => a - b)
  const both = (port: number): readonly Port[] => [portOf({ protocol: 'UDP', port }), portOf({ protocol: 'TCP', port })]
  const cache = world.find('k8s/DaemonSet', 'kube-system/node-local-dns', { cluster: body.name })
  return [
    { peers: [podPeer('kube-system', selector)], ports: ports.flatMap(both) },
    ...(cache === undefined ? [] : [{ peers: blockPeers([cacheBlock]), ports: both(53) }]),
  ]
}

/** https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html */
const agents = { 4: '169.254.170.23/32', 6: 'fd00:ec2::23/128' } as const

const agentRules = ({ cluster }: Scene, { agent }: Egress): readonly Rule[] =>
  agent ? [{ peers: blockPeers([agents[clusterPlace(cluster).family]]), ports: [portOf({ protocol: 'TCP', port: 80 })] }] : []

function assertPorts(workload: BlueprintWorkload, directions: Readonly<Record<string, readonly Rule[]>>): void {
  const over = Object.keys(directions).find(name => hasTooManyPorts(directions[name] ?? []))
  if (over === undefined) return
  throw new UserError(
    'BAD_BLUEPRINT',
    `${nameOf(workload)} has more than ${mostPorts} ports of ${over} for one peer, of which AWS's agent keeps ${mostPorts} at random`,
    {
      where: workload.network?.where ?? workload.where,
      help: 'declare fewer ports for blocks and for this peer',
    },
  )
}
