import { add, emptyBitset, forEachMember, has, isEmpty, subtract, unite, type Bitset } from '../bitset.ts'
import type { Direction } from '../policy-layer.ts'
import type { Columns } from './columns.ts'
import type { NumberedPort, PodSelection, PolicyDocument, WrittenPeer, WrittenPort, WrittenRule } from './document.ts'
import { portNamed, type ContainerPort } from './pod-record.ts'
import { portsText, uniquePorts, type Term } from './term.ts'

interface Peers {
  readonly peers: Bitset
  readonly things?: Bitset
  readonly maybe?: Term['maybe']
}

/**
 * What a policy says by the published semantics: NetworkPolicy of Kubernetes (staging/src/k8s.io/api/networking/v1/types.go) and the cluster
 * policies of sigs.k8s.io/network-policy-api. `subjectPorts` are the container ports of the pods that ingress rules close: named ports of
 * ingress are theirs, those of egress the peer's.
 */
export function publishedTerms(
  policy: PolicyDocument,
  direction: Direction,
  columns: Columns,
  subjectPorts: readonly ContainerPort[],
): Term[] {
  return policy.rules[direction].flatMap(rule => {
    const ports = direction === 'ingress' ? onSubject(rule.ports, subjectPorts) : rule.ports
    if (ports?.length === 0) return []
    if (rule.peers === undefined) {
      const peers = columns.bitsOfAtoms(0, columns.base)
      return byDestination(policy, rule, { path: rule.path, peers: { peers: withPending(peers, columns) }, ports }, columns)
    }
    return rule.peers.flatMap(peer => {
      const peers = peersOf(peer, policy, rule, columns)
      return peers === undefined ? [] : byDestination(policy, rule, { path: peer.path, peers, ports }, columns)
    })
  })
}

function withPending(bits: Bitset, columns: Columns): Bitset {
  const all = bits.slice()
  unite(all, columns.pending)
  return all
}

/** An ingress rule's named ports, as numbers of the pod that is closed; a name that it does not have matches nothing. */
function onSubject(ports: readonly WrittenPort[] | undefined, subject: readonly ContainerPort[]): readonly NumberedPort[] | undefined {
  return ports === undefined ? undefined : uniquePorts(ports.flatMap(port => resolvePort(port, subject) ?? []))
}

function resolvePort(port: WrittenPort, container: readonly ContainerPort[]): NumberedPort | undefined {
  if (!('name' in port)) return port
  const found = portNamed(container, port.name, port.protocol, true)
  return found && { protocol: found.protocol, port: found.port }
}

function peersOf(peer: WrittenPeer, policy: PolicyDocument, rule: WrittenRule, columns: Columns): Peers | undefined {
  if ('pods' in peer) return selectedPeers(peer.pods, policy, columns)
  if ('block' in peer) return blockPeers(peer.block, columns)
  if ('nodes' in peer) return unsure('the nodes of the cluster were not read', columns)
  if ('domains' in peer) return unsure(`the addresses of ${peer.domains.join(', ')} change`, columns)
  // https://network-policy-api.sigs.k8s.io/reference/spec/: implementations must fail closed when they do not know a peer.
  return rule.action === 'Accept' ? undefined : { peers: withPending(columns.bitsOfAtoms(0, columns.base), columns) }
}

/** Pods of the host network: never peers of a cluster policy; of a NetworkPolicy it is not defined whether selectors see them. */
function selectedPeers(selection: PodSelection, policy: PolicyDocument, columns: Columns): Peers {
  const things = columns.selectThings(selection, policy.namespace)
  const { pods, hosts } = columns.bitsOf(things)
  if (policy.tier !== 'namespace' || isEmpty(hosts)) return { peers: pods, things }
  return { peers: pods, things, maybe: { peers: hosts, reason: hostsUndefined } }
}

/** https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods */
const hostsUndefined = 'whether selectors select pods of the host network is not defined'

function hostsOf(bits: readonly number[], columns: Columns): Pick<Term, 'peers' | 'maybe'> {
  const peers = columns.empty()
  for (const bit of bits) add(peers, bit)
  return { peers: columns.empty(), maybe: { peers, reason: hostsUndefined } }
}

function blockPeers({ cidr, except }: Extract<WrittenPeer, { block: unknown }>['block'], columns: Columns): Peers {
  const peers = columns.bitsOfBlock(cidr).slice()
  for (const part of except) subtract(peers, columns.bitsOfBlock(part))
  return isEmpty(columns.pending) ? { peers } : { peers, maybe: { peers: columns.pending, reason: 'the pod has no address yet' } }
}

const unsure = (reason: string, columns: Columns): Peers => {
  const outside = columns.bitsOfAtoms(0, columns.base)
  return { peers: columns.empty(), maybe: { peers: outside, reason } }
}

/** An egress rule's named ports are numbers of each peer: one term for each list of numbers. */
function byDestination(
  policy: PolicyDocument,
  rule: WrittenRule,
  { path, peers: { peers, things, maybe }, ports }: { path: Term['path']; peers: Peers; ports: readonly WrittenPort[] | undefined },
  columns: Columns,
): Term[] {
  const term = { policy, rule, path, ...(maybe && { maybe }) }
  const numbered = ports?.filter((port): port is NumberedPort => !('name' in port))
  if (ports === undefined || numbered?.length === ports.length) return [{ ...term, peers, ports: numbered }]
  const selected = things ?? thingsOf(peers, columns)
  const hosts: Term[] = []
  const groups = new Map<string, { ports: NumberedPort[]; peers: Bitset }>()
  forEachMember(selected, thing => {
    const { classId, ports: container } = columns.things[thing]!
    const resolved = uniquePorts(ports.flatMap(port => resolvePort(port, container) ?? []))
    if (classId < columns.hostClasses) {
      if (policy.tier === 'namespace' && resolved.length > 0)
        hosts.push({ policy, rule, path, ...hostsOf([columns.base + classId], columns), ports: resolved })
      return
    }
    const key = portsText(resolved)
    let group = groups.get(key)
    if (group === undefined) groups.set(key, (group = { ports: resolved, peers: columns.empty() }))
    add(group.peers, columns.base + classId)
  })
  const pods = [...groups.values()].filter(group => group.ports.length > 0)
  const own = things === undefined ? term : { policy, rule, path }
  const terms: Term[] = [...pods.map(group => ({ ...own, ...group })), ...hosts]
  if (things !== undefined || numbered === undefined || numbered.length === 0) return terms
  // Addresses that are no pod's have no names.
  const others = peers.slice()
  for (const group of groups.values()) subtract(others, group.peers)
  return [...terms, { ...term, peers: others, ports: numbered }]
}

function thingsOf(bits: Bitset, columns: Columns): Bitset {
  const things = emptyBitset(columns.things.length)
  columns.things.forEach(({ classId }, thing) => {
    if (has(bits, columns.base + classId)) add(things, thing)
  })
  return things
}
