import { within } from './address.ts'
import type { Outcome } from './agent.ts'
import {
  networkPolicyOf,
  ofKind,
  podOf,
  selects,
  type KubernetesObject,
  type Labels,
  type Pod,
  type PolicyPeer,
  type PolicyRule,
  type Protocol,
  type Selector,
} from './objects.ts'

/**
 * The published semantics, pair by pair and rule by rule: NetworkPolicy of networking.k8s.io/v1, ClusterNetworkPolicy of
 * policy.networking.k8s.io/v1alpha2, AdminNetworkPolicy and BaselineAdminNetworkPolicy of v1alpha1. From the comments of their types.
 */
export interface Peer {
  readonly address: string
  /** Absent: a node, or an address that no pod of this cluster has. */
  readonly pod?: Pod
  /** The name of the node whose own address this is, also that of its hostNetwork pods. */
  readonly node?: string
}

export interface Asked {
  readonly direction: 'ingress' | 'egress'
  readonly subject: Pod
  readonly peer: Peer
  readonly protocol: string
  readonly port: number | undefined
}

export function upstream(objects: readonly KubernetesObject[], asked: Asked): ReadonlySet<Outcome> {
  const outcomes = byPolicies(objects, asked)
  // Of the way out to the own node one page says two things: "traffic to and from the node where a Pod is running is always allowed", and "when a pod
  // is isolated for egress, the only allowed connections from the pod are those allowed by the egress list"; of cluster policies nobody says.
  // https://kubernetes.io/docs/concepts/services-networking/network-policies/
  const toOwnNode = asked.direction === 'egress' && asked.peer.node !== undefined && asked.peer.node === asked.subject.node
  return toOwnNode ? new Set([...outcomes, 'allow']) : outcomes
}

function byPolicies(objects: readonly KubernetesObject[], asked: Asked): ReadonlySet<Outcome> {
  // Neither as a subject nor as a peer is a hostNetwork pod a pod of the network: it is its node.
  if (asked.subject.hostNetwork) return new Set(['allow'])
  // "... OR if the traffic source is the pod's local node" (NetworkPolicySpec.ingress)
  const fromOwnNode = asked.direction === 'ingress' && asked.peer.node !== undefined && asked.peer.node === asked.subject.node
  const outcomes = new Set<Outcome>()
  for (const admin of tier(objects, 'Admin', asked)) {
    if (admin === 'Accept' || admin === 'Deny') {
      outcomes.add(admin === 'Accept' ? 'allow' : 'deny')
      continue
    }
    const policies = networkPolicies(objects, asked)
    if (policies === 'maybe') {
      outcomes.add('allow')
      if (!fromOwnNode) outcomes.add('deny')
      continue
    }
    if (policies !== undefined) {
      outcomes.add(policies || fromOwnNode ? 'allow' : 'deny')
      continue
    }
    for (const baseline of tier(objects, 'Baseline', asked)) outcomes.add(baseline === 'Deny' ? 'deny' : 'allow')
  }
  return outcomes
}

/**
 * Undefined: no policy isolates the pod in this direction. Maybe: a peer selects a pod on the network of the host, and a plugin may take its
 * traffic for that of a pod or for that of its node.
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods
 */
function networkPolicies(objects: readonly KubernetesObject[], asked: Asked): boolean | 'maybe' | undefined {
  const type = asked.direction === 'ingress' ? 'Ingress' : 'Egress'
  const isolating = ofKind(objects, 'NetworkPolicy', 'networking.k8s.io')
    .map(networkPolicyOf)
    .filter(
      policy =>
        policy.namespace === asked.subject.namespace && policy.types.includes(type) && selects(policy.podSelector, asked.subject.labels),
    )
  if (isolating.length === 0) return undefined
  const admits = (peer: Peer) =>
    isolating.some(policy => policy[asked.direction].some(rule => ruleAllows(objects, policy.namespace, rule, { ...asked, peer })))
  if (admits(asked.peer)) return true
  const onTheNode = asked.peer.node === undefined ? [] : podsOf(objects).filter(pod => pod.hostNetwork && pod.node === asked.peer.node)
  return onTheNode.some(pod => admits({ ...asked.peer, pod: { ...pod, hostNetwork: false } })) ? 'maybe' : false
}

function ruleAllows(objects: readonly KubernetesObject[], namespace: string, rule: PolicyRule, asked: Asked): boolean {
  return (
    (rule.peers.length === 0 || rule.peers.some(peer => peerMatches(objects, namespace, peer, asked.peer))) &&
    (rule.ports.length === 0 || rule.ports.some(port => portMatches(port, asked)))
  )
}

