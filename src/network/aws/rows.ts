import { equal } from '../bitset.ts'
import { allTraffic, hashOf, hasTraffic, intersectTraffic, noTraffic, uniteTraffic, type TrafficSet } from './traffic.ts'

/** What is surely allowed, and what may be: the rest is surely denied. The first is part of the second. */
export interface Row {
  readonly allow: TrafficSet
  readonly maybe: TrafficSet
}

export type RowId = number

/** 0, 1, 2: so that the least of several is their conjunction, in which a deny beats an unknown, which beats an allow. */
export const verdictCodes = ['deny', 'unknown', 'allow'] as const
export type VerdictCode = 0 | 1 | 2

/**
 * Rows by number: equal rows have equal numbers, and each pair is joined once. Networks that grew out of one another share a table.
 */
export interface RowTable {
  readonly deny: RowId
  readonly allow: RowId
  readonly unknown: RowId
  readonly of: (allow: TrafficSet, maybe?: TrafficSet) => RowId
  readonly row: (id: RowId) => Row
  /** Both must let it pass. */
  readonly and: (a: RowId, b: RowId) => RowId
  /** One is enough. */
  readonly or: (a: RowId, b: RowId) => RowId
  /** It is one of the two, and nobody knows which. */
  readonly either: (a: RowId, b: RowId) => RowId
  readonly code: (id: RowId, key: number) => VerdictCode
}

export function makeRowTable(): RowTable {
  const rows: Row[] = []
  const byHash = new Map<number, RowId[]>()
  const of = (allow: TrafficSet, maybe: TrafficSet = allow): RowId => {
    const possible = maybe === allow ? allow : uniteTraffic(allow, maybe)
    const isCertain = possible === allow || equal(possible, allow)
    const hash = hashOf(allow) * 31 + (isCertain ? 0 : hashOf(possible))
    const alike = byHash.get(hash) ?? []
    const known = alike.find(id => equal(rows[id]!.allow, allow) && equal(rows[id]!.maybe, possible))
    if (known !== undefined) return known
    if (alike.push(rows.length) === 1) byHash.set(hash, alike)
    return rows.push({ allow, maybe: isCertain ? allow : possible }) - 1
  }
  const row = (id: RowId): Row => rows[id]!
  const joined = (join: (a: Row, b: Row) => RowId): ((a: RowId, b: RowId) => RowId) => {
    const memo = makePairMemo((less, more) => join(rows[less]!, rows[more]!))
    return (a, b) => (a === b ? a : a < b ? memo(a, b) : memo(b, a))
  }
  const deny = of(noTraffic)
  const allow = of(allTraffic)
  const unknown = of(noTraffic, allTraffic)
  const or = joined((a, b) => of(uniteTraffic(a.allow, b.allow), uniteTraffic(a.maybe, b.maybe)))
  const and = joined((a, b) => of(intersectTraffic(a.allow, b.allow), intersectTraffic(a.maybe, b.maybe)))
  return {
    deny,
    allow,
    unknown,
    of,
    row,
    and: (a, b) => (a === deny || b === deny ? deny : a === allow ? b : b === allow ? a : and(a, b)),
    or: (a, b) => (a === allow || b === allow ? allow : a === deny ? b : b === deny ? a : or(a, b)),
    either: joined((a, b) => of(intersectTraffic(a.allow, b.allow), uniteTraffic(a.maybe, b.maybe))),
    code: (id, key) => {
      const { allow: sure, maybe } = rows[id]!
      return hasTraffic(sure, key) ? 2 : sure !== maybe && hasTraffic(maybe, key) ? 1 : 0
    },
  }
}

/** A power of two: pairs that were asked for of late. */
const recentPairs = 2 ** 14

/** Remembers every pair; of those of late, without looking them up: matrices ask for few of them millions of times. */
function makePairMemo(make: (a: RowId, b: RowId) => RowId): (a: RowId, b: RowId) => RowId {
  const memo: Map<RowId, RowId>[] = []
  const [firsts, seconds, recent] = [0, 1, 2].map(() => new Int32Array(recentPairs).fill(-1)) as [Int32Array, Int32Array, Int32Array]
  const find = (a: RowId, b: RowId): RowId => {
    const own = (memo[a] ??= new Map())
    const known = own.get(b) ?? make(a, b)
    own.set(b, known)
    return known
  }
  return (a, b) => {
    const at = (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) >>> 18
    if (firsts[at] !== a || seconds[at] !== b) {
      const found = find(a, b)
      firsts[at] = a
      seconds[at] = b
      recent[at] = found
    }
    return recent[at]!
  }
}
