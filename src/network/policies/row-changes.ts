import { difference, isEmpty, unite, wordsFor, type Bitset } from '../bitset.ts'
import type { PolicyUpdate } from '../policy-layer.ts'
import type { CompiledCluster } from './compile.ts'
import { rowAt, type Row } from './rows.ts'

/** Rows of the touched classes that an edit changed: of both clusters' rows, which have the same columns, the bits that differ. */
export function rowChanges(before: CompiledCluster, after: CompiledCluster, touched: readonly number[]): PolicyUpdate['rows'] {
  const { ports, classes } = after
  const origin = Array.from({ length: ports.count }, (_, atom) => {
    const range = ports.range(atom)
    return range === undefined ? before.ports.count - 1 : before.ports.atomOf(range.protocol, range.from)
  })
  const start = classes.columns.base >>> 5
  const cut = (bits: Bitset) => bits.subarray(start, start + wordsFor(classes.pods.length))
  return touched.flatMap(classId =>
    (['ingress', 'egress'] as const).flatMap(direction => {
      const [old, fresh] = [before.tables[classId]!.rows(direction), after.tables[classId]!.rows(direction)]
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
          const changed = cut(changedBits(a, b))
          return isEmpty(changed) ? [] : [{ direction, classId, portAtoms, changed }]
        }),
      )
    }),
  )
}

function changedBits(a: Row, b: Row): Bitset {
  const changed = difference(a.allowed, b.allowed)
  if (a.unknown === undefined && b.unknown === undefined) return changed
  const none = new Uint32Array(changed.length)
  unite(changed, difference(a.unknown ?? none, b.unknown ?? none))
  return changed
}
