import { forEachMember, wordsFor, type Bitset } from '../bitset.ts'
import type { PolicyMatrix } from '../policy-layer.ts'
import type { CompiledCluster } from './compile.ts'
import { rowAt, type Row } from './rows.ts'

/** Rows over classes, of one end or of both joined. */
export function makeMatrix({ classes, tables, ports }: CompiledCluster): PolicyMatrix {
  const size = classes.pods.length
  const start = classes.columns.base >>> 5
  const cut = (row: Bitset): Bitset => row.subarray(start, start + wordsFor(size))
  return {
    size,
    allowed: (direction, classId, atom) => cut(rowAt(tables[classId]!.rows(direction), atom).allowed),
    unknown: (direction, classId, atom) => {
      const { unknown } = rowAt(tables[classId]!.rows(direction), atom)
      return unknown && cut(unknown)
    },
    forEachRow: visit => joinEnds({ size, tables, atoms: ports.count, cut }, visit),
  }
}

interface Ends {
  readonly size: number
  readonly tables: CompiledCluster['tables']
  readonly atoms: number
  readonly cut: (row: Bitset) => Bitset
}

/** For one atom, by source: the destinations that admit it, and those of which that is unknown. */
interface Admitted {
  readonly allowed: Uint32Array
  readonly unknown: Uint32Array | undefined
}

/**
 * Egress rows are by source, ingress rows by destination, so ingress is turned over: once for the row that serves most atoms, and for each other
 * atom only the destinations whose row differs there.
 */
function joinEnds({ size, tables, atoms, cut }: Ends, visit: Parameters<PolicyMatrix['forEachRow']>[0]): void {
  const words = wordsFor(size)
  const ingress = tables.map(table => table.rows('ingress'))
  const common = turnOver(
    ingress.map(rows => rows.any),
    size,
    words,
    cut,
  )
  const plain: number[] = []
  for (let atom = 0; atom < atoms; atom++) {
    const special = ingress.some(rows => rows.byAtom.has(atom)) || tables.some(table => table.rows('egress').byAtom.has(atom))
    if (special) joinAtom([atom], patched(common, ingress, atom, words, cut))
    else plain.push(atom)
  }
  if (plain.length > 0) joinAtom(plain, common)

  function joinAtom(list: readonly number[], admitted: Admitted): void {
    const allowed = new Uint32Array(words)
    const unknown = new Uint32Array(words)
    for (let from = 0; from < size; from++) {
      const row = rowAt(tables[from]!.rows('egress'), list[0]!)
      const sends = cut(row.allowed)
      const maySend = row.unknown && cut(row.unknown)
      const offset = from * words
      for (let i = 0; i < words; i++) {
        const receives = admitted.allowed[offset + i]!
        allowed[i] = sends[i]! & receives
        const mayReceive = admitted.unknown === undefined ? 0 : admitted.unknown[offset + i]!
        const may = maySend === undefined ? 0 : maySend[i]!
        unknown[i] = ((sends[i]! | may) & mayReceive) | (may & receives)
      }
      visit(from, list, allowed, unknown)
    }
  }
}

function turnOver(rows: readonly Row[], size: number, words: number, cut: (row: Bitset) => Bitset): Admitted {
  const allowed = new Uint32Array(size * words)
  const hasUnknown = rows.some(row => row.unknown !== undefined)
  const unknown = hasUnknown ? new Uint32Array(size * words) : undefined
  rows.forEach((row, to) => {
    turnRow(cut(row.allowed), to, size, words, allowed)
    if (row.unknown !== undefined && unknown !== undefined) turnRow(cut(row.unknown), to, size, words, unknown)
  })
  return { allowed, unknown }
}

function turnRow(row: Bitset, to: number, size: number, words: number, target: Uint32Array): void {
  const word = to >>> 5
  const bit = 1 << (to & 31)
  forEachMember(row, from => {
    if (from < size) target[from * words + word]! |= bit
  })
}

function patched(
  common: Admitted,
  ingress: readonly { readonly byAtom: ReadonlyMap<number, Row> }[],
  atom: number,
  words: number,
  cut: (row: Bitset) => Bitset,
): Admitted {
  const size = ingress.length
  const allowed = common.allowed.slice()
  let unknown = common.unknown?.slice()
  ingress.forEach((rows, to) => {
    const row = rows.byAtom.get(atom)
    if (row === undefined) return
    clearColumn(allowed, to, size, words)
    turnRow(cut(row.allowed), to, size, words, allowed)
    if (unknown !== undefined) clearColumn(unknown, to, size, words)
    if (row.unknown !== undefined) turnRow(cut(row.unknown), to, size, words, (unknown ??= new Uint32Array(size * words)))
  })
  return { allowed, unknown }
}

function clearColumn(matrix: Uint32Array, to: number, size: number, words: number): void {
  const keep = ~(1 << (to & 31))
  for (let from = 0, i = to >>> 5; from < size; from++, i += words) matrix[i]! &= keep
}
