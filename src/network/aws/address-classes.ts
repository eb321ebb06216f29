import { endOf, type Address, type Cidr } from '../addresses.ts'
import { lastAtOrBelow } from '../last-at-or-below.ts'

/** A number for addresses that no block of any rule tells apart. It stays the same when blocks are added: only new runs get new numbers. */
export type AddressClass = number

/**
 * Runs of addresses between the boundaries of blocks. Refining it by more blocks gives another one in which a run that was cut keeps its number
 * for its first part, so that what was worked out of a number holds wherever no rule has the new block.
 */
export interface AddressClasses {
  readonly classOf: (address: Address) => AddressClass
  /** The first address of the run: as good as any other of it. */
  readonly first: (of: AddressClass) => Address
  /** The classes that a block touches, in order. */
  readonly within: (cidr: Cidr) => readonly AddressClass[]
  /** Itself, when every boundary is there already. */
  readonly refine: (cidrs: Iterable<Cidr>) => AddressClasses
}

interface Runs {
  readonly starts4: Float64Array
  readonly classes4: Int32Array
  readonly starts6: readonly bigint[]
  readonly classes6: readonly AddressClass[]
}

export function makeAddressClasses(cidrs: Iterable<Cidr>): AddressClasses {
  const firsts: Address[] = [
    { family: 4, value: 0n },
    { family: 6, value: 0n },
  ]
  const runs: Runs = { starts4: Float64Array.of(0), classes4: Int32Array.of(0), starts6: [0n], classes6: [1] }
  return classesOf(runs, firsts).refine(cidrs)
}

/** `firsts` only grows, and is shared by all that were refined from one. */
function classesOf(runs: Runs, firsts: Address[]): AddressClasses {
  const { starts4, classes4, starts6, classes6 } = runs
  const position = ({ family, value }: Address): number =>
    family === 4 ? lastAtOrBelow(starts4, Number(value)) : lastAtOrBelow(starts6, value)
  const self: AddressClasses = {
    classOf: address => (address.family === 4 ? classes4[position(address)]! : classes6[position(address)]!),
    first: of => firsts[of]!,
    within: cidr => {
      const end = position({ family: cidr.family, value: endOf(cidr) - 1n }) + 1
      return cidr.family === 4 ? [...classes4.subarray(position(cidr), end)] : classes6.slice(position(cidr), end)
    },
    refine: cidrs => {
      const cuts = newCuts(runs, cidrs)
      return cuts.four.size + cuts.six.size === 0 ? self : classesOf(cut(runs, cuts, firsts), firsts)
    },
  }
  return self
}

interface Cuts {
  readonly four: ReadonlySet<number>
  readonly six: ReadonlySet<bigint>
}

function newCuts({ starts4, starts6 }: Runs, cidrs: Iterable<Cidr>): Cuts {
  const four = new Set<number>()
  const six = new Set<bigint>()
  for (const cidr of cidrs) {
    for (const at of [cidr.value, endOf(cidr)]) {
      if (cidr.family === 4) four.add(Number(at))
      else six.add(at)
    }
  }
  for (const at of four) if (at >= 2 ** 32 || starts4[lastAtOrBelow(starts4, at)] === at) four.delete(at)
  for (const at of six) if (at >= 1n << 128n || starts6[lastAtOrBelow(starts6, at)] === at) six.delete(at)
  return { four, six }
}

function cut(runs: Runs, { four, six }: Cuts, firsts: Address[]): Runs {
  const added4 = [...four].map(start => ({ start, of: firsts.push({ family: 4, value: BigInt(start) }) - 1 }))
  const added6 = [...six].map(start => ({ start, of: firsts.push({ family: 6, value: start }) - 1 }))
  const all4 = [...Array.from(runs.starts4, (start, i) => ({ start, of: runs.classes4[i]! })), ...added4]
  const all6 = [...runs.starts6.map((start, i) => ({ start, of: runs.classes6[i]! })), ...added6]
  all4.sort((a, b) => a.start - b.start)
  all6.sort((a, b) => (a.start < b.start ? -1 : 1))
  return {
    starts4: Float64Array.from(all4, run => run.start),
    classes4: Int32Array.from(all4, run => run.of),
    starts6: all6.map(run => run.start),
    classes6: all6.map(run => run.of),
  }
}
