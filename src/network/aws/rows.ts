import { allTraffic, hasTraffic, intersectTraffic, noTraffic, uniteTraffic, type TrafficSet } from './traffic.ts'

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

/** Numbers of rows stay below, so that a pair of them is one exact number. */
const pairBase = 2 ** 26

export function makeRowTable(): RowTable {
  const rows: Row[] = []
  const byText = new Map<string, RowId>()
  const of = (allow: TrafficSet, maybe: TrafficSet = allow): RowId => {
    const sure = allow.join()
    const possible = uniteTraffic(allow, maybe)
    const isCertain = possible.join() === sure
    const text = isCertain ? sure : `${sure}|${possible.join()}`
    const known = byText.get(text)
    if (known !== undefined) return known
    byText.set(text, rows.length)
    return rows.push({ allow, maybe: isCertain ? allow : possible }) - 1
  }
  const row = (id: RowId): Row => rows[id]!
  const joined = (join: (a: Row, b: Row) => RowId): ((a: RowId, b: RowId) => RowId) => {
    const memo = new Map<number, RowId>()
    return (a, b) => {
      if (a === b) return a
      const pair = a < b ? a * pairBase + b : b * pairBase + a
      const known = memo.get(pair)
      if (known !== undefined) return known
      const made = join(rows[a]!, rows[b]!)
      memo.set(pair, made)
      return made
    }
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
