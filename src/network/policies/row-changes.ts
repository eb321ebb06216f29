import { add, below, difference, emptyBitset, has, isEmpty, unite, type Bitset } from '../bitset.ts'
import type { PolicyUpdate } from '../policy-layer.ts'
import type { CompiledCluster } from './compile.ts'
import { rowAt, type Row, type Rows } from './rows.ts'

/**
 * Rows of the touched classes that an edit changed, and the bits of them that differ. A class that is new is held against the one that its pods were
 * in before; of pods that were not there, against nothing.
 */
export function rowChanges(before: CompiledCluster, after: CompiledCluster, touched: readonly number[]): PolicyUpdate['rows'] {
  const origin = Array.from({ length: after.ports.count }, (_, atom) => {
    const range = after.ports.range(atom)
    return range === undefined ? before.ports.count - 1 : before.ports.atomOf(range.protocol, range.from)
  })
  const known = before.classes.pods.length
  const previous = after.classes.pods.map(([pod], id) => (id < known ? id : before.classes.classOf.get(pod?.id ?? '')))
  const changedBits = makeDifference(before, after, previous)
  return touched.flatMap(classId =>
    (['ingress', 'egress'] as const).flatMap(direction => {
      const old = before.tables[previous[classId] ?? -1]?.rows(direction) ?? noRows
      const fresh = after.tables[classId]!.rows(direction)
      const pairs = new Map<Row, Map<Row, number[]>>()
      origin.forEach((from, atom) => {
        const [a, b] = [rowAt(old, from), rowAt(fresh, atom)]
        if (a === b) return
        const others = pairs.get(a) ?? new Map<Row, number[]>()
        pairs.set(a, others)
        const atoms = others.get(b)
        if (atoms === undefined) others.set(b, [atom])
        else atoms.push(atom)
      })
      return [...pairs].flatMap(([a, others]) =>
        [...others].flatMap(([b, portAtoms]) => {
          const changed = changedBits(a, b)
          return isEmpty(changed) ? [] : [{ direction, classId, portAtoms, changed }]
        }),
      )
    }),
  )
}

const noRows: Rows = { any: { allowed: emptyBitset(0), unknown: undefined }, byAtom: new Map() }

/** The bits of classes, as they are after, in which a row from before and one from after differ. */
function makeDifference(
  before: CompiledCluster,
  after: CompiledCluster,
  previous: readonly (number | undefined)[],
): (old: Row, fresh: Row) => Bitset {
  const size = previous.length
  const newIds = previous.flatMap((_, id) => (id < before.classes.pods.length ? [] : [id]))
  const carried = new Map<Bitset, Bitset>()
  const carry = (bits: Bitset | undefined): Bitset => {
    const all = emptyBitset(size)
    if (bits === undefined || bits.length === 0) return all
    const ready = carried.get(bits)
    if (ready !== undefined) return ready
    const peers = bits.subarray(before.columns.base >>> 5)
    all.set(below(peers, size - newIds.length))
    for (const id of newIds) if (previous[id] !== undefined && has(peers, previous[id])) add(all, id)
    carried.set(bits, all)
    return all
  }
  const start = after.columns.base >>> 5
  return (old, fresh) => {
    const changed = difference(carry(old.allowed), fresh.allowed.subarray(start))
    if (fresh.unknown !== undefined) unite(changed, difference(carry(old.unknown), fresh.unknown.subarray(start)))
    else if (old.unknown !== undefined) unite(changed, carry(old.unknown))
    return below(changed, size)
  }
}
