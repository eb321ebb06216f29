import type { UnreadFact } from '#base/errors.ts'
import type { Address } from '../addresses.ts'
import { has } from '../bitset.ts'
import type { Direction, Peer, Unenforced, Verdict } from '../policy-layer.ts'
import type { LayerAnswer, Protocol, RuleReference } from '../question.ts'
import type { CompiledCluster } from './compile.ts'
import { policyReference, reason, referenceOf, type Reasoned } from './explain.ts'
import { absentPod, makePeerIndex, type Found } from './peers.ts'
import type { PodRecord } from './pod-record.ts'
import { rowAt } from './rows.ts'
import type { Table } from './table.ts'

export interface Answers {
  readonly verdict: (direction: Direction, pod: string, peer: Peer, protocol: Protocol, port?: number) => Verdict
  readonly answer: (direction: Direction, pod: string, peer: Peer, protocol: Protocol, port?: number) => LayerAnswer
}

/** What is decided before any row is looked at. */
interface Settled {
  readonly verdict: Verdict
  readonly reason: string
  readonly fact?: UnreadFact
  readonly by?: readonly RuleReference[]
}

const unenforcedReasons: Readonly<Record<Unenforced, string>> = {
  'host-network': 'policies are not enforced on pods of the host network',
  fargate: 'policies are not enforced on Fargate',
  windows: 'policies are not enforced on Windows nodes',
  hybrid: 'policies are not enforced on hybrid nodes',
  'no-engine': 'nothing in the cluster enforces policies',
}

export function makeAnswers(compiled: CompiledCluster): Answers {
  const peers = makePeerIndex(compiled)
  const { cluster, classes, tables, ports } = compiled
  const settle = (direction: Direction, id: string, pod: PodRecord | undefined, found: Found): Settled | undefined => {
    if (pod === undefined) return missing(compiled, { absent: absentPod(cluster.ended.has(id), id), kind: 'k8s/Pod', id })
    if ('absent' in found) return missing(compiled, found)
    return settledByPlace(compiled, tables[classes.classOf.get(id)!]!, pod, found, direction)
  }
  const verdict: Answers['verdict'] = (direction, id, peer, protocol, port) => {
    const pod = cluster.pods.get(id)
    const found = peers.find(peer)
    const settled = settle(direction, id, pod, found)
    if (settled !== undefined) return settled.verdict
    if ('absent' in found) return 'unknown'
    const row = rowAt(tables[classes.classOf.get(id)!]!.rows(direction), ports.atomOf(protocol, port))
    const at = (bit: number): Verdict =>
      has(row.allowed, bit) ? 'allow' : row.unknown !== undefined && has(row.unknown, bit) ? 'unknown' : 'deny'
    if ('bits' in found) return agreed(found.bits.map(at))
    const decided = at(found.bit)
    // What says no to the own node is doubtful: see `notAgreed`.
    return decided === 'deny' && isOutToOwnNode(compiled, pod!, found, direction) ? 'unknown' : decided
  }
  const answer: Answers['answer'] = (direction, id, peer, protocol, port) => {
    const end = direction === 'egress' ? 'source' : 'destination'
    const found = peers.find(peer)
    const settled = settle(direction, id, cluster.pods.get(id), found)
    if (settled !== undefined) return { layer: 'networkPolicy', end, by: [], ...settled }
    const decided = verdict(direction, id, peer, protocol, port)
    const table = tables[classes.classOf.get(id)!]!
    if (
      decided === 'unknown' &&
      !('bits' in found) &&
      isOutToOwnNode(compiled, cluster.pods.get(id)!, found as Exclude<Found, { absent: string }>, direction)
    ) {
      const [side] = table.sides(direction)
      const isDenied =
        side !== undefined &&
        reason(side, direction, (found as { readonly bit: number }).bit, ports.atomOf(protocol, port)).verdict === 'deny'
      if (isDenied)
        return {
          layer: 'networkPolicy',
          end,
          verdict: 'unknown',
          by: [],
          asked: policiesAsked(compiled, table, direction),
          reason: notAgreed,
        }
    }
    const bit = 'bits' in found ? (found.bits[0] ?? 0) : (found as { readonly bit: number }).bit
    return { end, ...explained(compiled, table, direction, bit, ports.atomOf(protocol, port), decided, id, 'bits' in found) }
  }
  return { verdict, answer }
}

function missing({ cluster }: CompiledCluster, { absent, kind, id }: Extract<Found, { absent: string }>): Settled {
  const fact = cluster.missing.find(each => each.kind === kind)
  return { verdict: 'unknown', reason: absent, ...(fact && { fact: { ...fact, id } }) }
}

const agreed = (verdicts: readonly Verdict[]): Verdict => {
  const all = new Set(verdicts)
  const [only] = all
  return all.size === 1 && only !== undefined ? only : 'unknown'
}

