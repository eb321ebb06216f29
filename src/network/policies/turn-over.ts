import { addRange, emptyBitset, wordsFor, type Bitset } from '../bitset.ts'
import { rowAt, type Row, type Rows } from './rows.ts'

export interface Places {
  readonly atoms: number
  /** The word of a row at which classes begin. */
  readonly start: number
  /** The first bit of each class in what is turned over and, after the last, their number. */
  readonly places: Uint32Array
}

/** Rows of destinations, by source: which of them say it of one source, going along the atoms of ports. */
export interface Turned {
  /** Changes as one goes on. */
  readonly row: Bitset
  /** Goes to a source, and there to the first atom. */
  readonly begin: (from: number) => void
  /** Goes on to an atom, and tells whether something changed on the way. */
  readonly goTo: (atom: number) => boolean
}

/** The bits of destinations whose rows change at an atom are flipped there. */
export function turnOver(rows: readonly Rows[], half: keyof Row, { atoms, start, places }: Places): Turned {
  const words = wordsFor(rows.length)
  const none = emptyBitset((start + words) * 32)
  const setOf = (row: Row): Bitset => row[half] ?? none
  const first = rows.map(each => setOf(rowAt(each, 0)))
  const changes = listChanges(rows, { atoms, start, places }, setOf)
  const row = emptyBitset(places.at(-1)!)
  let bit = 0
  let next = 0
  let of: Changes = changes[0]!
  const begin = (from: number): void => {
    const word = from >>> 5
    of = changes[word]!
    bit = 1 << (from & 31)
    next = 0
    row.fill(0)
    for (let to = 0; to < first.length; to++) if ((first[to]![start + word]! & bit) !== 0) addRange(row, places[to]!, places[to + 1]!)
  }
  const goTo = (atom: number): boolean => {
    const { atom: atoms, to: destinations, sources } = of
    let isChanged = false
    for (; next < atoms.length && atoms[next]! <= atom; next++) {
      if ((sources[next]! & bit) === 0) continue
      isChanged = true
      const to = destinations[next]!
      for (let at = places[to]!; at < places[to + 1]!; at++) row[at >>> 5]! ^= 1 << (at & 31)
    }
    return isChanged
  }
  return { row, begin, goTo }
}

/** In the order of atoms: where a destination says something else of some of 32 sources than at the atom before. */
interface Changes {
  readonly atom: number[]
  readonly to: number[]
  /** The bits that differ. */
  readonly sources: number[]
}

/** By word of sources: in most words most rows do not change. */
function listChanges(all: readonly Rows[], { atoms, start, places }: Places, setOf: (row: Row) => Bitset): readonly Changes[] {
  const changes = Array.from({ length: wordsFor(all.length) }, (): Changes => ({ atom: [], to: [], sources: [] }))
  const turning = turningAt(all, atoms, places)
  for (let atom = 1; atom < atoms; atom++) {
    for (const to of turning[atom]!) {
      const [before, after] = [rowAt(all[to]!, atom - 1), rowAt(all[to]!, atom)].map(setOf)
      for (let word = 0; word < changes.length; word++) {
        const sources = before![start + word]! ^ after![start + word]!
        if (sources === 0) continue
        changes[word]!.atom.push(atom)
        changes[word]!.to.push(to)
        changes[word]!.sources.push(sources)
      }
    }
  }
  return changes
}

/** Destinations by the atoms at which they have another row than at the one before. */
function turningAt(all: readonly Rows[], atoms: number, places: Uint32Array): readonly (readonly number[])[] {
  const byAtom = Array.from({ length: atoms + 1 }, (): number[] => [])
  all.forEach((rows, to) => {
    if (places[to] === places[to + 1]) return
    for (const atom of rows.byAtom.keys()) {
      if (atom > 0 && rowAt(rows, atom - 1) !== rowAt(rows, atom)) byAtom[atom]!.push(to)
      if (!rows.byAtom.has(atom + 1)) byAtom[atom + 1]!.push(to)
    }
  })
  return byAtom
}