function peerMatches(objects: readonly KubernetesObject[], namespace: string, peer: PolicyPeer, { address, pod }: Peer): boolean {
  if (peer.ipBlock !== undefined) {
    const { cidr, except = [] } = peer.ipBlock
    return within(cidr, address) && !except.some(each => within(each, address))
  }
  if (pod === undefined || pod.hostNetwork) return false
  const inNamespace =
    peer.namespaceSelector === undefined
      ? pod.namespace === namespace
      : selects(peer.namespaceSelector, namespaceLabels(objects, pod.namespace))
  return inNamespace && selects(peer.podSelector ?? {}, pod.labels)
}

const namespaceLabels = (objects: readonly KubernetesObject[], name: string): Labels | undefined =>
  ofKind(objects, 'Namespace').find(({ metadata }) => metadata.name === name)?.metadata.labels

interface AnyPort {
  readonly protocol?: Protocol
  readonly port?: number | string
  readonly endPort?: number
}

function portMatches({ protocol, port, endPort }: AnyPort, asked: Asked): boolean {
  if (protocol !== undefined && protocol !== asked.protocol) return false
  if (port === undefined) return true
  if (asked.port === undefined) return false
  if (typeof port === 'number') return asked.port >= port && asked.port <= (endPort ?? port)
  const destination = asked.direction === 'ingress' ? asked.subject : asked.peer.pod
  if (destination === undefined || destination.hostNetwork) return false
  const named = destination.containers
    .flatMap(({ ports }) => ports)
    .find(each => each.name === port && (each.protocol ?? 'TCP') === asked.protocol)
  return named?.containerPort === asked.port
}

type Result = 'Accept' | 'Deny' | 'Pass' | 'none'
interface TierRule {
  readonly action: 'Accept' | 'Deny' | 'Pass'
  readonly peers: readonly TierPeer[]
  readonly ports: readonly AnyPort[] | undefined
}
interface TierPeer {
  readonly namespaces?: Selector
  readonly pods?: { readonly namespaceSelector?: Selector; readonly podSelector?: Selector }
  readonly nodes?: Selector
  readonly networks?: readonly string[]
  readonly domainNames?: readonly string[]
}
interface TierPolicy {
  readonly priority: number
  readonly subject: TierPeer
  readonly ingress: readonly TierRule[]
  readonly egress: readonly TierRule[]
}

/** What a tier may say. Between policies of one priority it is undefined which decides; nor is it known which addresses a domain name has. */
function tier(objects: readonly KubernetesObject[], name: 'Admin' | 'Baseline', asked: Asked): ReadonlySet<Result> {
  const policies = policiesOfTier(objects, name).filter(({ subject }) => subjectMatches(objects, subject, asked.subject))
  const results = new Set<Result>()
  for (const priority of [...new Set(policies.map(policy => policy.priority))].sort((a, b) => a - b)) {
    const group = policies.filter(policy => policy.priority === priority).map(policy => firstMatch(objects, policy[asked.direction], asked))
    for (const possible of group) for (const result of possible) if (result !== 'none') results.add(result)
    if (group.some(possible => !possible.has('none'))) return results
  }
  return results.add('none')
}

function firstMatch(objects: readonly KubernetesObject[], rules: readonly TierRule[], asked: Asked): ReadonlySet<Result> {
  const results = new Set<Result>()
  for (const { action, peers, ports } of rules) {
    if (ports !== undefined && !ports.some(port => portMatches(port, asked))) continue
    const matches = peers.map(peer => tierPeerMatches(objects, peer, asked.peer))
    if (matches.includes('unknown peer') && action !== 'Accept') return results.add('Deny')
    if (matches.includes('yes')) return results.add(action)
    if (matches.includes('maybe')) results.add(action)
  }
  return results.add('none')
}

function subjectMatches(objects: readonly KubernetesObject[], { namespaces, pods }: TierPeer, pod: Pod): boolean {
  if (pod.hostNetwork) return false
  const labels = namespaceLabels(objects, pod.namespace)
  if (namespaces !== undefined) return selects(namespaces, labels)
  return pods !== undefined && selects(pods.namespaceSelector ?? {}, labels) && selects(pods.podSelector ?? {}, pod.labels)
}

