import { intersects, isEmpty, subtract, type Bitset } from '../bitset.ts'
import type { DeviationName, Direction } from '../policy-layer.ts'
import { egressToPods, ingressPorts, podAddresses, type AwsCluster, type Resolved } from './aws-cluster.ts'
import type { Block, NumberedPort, PolicyDocument, WrittenPeer, WrittenPort, WrittenRule } from './document.ts'
import { wholeBlock } from './read-parts.ts'
import type { Term } from './term.ts'

/** A place where what is resolved is not what was written. */
export interface TermNote {
  readonly id: DeviationName
  readonly term: Pick<Term, 'policy' | 'rule' | 'path'>
  readonly by?: Pick<Term, 'policy' | 'rule' | 'path'>
  readonly direction: Direction
  readonly error: 'opens' | 'closes' | 'unpredictable'
  readonly detail: string
}

export interface AwsTerms {
  readonly terms: readonly Term[]
  readonly notes: readonly TermNote[]
  /** An egress or ingress rule is there at all, be it of the other family: then the direction is closed but for its rules. */
  readonly present: boolean
}

/**
 * What AWS's controller resolves a NetworkPolicy or an ApplicationNetworkPolicy to, in the order in which it does: `podSelector`s to addresses of
 * pods and Services, named ports to numbers, each block to a key of its own.
 * https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go
 */
export function awsTerms(policy: PolicyDocument, direction: Direction, cluster: AwsCluster): AwsTerms {
  const notes: TermNote[] = []
  const terms = policy.rules[direction].flatMap(rule => termsOfRule(policy, rule, direction, cluster, notes))
  replaceCollisions(terms, keyText, (term, by) =>
    notes.push({
      id: 'port-collision',
      term,
      by,
      direction,
      error: 'closes',
      detail: `${keyText(term)} is also how the ports of a later peer are filed, which replace these`,
    }),
  )
  // Of a pod that has no address yet the controller knows none, and writes no rule.
  const { pending } = cluster.columns
  const hasAddress = (peers: Bitset) => !isEmpty(isEmpty(pending) ? peers : without(peers, pending))
  // A block that was replaced is no key any more.
  const kept = (term: Term) => term.block === undefined || (term.block.cidr.family === cluster.family && !isEmpty(term.peers))
  return { terms: terms.filter(kept), notes, present: terms.some(term => term.block !== undefined || hasAddress(term.peers)) }
}

function termsOfRule(policy: PolicyDocument, rule: WrittenRule, direction: Direction, cluster: AwsCluster, notes: TermNote[]): Term[] {
  const at = { policy, rule, path: rule.path }
  const note = (id: DeviationName, error: TermNote['error'], detail: string) => notes.push({ id, term: at, direction, error, detail })
  const ports = direction === 'ingress' && rule.ports !== undefined ? ingressPorts(cluster, policy, rule.ports) : rule.ports
  if (ports?.length === 0) return []
  if (rule.peers === undefined) {
    if (direction === 'egress' && policy.kind === 'k8s/ApplicationNetworkPolicy') {
      note('rule-without-peers-dropped', 'closes', 'an egress rule of an ApplicationNetworkPolicy without `to` admits nobody')
      return []
    }
    const both = [wholeBlock('0.0.0.0/0'), wholeBlock('::/0')]
    return both.flatMap(block => blockTerm({ ...at, block }, ports, cluster, note) ?? [])
  }
  return rule.peers.flatMap(peer => termsOfPeer({ ...at, path: peer.path }, peer, direction, ports, cluster, note))
}

type Note = (id: DeviationName, error: TermNote['error'], detail: string) => void
type At = Pick<Term, 'policy' | 'rule' | 'path'>

function termsOfPeer(
  at: At,
  peer: WrittenPeer,
  direction: Direction,
  ports: readonly WrittenPort[] | undefined,
  cluster: AwsCluster,
  note: Note,
): Term[] {
  if ('block' in peer) return [blockTerm({ ...at, block: peer.block }, ports, cluster, note)].filter(term => term !== undefined)
  if ('domains' in peer) {
    note('domain-rule-skipped', 'closes', `the agent passes over rules for domains (${peer.domains.join(', ')}) but on EKS Auto Mode`)
    return []
  }
  if (!('pods' in peer)) return []
  const resolved: readonly Resolved[] =
    direction === 'egress'
      ? egressToPods(cluster, peer.pods, at.policy, ports)
      : [{ peers: podAddresses(cluster, peer.pods, at.policy).peers, ports: numbersOf(ports) }]
  return resolved.map(each => ({ ...at, ...each, peers: each.peers.slice() }))
}

const numbersOf = (ports: readonly WrittenPort[] | undefined): NumberedPort[] | undefined =>
  ports?.filter((port): port is NumberedPort => !('name' in port))

/** Names towards a block are left out; when there is nothing else, so is the block. */
function blockTerm(
  at: At & { block: Block },
  ports: readonly WrittenPort[] | undefined,
  { columns }: AwsCluster,
  note: Note,
): Term | undefined {
  const numbers = numbersOf(ports)
  if (ports !== undefined && numbers?.length !== ports.length)
    note('named-port-dropped', 'closes', 'named ports towards blocks of addresses are ignored')
  return numbers?.length === 0 && ports !== undefined ? undefined : { ...at, peers: columns.bitsOfBlock(at.block.cidr), ports: numbers }
}

/**
 * The controller files peers of one policy under text without separators: port 80 to 81 and port 8081 are both `TCP8081`. Of two that are filed
 * alike the later stays.
 * https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/policyendpoints/manager.go getEndpointInfoKey
 */
export function replaceCollisions(terms: Term[], keyOf: (term: Term) => string, report: (replaced: Term, by: Term) => void): void {
  const filed = new Map<string, number[]>()
  terms.forEach((term, i) => {
    const key = keyOf(term)
    const same = filed.get(key) ?? []
    for (const earlier of same) {
      const replaced = terms[earlier]!
      if (exact(replaced) === exact(term) || !intersects(replaced.peers, term.peers)) continue
      report(replaced, term)
      terms[earlier] = { ...replaced, peers: without(replaced.peers, term.peers) }
    }
    filed.set(key, [...same, i])
  })
}

export function without(peers: Bitset, others: Bitset): Bitset {
  const rest = peers.slice()
  subtract(rest, others)
  return rest
}

const exact = ({ ports }: Term): string => JSON.stringify(ports ?? null)

function keyText({ block, ports = [] }: Term): string {
  const written = ports.map(({ protocol, port = '', end = '' }) => `${protocol}${port}${end}`).join('')
  return `${block === undefined ? '' : block.text + block.exceptTexts.join('')}|${written}`
}
