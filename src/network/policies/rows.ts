import { emptyBitset, fullBitset, intersect, isEmpty, subtract, unite, type Bitset } from '../bitset.ts'
import type { Term } from './term.ts'
import { spanOf } from './term.ts'
import type { Level, Side } from './side.ts'
import { namespaceRow, type NamespaceRow } from './namespace-row.ts'
import { clusterOverflows, type Overflow } from './slots.ts'

export interface Row {
  readonly allowed: Bitset
  /** Disjoint from `allowed`. Undefined when it would be empty. */
  readonly unknown: Bitset | undefined
}

/** One row serves every atom of ports that no rule tells from the others; the rest are by atom, and equal ones are one object. */
export interface Rows {
  readonly any: Row
  readonly byAtom: ReadonlyMap<number, Row>
}

export const rowAt = (rows: Rows, atom: number): Row => rows.byAtom.get(atom) ?? rows.any

export function makeRows(side: Side): Rows {
  const evaluate = evaluator(side)
  const lists = matchesByAtom(side)
  const bySignature = new Map<string, Row>()
  const byAtom = new Map<number, Row>()
  for (const [atom, list] of lists) {
    const signature = list.join()
    let row = bySignature.get(signature)
    if (row === undefined) bySignature.set(signature, (row = evaluate(atom, list)))
    byAtom.set(atom, row)
  }
  return { any: evaluate(undefined, []), byAtom }
}

/** Of all terms in the order of `allTerms`, which have a port in an atom: `term * 4096 + port`, ascending. */
function matchesByAtom(side: Side): Map<number, number[]> {
  const lists = new Map<number, number[]>()
  allTerms(side).forEach((term, position) =>
    term.ports?.forEach((port, i) => {
      const [first, end] = spanOf(side.ports, port)
      for (let atom = first; atom < end; atom++) {
        const list = lists.get(atom)
        const match = position * 4096 + Math.min(i, 4095)
        if (list === undefined) lists.set(atom, [match])
        else list.push(match)
      }
    }),
  )
  return lists
}

export const allTerms = (side: Side): Term[] => [...side.terms, ...side.levels.flatMap(level => level.terms)]

type Evaluate = (atom: number | undefined, matches: readonly number[]) => Row

function evaluator(side: Side): Evaluate {
  const terms = allTerms(side)
  const namespace = side.namespace === 'closed' ? namespaceRow(side) : undefined
  const overflows = side.engine === 'aws-vpc-cni' ? clusterOverflows(side) : []
  const positions = new Map(terms.map((term, position) => [term, position]))
  return (atom, matches) => {
    const active = new Uint8Array(terms.length)
    terms.forEach((term, position) => {
      if (term.ports === undefined) active[position] = 1
    })
    for (const match of matches) active[Math.floor(match / 4096)] = 1
    if (side.levels.length === 0 && namespace !== undefined) return finished(namespace(active, atom))
    return decide(side, { isActive: term => active[positions.get(term)!] === 1, active, atom }, namespace, overflows)
  }
}

interface Moment {
  readonly isActive: (term: Term) => boolean
  readonly active: Uint8Array
  readonly atom: number | undefined
}

const finished = ({ allowed, unknown }: { allowed: Bitset; unknown: Bitset }): Row => {
  subtract(unknown, allowed)
  return { allowed, unknown: isEmpty(unknown) ? undefined : unknown }
}

/** Admin tier, then the policies of the namespace, which are final where they are, then the baseline. */
function decide(side: Side, moment: Moment, namespace: NamespaceRow | undefined, overflows: readonly Overflow[]): Row {
  const { size } = side.columns
  const state = { left: fullBitset(size), allowed: emptyBitset(size), unknown: emptyBitset(size) }
  walk(side, 'admin', moment, state)
  if (side.namespace === 'open') unite(state.allowed, state.left)
  if (namespace !== undefined) {
    const { allowed, unknown } = namespace(moment.active, moment.atom)
    intersect(allowed, state.left)
    intersect(unknown, state.left)
    unite(state.allowed, allowed)
    unite(state.unknown, unknown)
  }
  if (side.namespace === 'none') {
    walk(side, 'baseline', moment, state)
    if (side.otherwise !== 'deny') unite(side.otherwise === 'allow' ? state.allowed : state.unknown, state.left)
  }
  for (const overflow of overflows) {
    if (!overflow.terms.some(moment.isActive)) continue
    unite(state.unknown, overflow.peers)
    subtract(state.allowed, overflow.peers)
  }
  return finished(state)
}

interface State {
  /** What no rule has decided yet. */
  readonly left: Bitset
  readonly allowed: Bitset
  readonly unknown: Bitset
}

/** Goes through the levels of a tier; afterwards `left` holds what they leave to the next tier, a Pass of theirs included. */
function walk(side: Side, tier: Level['tier'], { isActive }: Moment, state: State): void {
  const passed = emptyBitset(side.columns.size)
  for (const level of side.levels) {
    if (level.tier !== tier) continue
    const active = level.terms.filter(isActive)
    if (active.length === 0) continue
    const { Deny, Accept, Pass, unsure } = side.engine === 'aws-vpc-cni' ? byAction(side, active) : byOrder(side, active)
    intersect(unsure, state.left)
    unite(state.unknown, unsure)
    subtract(state.left, unsure)
    subtract(state.left, Deny)
    intersect(Accept, state.left)
    unite(state.allowed, Accept)
    subtract(state.left, Accept)
    intersect(Pass, state.left)
    unite(passed, Pass)
    subtract(state.left, Pass)
  }
  unite(state.left, passed)
}

const sets = ({ columns }: Side) => ({ Deny: columns.empty(), Accept: columns.empty(), Pass: columns.empty(), unsure: columns.empty() })

/** AWS: rules of one priority tie, and then Deny beats Accept beats Pass, whatever their order. pkg/ebpf/c/tc.v4egress.bpf.c. */
function byAction(side: Side, terms: readonly Term[]): ReturnType<typeof sets> {
  const result = sets(side)
  for (const term of terms) {
    unite(result[term.rule.action], term.peers)
    if (term.maybe !== undefined) unite(result.unsure, term.maybe.peers)
  }
  return result
}

/** Published: of one policy the first rule that speaks of a peer decides; between policies of one priority it is not defined which does. */
function byOrder(side: Side, terms: readonly Term[]): ReturnType<typeof sets> {
  const result = sets(side)
  for (const policy of new Set(terms.map(term => term.policy))) {
    const own = sets(side)
    const seen = side.columns.empty()
    for (const term of terms.filter(each => each.policy === policy)) {
      const peers = term.peers.slice()
      subtract(peers, seen)
      unite(own[term.rule.action], peers)
      const maybe = term.maybe?.peers.slice()
      if (maybe !== undefined) {
        subtract(maybe, seen)
        unite(own.unsure, maybe)
        unite(seen, maybe)
      }
      unite(seen, peers)
    }
    for (const [action, others] of [
      ['Deny', ['Accept', 'Pass']],
      ['Accept', ['Deny', 'Pass']],
      ['Pass', ['Deny', 'Accept']],
    ] as const) {
      for (const other of others) {
        const both = own[action].slice()
        intersect(both, result[other])
        unite(result.unsure, both)
      }
    }
    for (const key of ['Deny', 'Accept', 'Pass', 'unsure'] as const) unite(result[key], own[key])
  }
  return result
}
