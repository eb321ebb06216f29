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

/** From an atom on, another row than before. */
export interface Turn {
  readonly atom: number
  readonly row: Row
}

/** Going along the atoms, from the first on. */
export function turnsOf(rows: Rows, atoms: number): readonly Turn[] {
  const { any, byAtom } = rows
  const turns: { atom: number; row: Row }[] = [{ atom: 0, row: rowAt(rows, 0) }]
  const turn = (atom: number, row: Row): void => {
    if (atom < atoms && turns.at(-1)!.row !== row) turns.push({ atom, row })
  }
  let reached = 0
  for (const atom of Int32Array.from(byAtom.keys()).sort()) {
    if (atom > reached) turn(reached, any)
    turn(atom, byAtom.get(atom)!)
    reached = atom + 1
  }
  if (reached > 0) turn(reached, any)
  return turns
}

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
  const state: State = { left: fullBitset(size), allowed: emptyBitset(size), denied: emptyBitset(size) }
  walk(side, 'admin', moment, state)
  if (side.namespace === 'open') unite(state.allowed, state.left)
  if (namespace !== undefined) {
    const { allowed, unknown } = namespace(moment.active, moment.atom)
    unite(unknown, allowed)
    settle(state, unknown, allowed)
  }
  if (side.namespace === 'none') {
    walk(side, 'baseline', moment, state)
    if (side.otherwise !== 'deny') unite(state.allowed, state.left)
    if (side.otherwise !== 'allow') unite(state.denied, state.left)
  }
  for (const overflow of overflows) {
    if (!overflow.terms.some(moment.isActive)) continue
    unite(state.allowed, overflow.peers)
    unite(state.denied, overflow.peers)
  }
  const unknown = state.allowed.slice()
  intersect(unknown, state.denied)
  subtract(state.allowed, unknown)
  return finished({ allowed: state.allowed, unknown })
}

/** What may come of a peer so far: more than one thing where rules are unsure of it. */
interface State {
  /** Peers that may have been left undecided. */
  readonly left: Bitset
  /** Those that may be allowed, and those that may be denied. */
  readonly allowed: Bitset
  readonly denied: Bitset
}

/** Of what is left, `may` is what may be allowed and `must` what certainly is. */
function settle({ left, allowed, denied }: State, may: Bitset, must: Bitset): void {
  const open = may.slice()
  intersect(open, left)
  unite(allowed, open)
  const shut = left.slice()
  subtract(shut, must)
  unite(denied, shut)
}

/** Goes through the levels of a tier; afterwards `left` holds what they may leave to the next tier, a Pass of theirs included. */
function walk(side: Side, tier: Level['tier'], { isActive }: Moment, state: State): void {
  const passed = emptyBitset(side.columns.size)
  for (const level of side.levels) {
    if (level.tier !== tier) continue
    const active = level.terms.filter(isActive)
    if (active.length === 0) continue
    const { Deny, Accept, Pass, decided } = side.engine === 'aws-vpc-cni' ? byAction(side, active) : byOrder(side, active)
    for (const [bits, into] of [
      [Deny, state.denied],
      [Accept, state.allowed],
      [Pass, passed],
    ] as const) {
      intersect(bits, state.left)
      unite(into, bits)
    }
    subtract(state.left, decided)
  }
  unite(state.left, passed)
}

/** By action, the peers that may meet it; and those that certainly meet one. */
const sets = ({ columns }: Side) => ({ Deny: columns.empty(), Accept: columns.empty(), Pass: columns.empty(), decided: columns.empty() })

/** AWS: rules of one priority tie, and then Deny beats Accept beats Pass, whatever their order. pkg/ebpf/c/tc.v4egress.bpf.c. */
function byAction(side: Side, terms: readonly Term[]): ReturnType<typeof sets> {
  const result = sets(side)
  for (const { rule, peers, maybe } of terms) {
    unite(result[rule.action], peers)
    unite(result.decided, peers)
    if (maybe !== undefined) unite(result[rule.action], maybe.peers)
  }
  const sure = sets(side)
  for (const { rule, peers } of terms) unite(sure[rule.action], peers)
  subtract(result.Accept, sure.Deny)
  subtract(result.Pass, sure.Deny)
  subtract(result.Pass, sure.Accept)
  return result
}

/** Published: of one policy the first rule that speaks of a peer decides; between policies of one priority it is not defined which does. */
function byOrder(side: Side, terms: readonly Term[]): ReturnType<typeof sets> {
  const result = sets(side)
  for (const policy of new Set(terms.map(term => term.policy))) {
    const seen = side.columns.empty()
    for (const { rule, peers, maybe } of terms.filter(each => each.policy === policy)) {
      const met = peers.slice()
      if (maybe !== undefined) unite(met, maybe.peers)
      subtract(met, seen)
      unite(result[rule.action], met)
      unite(seen, peers)
    }
    unite(result.decided, seen)
  }
  return result
}
