import { add, complement, difference, emptyBitset, forEachMember, isEmpty, members, wordsFor, type Bitset } from '../bitset.ts'
import type { PolicyMatrix } from '../policy-layer.ts'
import type { CompiledCluster } from './compile.ts'
import { rowAt, type Row, type Rows } from './rows.ts'

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
      const peers = unknown && cut(unknown)
      return peers === undefined || isEmpty(peers) ? undefined : peers
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

/** Ingress by source: bit `to` of row `from` says whether the class `to` admits it. */
interface Admitted {
  readonly allowed: Uint32Array
  readonly unknown: Uint32Array | undefined
}

/**
 * Egress rows are by source and ingress rows by destination, so ingress is turned over: once, for the row that serves most atoms. For an atom at
 * which some destination has another row, the bits that differ are flipped for as long as that atom is looked at, and only sources that they
 * concern have a row of their own there.
 */
function joinEnds(ends: Ends, visit: Parameters<PolicyMatrix['forEachRow']>[0]): void {
  const { size, tables, atoms, cut } = ends
  const words = wordsFor(size)
  const ingress = tables.map(table => table.rows('ingress'))
  const egress = tables.map(table => table.rows('egress'))
  const anyUnknown = ingress.some(
    rows => rows.any.unknown !== undefined || [...rows.byAtom.values()].some(row => row.unknown !== undefined),
  )
  const admitted = turnOver(ingress, size, words, cut, anyUnknown)
  const destinations = classesByAtom(ingress, atoms)
  const sources = classesByAtom(egress, atoms)
  const apart = tables.map(() => emptyBitset(atoms))
  const join = makeJoin(words, admitted, cut, visit)
  for (let atom = 0; atom < atoms; atom++) {
    const concerned = emptyBitset(size)
    for (const from of sources[atom]!) add(concerned, from)
    const flips = destinations[atom]!.map(to => ({ to, ...flipsOf(ingress[to]!, atom, cut, concerned) }))
    flips.forEach(flip => flipColumn(admitted, flip, size, words))
    forEachMember(concerned, from => {
      if (from >= size) return
      add(apart[from]!, atom)
      join(from, [atom], rowAt(egress[from]!, atom))
    })
    flips.forEach(flip => flipColumn(admitted, flip, size, words))
  }
  apart.forEach((special, from) => {
    const plain = members(complement(special, atoms))
    if (plain.length > 0) join(from, plain, egress[from]!.any)
  })
}

type Join = (from: number, atoms: readonly number[], row: Row) => void

function makeJoin(words: number, admitted: Admitted, cut: Ends['cut'], visit: Parameters<PolicyMatrix['forEachRow']>[0]): Join {
  const allowed = new Uint32Array(words)
  const unknown = new Uint32Array(words)
  return (from, atoms, row) => {
    const sends = cut(row.allowed)
    const maySend = row.unknown && cut(row.unknown)
    const offset = from * words
    for (let i = 0; i < words; i++) allowed[i] = sends[i]! & admitted.allowed[offset + i]!
    if (maySend === undefined && admitted.unknown === undefined) {
      visit(from, atoms, allowed, unknown)
      return
    }
    for (let i = 0; i < words; i++) {
      const may = maySend === undefined ? 0 : maySend[i]!
      const mayReceive = admitted.unknown === undefined ? 0 : admitted.unknown[offset + i]!
      unknown[i] = ((sends[i]! | may) & mayReceive) | (may & admitted.allowed[offset + i]!)
    }
    visit(from, atoms, allowed, unknown)
    unknown.fill(0)
  }
}

function classesByAtom(rows: readonly Rows[], atoms: number): number[][] {
  const lists = Array.from({ length: atoms }, (): number[] => [])
  rows.forEach(({ byAtom }, classId) => {
    for (const atom of byAtom.keys()) lists[atom]!.push(classId)
  })
  return lists
}

interface Flip {
  readonly to: number
  readonly allowed: Bitset
  readonly unknown: Bitset | undefined
}

/** What an atom's row has otherwise than the one that serves most; the sources of it are concerned. */
function flipsOf({ any, byAtom }: Rows, atom: number, cut: Ends['cut'], concerned: Bitset): Omit<Flip, 'to'> {
  const row = byAtom.get(atom)!
  const allowed = difference(cut(row.allowed), cut(any.allowed))
  for (let i = 0; i < concerned.length; i++) concerned[i]! |= allowed[i]!
  if (row.unknown === undefined && any.unknown === undefined) return { allowed, unknown: undefined }
  const none = new Uint32Array(concerned.length)
  const unknown = difference(row.unknown === undefined ? none : cut(row.unknown), any.unknown === undefined ? none : cut(any.unknown))
  for (let i = 0; i < concerned.length; i++) concerned[i]! |= unknown[i]!
  return { allowed, unknown }
}

function flipColumn(admitted: Admitted, { to, allowed, unknown }: Flip, size: number, words: number): void {
  flipBits(allowed, to, size, words, admitted.allowed)
  if (unknown !== undefined && admitted.unknown !== undefined) flipBits(unknown, to, size, words, admitted.unknown)
}

function flipBits(row: Bitset, to: number, size: number, words: number, target: Uint32Array): void {
  const word = to >>> 5
  const bit = 1 << (to & 31)
  forEachMember(row, from => {
    if (from < size) target[from * words + word]! ^= bit
  })
}

function turnOver(rows: readonly Rows[], size: number, words: number, cut: Ends['cut'], anyUnknown: boolean): Admitted {
  const allowed = new Uint32Array(size * words)
  const unknown = anyUnknown ? new Uint32Array(size * words) : undefined
  rows.forEach(({ any }, to) => {
    flipBits(cut(any.allowed), to, size, words, allowed)
    if (any.unknown !== undefined && unknown !== undefined) flipBits(cut(any.unknown), to, size, words, unknown)
  })
  return { allowed, unknown }
}
