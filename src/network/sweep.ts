import type { PairRows } from './aws/aws-layer.ts'
import type { Row } from './aws/rows.ts'
import { emptyBitset, type Bitset } from './bitset.ts'

/** What AWS says of all classes as destinations of one source, at one key of traffic after the other. */
export interface Sweep {
  readonly allowed: Bitset
  /** What is allowed, or may be: the same set, when all is certain. */
  readonly maybe: Bitset
  /** Goes to a key, not backwards; gives the next one at which something changes. */
  readonly advance: (key: number) => number
}

/** Sweeps of one source after the other: what they need is made once, and a sweep holds until the next is begun. */
export function makeSweeps({ from, deny, row }: PairRows, size: number): (source: number) => Sweep {
  const sure = makeFlips('allow', size)
  const possible = makeFlips('maybe', size)
  const groups = groupByRow(size)
  return source => {
    const members = groups.of(from(source), deny)
    const rows = members.rows.map(row)
    const certain = sure.begin(rows, members)
    if (rows.every(({ allow, maybe }) => allow === maybe)) return { allowed: sure.set, maybe: sure.set, advance: certain }
    const open = possible.begin(rows, members)
    return { allowed: sure.set, maybe: possible.set, advance: key => Math.min(certain(key), open(key)) }
  }
}

/** Classes of one row change together: by position in `rows`, the first of them; by class, the next of its row. After the last comes -1. */
interface Members {
  readonly rows: readonly number[]
  readonly first: Int32Array
  readonly next: Int32Array
}

function groupByRow(size: number) {
  const [first, next] = [new Int32Array(size), new Int32Array(size)]
  /** By row its position among the rows of this source, when that was set for this source. */
  let [place, setFor] = [new Int32Array(1_024), new Int32Array(1_024)]
  let source = 0
  const of = (pairs: Int32Array, deny: number): Members => {
    source++
    const rows: number[] = []
    for (let id = 0; id < size; id++) {
      const row = pairs[id]!
      if (row === deny) continue
      if (row >= place.length) [place, setFor] = [widened(place, row), widened(setFor, row)]
      if (setFor[row] === source) next[id] = first[place[row]!]!
      else {
        setFor[row] = source
        place[row] = rows.length
        next[id] = -1
        rows.push(row)
      }
      first[place[row]!] = id
    }
    return { rows, first, next }
  }
  return { of }
}

function widened(list: Int32Array, index: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(2 * index)
  wider.set(list)
  return wider
}

/** Boundaries are sorted as numbers: a key, and the position of its row, which stays below. */
const placeBase = 2 ** 20

/** At each boundary of a row its classes are flipped. */
function makeFlips(half: keyof Row, size: number) {
  const set = emptyBitset(size)
  let buffer = new Float64Array(1_024)
  const begin = (rows: readonly Row[], { first, next }: Members): Sweep['advance'] => {
    const count = rows.reduce((sum, row) => sum + row[half].length, 0)
    if (count > buffer.length) buffer = new Float64Array(2 * count)
    let filled = 0
    rows.forEach((row, place) => {
      const keys = row[half]
      for (let i = 0; i < keys.length; i++) buffer[filled++] = keys[i]! * placeBase + place
    })
    const boundaries = buffer.subarray(0, count).sort()
    set.fill(0)
    let at = 0
    let nextKey = count === 0 ? Infinity : Math.floor(boundaries[0]! / placeBase)
    return key => {
      while (nextKey <= key) {
        for (let id = first[boundaries[at]! % placeBase]!; id >= 0; id = next[id]!) set[id >>> 5]! ^= 1 << (id & 31)
        at++
        nextKey = at < count ? Math.floor(boundaries[at]! / placeBase) : Infinity
      }
      return nextKey
    }
  }
  return { set, begin }
}