/** Itself, an unenforced pod, and its own node. */
function settledByPlace(
  compiled: CompiledCluster,
  table: Table,
  pod: PodRecord,
  found: Exclude<Found, { absent: string }>,
  direction: Direction,
): Settled | undefined {
  if (compiled.cluster.engine === 'none') return { verdict: 'allow', reason: unenforcedReasons['no-engine'] }
  if (table.unenforced !== undefined) return { verdict: 'allow', reason: unenforcedReasons[table.unenforced] }
  if ('bits' in found) return undefined
  if (found.pod === pod || (found.address !== undefined && pod.address !== undefined && same(found.address, pod.address)))
    return { verdict: 'allow', reason: 'what a pod sends to itself is not filtered' }
  const ownNode = (found.node !== undefined && found.node === pod.node) || isOwn(found.address, pod)
  return ownNode ? onOwnNode(compiled, table, direction, found.address) : undefined
}

/**
 * One sentence of the page says that traffic to the own node is always allowed, another that of a pod that is isolated for egress only what a rule
 * admits is; and of rules of the cluster nobody says. https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
const notAgreed = 'whether a pod that is closed for egress reaches its own node is not agreed among engines'

function isOutToOwnNode(
  { engine }: CompiledCluster,
  pod: PodRecord,
  found: Exclude<Found, { absent: string }>,
  direction: Direction,
): boolean {
  if (engine !== 'upstream' || direction !== 'egress' || 'bits' in found) return false
  return (found.node !== undefined && found.node === pod.node) || isOwn(found.address, pod)
}

const same = (a: Address, b: Address): boolean => a.family === b.family && a.value === b.value

const isOwn = (address: Address | undefined, { hostAddress }: PodRecord): boolean =>
  address !== undefined && hostAddress !== undefined && same(address, hostAddress)

/**
 * The node on which a pod runs is let through, both ways; but by the published semantics for certain only inwards. AWS: unless its very address stands in an `except`, and in strict mode not until the
 * pod's tables have been written. https://kubernetes.io/docs/concepts/services-networking/network-policies/ (the two sorts of pod isolation)
 */
function onOwnNode(compiled: CompiledCluster, table: Table, direction: Direction, address: Address | undefined): Settled | undefined {
  const open: Settled = { verdict: 'allow', reason: 'the node of the pod is let through' }
  if (compiled.engine === 'upstream') return direction === 'ingress' ? open : undefined
  if (table.variants.every(variant => variant.length === 0)) return undefined
  const doubt = compiled.doubt(table, direction)
  const verdicts = table.variants.map((variant, i): Settled => {
    const policies = variant.map(policy => compiled.policies[policy]!)
    if (policies.length === 0) return { verdict: compiled.otherwise, reason: 'no policy selects the pod' }
    if (policies.some(policy => policy.tier !== 'namespace')) return open
    const excepted = table
      .sides(direction)
      [i]!.terms.find(({ block }) => block?.except.some(part => address !== undefined && isHostOf(part, address)))
    return excepted === undefined
      ? open
      : { verdict: 'deny', reason: `the node of the pod stands in an \`except\``, by: [referenceOf(excepted)] }
  })
  if (doubt !== undefined) return { verdict: 'unknown', ...doubt }
  const [first] = verdicts
  if (verdicts.every(each => each.verdict === first?.verdict)) return first
  return {
    verdict: 'unknown',
    reason: 'pods on other nodes share its name, and whether their policies are in its tables depends on what was written last',
  }
}

const isHostOf = (cidr: Address & { readonly prefix: number }, address: Address): boolean =>
  cidr.prefix === (cidr.family === 4 ? 32 : 128) && same(cidr, address)

function explained(
  compiled: CompiledCluster,
  table: Table,
  direction: Direction,
  bit: number,
  atom: number,
  verdict: Verdict,
  pod: string,
  several: boolean,
): Omit<LayerAnswer, 'end'> {
  const doubt = compiled.doubt(table, direction)
  const asked = policiesAsked(compiled, table, direction)
  if (doubt !== undefined) return { layer: 'networkPolicy', verdict: 'unknown', by: [], asked, ...doubt }
  const reasons = table.sides(direction).map(side => reason(side, direction, bit, atom))
  const chosen = reasons.find(each => each.verdict === verdict) ?? reasons[0]!
  const by = uniqueReferences(chosen)
  const why = verdict === chosen.verdict ? chosen.reason : unsettled(compiled, pod, several)
  return { layer: chosen.layer, verdict, by, reason: why, ...(asked.length > 0 && { asked }) }
}

function unsettled({ inForce }: CompiledCluster, pod: string, several: boolean): string {
  if (several) return 'policies admit some of these addresses and not others'
  const siblings = inForce.get(pod)?.siblings ?? []
  return `pods whose names agree up to the last dash share tables (${siblings.join(', ')}), and whether policies of theirs are in force here depends on the order of writes`
}

function uniqueReferences({ by }: Reasoned): RuleReference[] {
  const seen = new Map(by.map(term => [`${term.policy.kind} ${term.policy.id} ${term.rule.path.join('.')}`, referenceOf(term)]))
  return [...seen.values()]
}

/** The policies that close the pod, and those of the cluster that were asked. */
export function policiesAsked({ policies, engine, termsOf }: CompiledCluster, table: Table, direction: Direction): RuleReference[] {
  return [...new Set(table.variants.flat())]
    .filter(position => {
      const policy = policies[position]!
      if (policy.tier !== 'namespace' || policy.isolates[direction]) return true
      return engine === 'aws-vpc-cni' && termsOf(position, direction, table).present
    })
    .map(position => policyReference(policies[position]!))
}
