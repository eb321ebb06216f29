import { has } from '../bitset.ts'
import type { Direction, Verdict } from '../policy-layer.ts'
import type { LayerName, RuleReference } from '../question.ts'
import type { PolicyDocument, Tier } from './document.ts'
import { crowdsOf, splitRegions } from './namespace-row.ts'
import { isCertain, slotsOfKey } from './slots.ts'
import { allTerms } from './rows.ts'
import type { Side } from './side.ts'
import { spanOf, type Term } from './term.ts'

/** One cell, worked out again on its own, with what decides. */
export interface Reasoned {
  readonly verdict: Verdict
  readonly layer: Extract<LayerName, 'networkPolicy' | 'clusterNetworkPolicy'>
  readonly by: readonly Term[]
  readonly reason: string
}

export const referenceOf = ({ policy, rule }: Pick<Term, 'policy' | 'rule'>): RuleReference => ({
  kind: policy.kind,
  id: policy.id,
  path: rule.path,
})

export const policyReference = ({ kind, id }: PolicyDocument): RuleReference => ({ kind, id, path: [] })

/** Why one side says what it says of one peer (a bit of its rows) on one atom of ports. */
export function reason(side: Side, direction: Direction, bit: number, atom: number): Reasoned {
  const speaking = allTerms(side).filter(term => speaks(side, term, atom))
  const spoken = new Set(speaking)
  const possible: Possible = { outcomes: [], doubts: [] }
  if (tierOf(side, 'admin', bit, spoken, possible)) {
    if (side.namespace === 'open')
      possible.outcomes.push({
        verdict: 'allow',
        layer: 'networkPolicy',
        by: [],
        reason: `policies of the other direction alone select the pod, so ${direction} is open`,
      })
    else if (side.namespace === 'closed') possible.outcomes.push(ofNamespace(side, bit, atom, spoken))
    else if (tierOf(side, 'baseline', bit, spoken, possible)) possible.outcomes.push(untouched(side))
  }
  const [first, ...others] = possible.outcomes
  const agree = first !== undefined && others.every(each => each.verdict === first.verdict)
  return agree ? first : { ...(possible.doubts[0] ?? first!), verdict: 'unknown' }
}

/** What may come of a peer: more than one thing where a rule is unsure of it, or policies of one priority disagree. */
interface Possible {
  readonly outcomes: Reasoned[]
  readonly doubts: Omit<Reasoned, 'verdict'>[]
}

function untouched({ otherwise, levels }: Side): Reasoned {
  const layer = levels.length > 0 ? 'clusterNetworkPolicy' : 'networkPolicy'
  const selected = levels.length > 0 ? 'no rule of the policies that select the pod decides' : 'no policy selects the pod'
  const reasons: Record<Side['otherwise'], string> = {
    allow: selected,
    deny: `${selected}, and in strict mode a pod is closed until some NetworkPolicy has selected it`,
    unknown: `${selected}, and whether pods start open or closed was not read`,
  }
  return { verdict: otherwise, layer, by: [], reason: reasons[otherwise] }
}

function speaks(side: Side, { ports }: Term, atom: number): boolean {
  if (ports === undefined) return true
  return ports.some(port => {
    const [first, end] = spanOf(side.ports, port)
    return atom >= first && atom < end
  })
}

/** Adds what a tier may decide. Whether it may leave the peer to the next. */
function tierOf(side: Side, tier: Exclude<Tier, 'namespace'>, bit: number, spoken: ReadonlySet<Term>, possible: Possible): boolean {
  const layer = 'clusterNetworkPolicy'
  let passes = false
  for (const level of side.levels) {
    if (level.tier !== tier) continue
    const own = level.terms.filter(term => spoken.has(term))
    const crowd = crowdOf(side, bit)
    if (crowd > slotsOfKey && own.some(term => has(term.peers, bit))) {
      possible.outcomes.push({ verdict: 'unknown', layer, by: own.filter(term => has(term.peers, bit)), reason: lottery(crowd) })
      return false
    }
    const { met, isDecided } = meetings(side, own, bit)
    const actions = new Set(met.map(term => term.rule.action))
    const unsure = met.find(term => !has(term.peers, bit))
    if (unsure?.maybe !== undefined) possible.doubts.push({ layer, by: [unsure], reason: unsure.maybe.reason })
    else if (actions.size > 1)
      possible.doubts.push({ layer, by: met, reason: 'policies of one priority disagree, and which one wins is not defined' })
    for (const [action, verdict, how] of [
      ['Deny', 'deny', 'denied'],
      ['Accept', 'allow', 'accepted'],
    ] as const)
      if (actions.has(action))
        possible.outcomes.push({ verdict, layer, by: met.filter(term => term.rule.action === action), reason: `${how} by ${tier} rules` })
    passes ||= actions.has('Pass')
    if (isDecided) return passes
  }
  return true
}

