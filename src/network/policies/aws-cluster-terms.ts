import { intersects, isEmpty } from '../bitset.ts'
import type { Direction } from '../policy-layer.ts'
import { selects } from '../selector.ts'
import { egressToPods, podAddresses, type AwsCluster } from './aws-cluster.ts'
import { replaceCollisions, without, type AwsTerms, type TermNote } from './aws-terms.ts'
import type { NumberedPort, PodSelection, PolicyDocument, WrittenPeer, WrittenRule } from './document.ts'
import { portsText, type Term } from './term.ts'

/**
 * What AWS's controller resolves a ClusterNetworkPolicy of networking.k8s.aws to. Each step below loses what the controller loses.
 * https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/clusternetworkpolicy_resolver.go
 */
export function awsClusterTerms(policy: PolicyDocument, direction: Direction, cluster: AwsCluster): AwsTerms {
  const notes: TermNote[] = []
  const terms = policy.rules[direction].flatMap(rule => termsOfRule(policy, rule, direction, cluster, notes))
  dropLaterRanges(terms, direction, notes)
  replaceCollisions(terms, runeText, (term, by) =>
    notes.push({ id: 'port-collision', term, by, direction, ...lost(term), detail: collision }),
  )
  narrowToPorts(terms, direction, notes)
  const kept = terms.filter(term => !isEmpty(term.peers) && (term.block === undefined || term.block.cidr.family === cluster.family))
  return { terms: kept, notes, present: terms.length > 0 }
}

/** Losing a Deny opens, losing an Accept closes, losing a Pass leaves it to the rules behind. */
const lost = ({ rule }: Pick<Term, 'rule'>): Pick<TermNote, 'error'> =>
  ({ Deny: { error: 'opens' }, Accept: { error: 'closes' }, Pass: { error: 'unpredictable' } } as const)[rule.action]

const collision = 'the controller files ports 55296 to 57343, and 65533, as one and the same, and keeps the last'

function termsOfRule(policy: PolicyDocument, rule: WrittenRule, direction: Direction, cluster: AwsCluster, notes: TermNote[]): Term[] {
  const at = { policy, rule, path: rule.path }
  if (direction === 'ingress' && !firstPeerCounts(rule, cluster)) {
    const [, ...others] = rule.peers ?? []
    const losesSomebody = others.some(peer => 'pods' in peer && hasNamespaces(peer.pods, cluster))
    const detail = 'the first peer of the rule matches no namespace, and then the controller leaves the others out as well'
    if (losesSomebody) notes.push({ id: 'from-first-peer-only', term: at, direction, ...lost(at), detail })
    return []
  }
  // A named port stops the controller where it is resolved: what would come of it is never seen.
  const ports = rule.ports?.filter((port): port is NumberedPort => !('name' in port))
  if (ports?.length === 0) return []
  return (rule.peers ?? []).flatMap(peer => termsOfPeer({ ...at, path: peer.path }, peer, direction, ports, cluster, notes))
}

const hasNamespaces = ({ namespaces }: PodSelection, { namespaces: all }: AwsCluster): boolean =>
  namespaces !== 'own' && [...all.values()].some(labels => selects(namespaces, labels))

const firstPeerCounts = ({ peers = [] }: WrittenRule, cluster: AwsCluster): boolean => {
  const [first] = peers
  return first !== undefined && 'pods' in first && hasNamespaces(first.pods, cluster)
}

function termsOfPeer(
  at: Pick<Term, 'policy' | 'rule' | 'path'>,
  peer: WrittenPeer,
  direction: Direction,
  ports: readonly NumberedPort[] | undefined,
  cluster: AwsCluster,
  notes: TermNote[],
): Term[] {
  if ('block' in peer) return [{ ...at, block: peer.block, peers: cluster.columns.bitsOfBlock(peer.block.cidr), ports }]
  if ('domains' in peer) {
    const detail = `the agent passes over rules for domains (${peer.domains.join(', ')}) but on EKS Auto Mode`
    notes.push({ id: 'domain-rule-skipped', term: at, direction, ...lost(at), detail })
    return []
  }
  if (!('pods' in peer)) return []
  const { peers } = podAddresses(cluster, peer.pods, at.policy)
  const hosts = cluster.columns.bitsOf(cluster.columns.selectThings(peer.pods, at.policy.namespace)).hosts
  if (!isEmpty(hosts)) {
    const detail = 'pods of the host network, which the API leaves out, are peers, and their address is the whole node'
    notes.push({ id: 'host-network-peer', term: at, direction, error: at.rule.action === 'Deny' ? 'closes' : 'opens', detail })
  }
  const resolved = direction === 'egress' ? egressToPods(cluster, peer.pods, at.policy, ports) : [{ peers, ports }]
  return resolved.map(each => ({ ...at, ...each, peers: each.peers.slice() }))
}

