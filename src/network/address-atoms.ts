import { endOf, type Address, type Cidr } from './addresses.ts'
import { lastAtOrBelow } from './last-at-or-below.ts'

/**
 * Disjoint runs of addresses: no block that was given cuts one in two. Atoms are numbered from 0, IPv4 before IPv6, in order of their addresses,
 * so a block is a run of atoms, and a block without its `except` is that run with others taken out.
 */
export interface AddressAtoms {
  readonly count: number
  readonly atomOf: (address: Address) => number
  /** The atoms of a block as [first, end). The block must be one of those the atoms were made from, or else it is widened to whole atoms. */
  readonly span: (cidr: Cidr) => readonly [first: number, end: number]
  /** The first address of an atom: as good as any other of it. */
  readonly first: (atom: number) => Address
}

/** @param coarser atoms of which each becomes one or more */
export function makeAddressAtoms(cidrs: Iterable<Cidr>, coarser?: AddressAtoms): AddressAtoms {
  const cuts = { 4: new Set([0n]), 6: new Set([0n]) }
  for (let atom = 0; atom < (coarser?.count ?? 0); atom++) {
    const { family, value } = coarser!.first(atom)
    cuts[family].add(value)
  }
  const ends = { 4: 1n << 32n, 6: 1n << 128n }
  for (const cidr of cidrs) {
    cuts[cidr.family].add(cidr.value)
    const end = endOf(cidr)
    if (end < ends[cidr.family]) cuts[cidr.family].add(end)
  }
  const four = [...cuts[4]].sort(ascending)
  const six = [...cuts[6]].sort(ascending)
  const fourNumbers = Float64Array.from(four, Number)
  const atomOf = ({ family, value }: Address): number =>
    family === 4 ? lastAtOrBelow(fourNumbers, Number(value)) : four.length + lastAtOrBelow(six, value)
  return {
    count: four.length + six.length,
    atomOf,
    span: cidr => [atomOf(cidr), atomOf({ family: cidr.family, value: endOf(cidr) - 1n }) + 1],
    first: atom => (atom < four.length ? { family: 4, value: four[atom]! } : { family: 6, value: six[atom - four.length]! }),
  }
}

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