/** Rules of a level that the peer may meet, and whether it certainly meets one. */
function meetings(side: Side, terms: readonly Term[], bit: number): { readonly met: readonly Term[]; readonly isDecided: boolean } {
  const mayMeet = (term: Term) => has(term.peers, bit) || (term.maybe !== undefined && has(term.maybe.peers, bit))
  const sure = terms.filter(term => has(term.peers, bit))
  if (side.engine === 'aws-vpc-cni') {
    const weight = { Deny: 0, Accept: 1, Pass: 2 } as const
    const strongest = Math.min(...sure.map(term => weight[term.rule.action]), 3)
    const met = terms.filter(term => mayMeet(term) && weight[term.rule.action] <= strongest)
    return { met, isDecided: sure.length > 0 }
  }
  const met = [...new Set(terms.map(term => term.policy))].flatMap(policy => {
    const own = terms.filter(term => term.policy === policy && mayMeet(term))
    const first = own.findIndex(term => has(term.peers, bit))
    return first < 0 ? own : own.slice(0, first + 1)
  })
  return { met, isDecided: sure.length > 0 }
}

const lottery = (entries: number): string =>
  `the agent keeps ${slotsOfKey} port entries for a peer and there are ${entries}: which ones is drawn by lot at each write`

function crowdOf(side: Side, bit: number): number {
  if (side.engine !== 'aws-vpc-cni') return 0
  const own = side.levels.flatMap(level => level.terms).filter(term => has(term.peers, bit))
  return new Set(
    own.flatMap(term => (term.ports ?? [undefined]).map(port => `${term.policy.id} ${term.rule.action} ${JSON.stringify(port)}`)),
  ).size
}

function ofNamespace(side: Side, bit: number, atom: number, spoken: ReadonlySet<Term>): Reasoned {
  const layer = 'networkPolicy'
  const { admitting, whole } = admittingTerms(side, bit)
  const by = admitting.filter(term => spoken.has(term))
  const unsure = side.terms.find(term => spoken.has(term) && term.maybe !== undefined && has(term.maybe.peers, bit))
  const certain = by.length > 0 && whole
  if (certain) {
    const risk = lotteryAt(side, bit, atom)
    if (risk !== undefined) return { verdict: 'unknown', layer, by, reason: lottery(risk) }
    return { verdict: 'allow', layer, by, reason: 'a rule admits it' }
  }
  if (unsure?.maybe !== undefined) return { verdict: 'unknown', layer, by: [unsure], reason: unsure.maybe.reason }
  if (by.length > 0) return { verdict: 'unknown', layer, by, reason: 'the pod has no address yet, and rules admit some addresses' }
  return { verdict: 'deny', layer, by: [], reason: 'no rule of the policies that close the pod admits it' }
}

/** The terms under the key that decides about the peer. `whole`: they are there whatever address a pod will get. */
function admittingTerms(side: Side, bit: number): { readonly admitting: readonly Term[]; readonly whole: boolean } {
  const direct = side.terms.filter(term => (term.block === undefined || side.engine === 'upstream') && has(term.peers, bit))
  if (side.engine === 'upstream' || side.terms.every(term => term.block === undefined)) return { admitting: direct, whole: true }
  const regions = splitRegions(side) ?? []
  const keyed = direct.length > 0 || side.terms.some(term => term.block === undefined && has(term.peers, bit))
  if (has(side.columns.pending, bit)) {
    if (keyed) return { admitting: direct, whole: true }
    return { admitting: [...new Set(regions.flatMap(region => region.lookup))].map(term => side.terms[term]!), whole: regions.length === 1 }
  }
  const region = regions.find(each => has(each.bits, bit))
  const listed = (keyed ? region?.inherit : region?.lookup) ?? []
  return { admitting: [...new Set([...direct, ...listed.map(term => side.terms[term]!)])], whole: true }
}

/** How many entries compete for the slots of the peer's key, when those that speak of this port may all lose. */
function lotteryAt(side: Side, bit: number, atom: number): number | undefined {
  if (side.engine !== 'aws-vpc-cni') return undefined
  const crowd = crowdsOf(side).find(each => has(each.peers, bit))
  return crowd === undefined || isCertain(crowd.entries, atom) ? undefined : crowd.entries.size
}