/** The rules' entries are first told apart by address, action and ports without the ends of ranges: of a port and a range from it, the first stays. */
function dropLaterRanges(terms: Term[], direction: Direction, notes: TermNote[]): void {
  const seen = new Map<string, number[]>()
  terms.forEach((term, i) => {
    const key = `${blockText(term)}|${term.rule.action}|${term.ports?.map(({ protocol, port = 'any' }) => `${protocol}:${port}`).join(',') ?? 'all'}`
    const same = seen.get(key) ?? []
    for (const earlier of same) {
      const first = terms[earlier]!
      const current = terms[i]!
      if (portsText(first.ports) === portsText(current.ports) || !intersects(first.peers, current.peers)) continue
      const detail = `${portsText(current.ports)} begins like ${portsText(first.ports)} of an earlier rule, and is dropped`
      notes.push({ id: 'deny-range-dropped', term: current, by: first, direction, ...lost(current), detail })
      terms[i] = { ...current, peers: without(current.peers, first.peers) }
    }
    seen.set(key, [...same, i])
  })
}

/** Then those of one address and action are joined, and "all ports" is an empty list: joined with a port, only the port is left. */
function narrowToPorts(terms: Term[], direction: Direction, notes: TermNote[]): void {
  terms.forEach((term, i) => {
    if (term.ports !== undefined) return
    let current = term
    for (const other of terms) {
      if (other.ports === undefined || other.rule.action !== term.rule.action || blockText(other) !== blockText(term)) continue
      if (!intersects(other.peers, current.peers)) continue
      const detail = `the rule for all ports and that for ${portsText(other.ports)} are joined, and only the ports are left`
      notes.push({ id: 'deny-narrowed-to-ports', term, by: other, direction, ...lost(term), detail })
      current = { ...current, peers: without(current.peers, other.peers) }
    }
    terms[i] = current
  })
}

const blockText = ({ block }: Term): string => block?.text ?? ''

/** Go writes a port as the character of that number; numbers that are no character are all U+FFFD. */
const rune = (port: number): string => String.fromCodePoint(port >= 0xd800 && port <= 0xdfff ? 0xfffd : port)

const runeText = (term: Term): string =>
  `${blockText(term)}|${term.rule.action}|${(term.ports ?? [])
    .map(({ protocol, port, end }) => `${protocol}${port === undefined ? '' : rune(port)}${end === undefined ? '' : rune(end)}`)
    .join('')}`

/** Whether the policy makes the controller follow a nil pointer when it resolves it, after which no policy is reconciled any more. */
export function crashesController(policy: PolicyDocument, cluster: AwsCluster): WrittenRule | undefined {
  if (policy.tier === 'namespace') return crashesByProtocol(policy, cluster)
  const named = (rule: WrittenRule) => rule.ports?.some(port => 'name' in port) === true
  const inEgress = policy.rules.egress.find(
    rule => named(rule) && rule.peers?.some(peer => 'block' in peer || ('pods' in peer && hasNamespaces(peer.pods, cluster))) === true,
  )
  return inEgress ?? policy.rules.ingress.find(rule => named(rule) && firstPeerCounts(rule, cluster) && hasPods(rule, cluster))
}

/** Of ingress, the pods of the namespaces of the first peer are asked for the port. */
function hasPods({ peers = [] }: WrittenRule, cluster: AwsCluster): boolean {
  const [first] = peers
  if (first === undefined || !('pods' in first) || first.pods.namespaces === 'own') return false
  const { namespaces } = first.pods
  return [...cluster.pods].some(([name, pods]) => pods.length > 0 && selects(namespaces, cluster.namespaces.get(name) ?? {}))
}

/**
 * Nothing fills in the protocol of a port of an ApplicationNetworkPolicy. Towards blocks it is followed at once, and so of every rule with a peer
 * that is not a domain; where an ingress rule has names as well, only for a pod that is asked for the port.
 */
function crashesByProtocol({ rules, subject, namespace = '' }: PolicyDocument, cluster: AwsCluster): WrittenRule | undefined {
  const inEgress = rules.egress.find(
    ({ unprotocolled, peers = [] }) => unprotocolled !== undefined && peers.some(peer => !('domains' in peer)),
  )
  const isAsked = () => subject !== undefined && (cluster.pods.get(namespace) ?? []).some(({ labels }) => selects(subject.pods, labels))
  const inIngress = ({ unprotocolled, ports = [] }: WrittenRule): boolean => {
    if (unprotocolled === undefined) return false
    return ports.some(port => 'name' in port) ? unprotocolled === 'with a port' && isAsked() : true
  }
  return inEgress ?? rules.ingress.find(inIngress)
}
