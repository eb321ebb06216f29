import { addRange, emptyBitset, wordsFor, type Bitset } from '../bitset.ts'
import type { Row, Turn } from './rows.ts'

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
  /** The next atom at which something changes; behind the last atom, when nothing does. */
  readonly next: () => number
}

/**
 * The bits of destinations whose rows change at an atom are flipped there.
 * @param all by destination
 */
export function turnOver(all: readonly (readonly Turn[])[], half: keyof Row, { atoms, start, places }: Places): Turned {
  const words = wordsFor(all.length)
  const none = emptyBitset((start + words) * 32)
  const setOf = (row: Row): Bitset => row[half] ?? none
  const first = all.map(([turn]) => setOf(turn!.row))
  const changes = listChanges(all, { atoms, start, places }, setOf)
  const row = emptyBitset(places.at(-1)!)
  let bit = 0
  let next = 0
  let of: Changes = changes[0]!
  const begin = (from: number): void => {
    const word = from >>> 5
    of = changes[word]!
    bit = 1 << (from & 31)
    next = seek(0)
    row.fill(0)
    for (let to = 0; to < first.length; to++) if ((first[to]![start + word]! & bit) !== 0) addRange(row, places[to]!, places[to + 1]!)
  }
  const seek = (from: number): number => {
    let at = from
    while (at < of.atom.length && (of.sources[at]! & bit) === 0) at++
    return at
  }
  const goTo = (atom: number): boolean => {
    const before = next
    for (; next < of.atom.length && of.atom[next]! <= atom; next = seek(next + 1)) {
      const to = of.to[next]!
      for (let at = places[to]!; at < places[to + 1]!; at++) row[at >>> 5]! ^= 1 << (at & 31)
    }
    return next !== before
  }
  return { row, begin, goTo, next: () => of.atom[next] ?? atoms }
}

/** In the order of atoms: where a destination says something else of some of 32 sources than at the atom before. */
interface Changes {
  readonly atom: number[]
  readonly to: number[]
  /** The bits that differ. */
  readonly sources: number[]
}

/** By word of sources: in most words most rows do not change. */
function listChanges(all: readonly (readonly Turn[])[], { atoms, start, places }: Places, setOf: (row: Row) => Bitset): readonly Changes[] {
  const changes = Array.from({ length: wordsFor(all.length) }, (): Changes => ({ atom: [], to: [], sources: [] }))
  for (const [atom, turning] of turningAt(all, atoms, places).entries()) {
    for (const { to, before, after } of turning) {
      const [old, fresh] = [setOf(before), setOf(after)]
      for (let word = 0; word < changes.length; word++) {
        const sources = old[start + word]! ^ fresh[start + word]!
        if (sources === 0) continue
        changes[word]!.atom.push(atom)
        changes[word]!.to.push(to)
        changes[word]!.sources.push(sources)
      }
    }
  }
  return changes
}

interface Turning {
  readonly to: number
  readonly before: Row
  readonly after: Row
}

/** By the atoms at which destinations have another row than at the one before. */
function turningAt(all: readonly (readonly Turn[])[], atoms: number, places: Uint32Array): readonly (readonly Turning[])[] {
  const byAtom = Array.from({ length: atoms }, (): Turning[] => [])
  all.forEach((turns, to) => {
    if (places[to] === places[to + 1]) return
    for (let i = 1; i < turns.length; i++) byAtom[turns[i]!.atom]!.push({ to, before: turns[i - 1]!.row, after: turns[i]!.row })
  })
  return byAtom
}