function tierPeerMatches(objects: readonly KubernetesObject[], peer: TierPeer, asked: Peer): 'yes' | 'no' | 'maybe' | 'unknown peer' {
  const { namespaces, pods, nodes, networks, domainNames } = peer
  if (namespaces !== undefined || pods !== undefined)
    return asked.pod !== undefined && subjectMatches(objects, peer, asked.pod) ? 'yes' : 'no'
  if (networks !== undefined) return networks.some(cidr => within(cidr, asked.address)) ? 'yes' : 'no'
  if (nodes !== undefined) {
    // "by matching on the IPs present in the node.Status.Addresses field": a Fargate pod's address is its node's too.
    const isAt = ({ metadata, status }: KubernetesObject) => metadata.name === asked.node || hasAddress(status, asked.address)
    return ofKind(objects, 'Node').some(node => isAt(node) && selects(nodes, node.metadata.labels)) ? 'yes' : 'no'
  }
  // Names of Services lead to pods, and any name anywhere.
  if (domainNames !== undefined) return 'maybe'
  return 'unknown peer'
}

function hasAddress(status: unknown, address: string): boolean {
  const { addresses = [] } = (status ?? {}) as { readonly addresses?: readonly { readonly address: string }[] }
  return addresses.some(each => each.address === address)
}

const v1alpha2 = 'policy.networking.k8s.io/v1alpha2'
const v1alpha1 = 'policy.networking.k8s.io/v1alpha1'

function policiesOfTier(objects: readonly KubernetesObject[], name: 'Admin' | 'Baseline'): readonly TierPolicy[] {
  return objects.flatMap(object => {
    const spec = (object.spec ?? {}) as Spec
    const read = (priority: number): TierPolicy => ({
      priority,
      subject: spec.subject,
      ingress: (spec.ingress ?? []).map(ruleOf),
      egress: (spec.egress ?? []).map(ruleOf),
    })
    if (object.kind === 'ClusterNetworkPolicy' && object.apiVersion === v1alpha2)
      return spec.tier === name ? [read(spec.priority ?? 0)] : []
    if (object.kind === 'AdminNetworkPolicy' && object.apiVersion === v1alpha1) return name === 'Admin' ? [read(spec.priority ?? 0)] : []
    if (object.kind === 'BaselineAdminNetworkPolicy' && object.apiVersion === v1alpha1) return name === 'Baseline' ? [read(0)] : []
    return []
  })
}

interface Spec {
  readonly tier?: 'Admin' | 'Baseline'
  readonly priority?: number
  readonly subject: TierPeer
  readonly ingress?: readonly RawRule[]
  readonly egress?: readonly RawRule[]
}
interface RawRule {
  readonly action: 'Accept' | 'Allow' | 'Deny' | 'Pass'
  readonly from?: readonly TierPeer[]
  readonly to?: readonly TierPeer[]
  readonly protocols?: readonly RawProtocol[]
  readonly ports?: readonly RawPort[]
}
interface RawProtocol {
  readonly tcp?: { readonly destinationPort?: Destination }
  readonly udp?: { readonly destinationPort?: Destination }
  readonly sctp?: { readonly destinationPort?: Destination }
  readonly destinationNamedPort?: string
}
interface Destination {
  readonly number?: number
  readonly range?: { readonly start: number; readonly end: number }
}
interface RawPort {
  readonly portNumber?: { readonly protocol: Protocol; readonly port: number }
  readonly portRange?: { readonly protocol?: Protocol; readonly start: number; readonly end: number }
  readonly namedPort?: string
}

function ruleOf({ action, from, to, protocols, ports }: RawRule): TierRule {
  const given = protocols?.flatMap(protocolPorts) ?? ports?.flatMap(numberedPorts)
  return { action: action === 'Allow' ? 'Accept' : action, peers: from ?? to ?? [], ports: given }
}

function protocolPorts({ tcp, udp, sctp, destinationNamedPort }: RawProtocol): readonly AnyPort[] {
  const of = (protocol: Protocol, given: { readonly destinationPort?: Destination } | undefined): readonly AnyPort[] => {
    if (given === undefined) return []
    const { number, range } = given.destinationPort ?? {}
    if (range !== undefined) return [{ protocol, port: range.start, endPort: range.end }]
    return [{ protocol, ...(number !== undefined && { port: number }) }]
  }
  return [
    ...of('TCP', tcp),
    ...of('UDP', udp),
    ...of('SCTP', sctp),
    ...(destinationNamedPort === undefined ? [] : [{ port: destinationNamedPort }]),
  ]
}

function numberedPorts({ portNumber, portRange, namedPort }: RawPort): readonly AnyPort[] {
  return [
    ...(portNumber === undefined ? [] : [portNumber]),
    ...(portRange === undefined ? [] : [{ protocol: portRange.protocol ?? 'TCP', port: portRange.start, endPort: portRange.end }]),
    ...(namedPort === undefined ? [] : [{ port: namedPort }]),
  ]
}

export const podsOf = (objects: readonly KubernetesObject[]): readonly Pod[] => ofKind(objects, 'Pod').map(podOf)
