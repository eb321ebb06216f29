import type { AddressAtoms } from '../address-atoms.ts'
import type { Cidr } from '../addresses.ts'
import { add, addRange, emptyBitset, forEachMember, intersect, unite, wordsFor, type Bitset } from '../bitset.ts'
import { makeSelectorIndex, type SelectorIndex } from '../selector-index.ts'
import { selects, type Labels, type Selector } from '../selector.ts'
import type { PodSelection } from './document.ts'
import type { ContainerPort } from './pod-record.ts'

/** What selectors and named ports see of a pod; pods of one thing are alike to them. */
export interface Thing {
  readonly namespace: string
  readonly labels: Labels
  readonly ports: readonly ContainerPort[]
  /** The class it belongs to. */
  readonly classId: number
}

/**
 * The bits of a row: first one for each atom of addresses, which stands for addresses of no pod, then one for each class. Classes of the host
 * network, whose pods share the address of their node, come first and hold several things; the others hold one, and may be added to: bits behind the
 * last class are as those of a pod of which no rule speaks, so that a row need not change before a rule speaks of a new class.
 */
export interface Columns {
  readonly size: number
  /** The bit of class 0. A multiple of 32. */
  readonly base: number
  readonly hostClasses: number
  /** Classes that rows have bits for; there may be fewer. */
  readonly room: number
  readonly things: readonly Thing[]
  readonly atomOfClass: readonly number[]
  readonly selectThings: (selection: PodSelection, own: string | undefined) => Bitset
  /** The same, but for what is given. */
  readonly with: (changes: Partial<ColumnsInput>) => Columns
  /** Things as bits of a row; those of the host network apart. */
  readonly bitsOf: (things: Bitset) => { readonly pods: Bitset; readonly hosts: Bitset }
  /** Addresses and pods of a block. */
  readonly bitsOfBlock: (cidr: Cidr) => Bitset
  readonly bitsOfAtoms: (first: number, end: number) => Bitset
  /** Classes of pods without an address yet. */
  readonly pending: Bitset
  readonly empty: () => Bitset
}

export interface ColumnsInput {
  readonly addresses: AddressAtoms
  /** Things of the host network first. */
  readonly things: readonly Thing[]
  readonly hostThings: number
  readonly hostClasses: number
  readonly room: number
  /** By class: the atom of its pods' addresses, -1 when they have none. Mostly ascending, but for those of the host network. */
  readonly atomOfClass: readonly number[]
  readonly namespaces: ReadonlyMap<string, Labels>
  readonly podKeys: ReadonlySet<string>
}

/** With some to spare: as many rules as there are need not be looked at again when there is a new class. */
export const roomFor = (classes: number): number => wordsFor(classes + 32) * 32

export function makeColumns(input: ColumnsInput): Columns {
  const { addresses, things, hostThings, hostClasses, room, atomOfClass } = input
  const base = wordsFor(addresses.count) * 32
  const size = base + room
  const bitsOf = (selected: Bitset) => {
    const pods = emptyBitset(size)
    const hosts = emptyBitset(size)
    forEachMember(selected, thing => add(thing < hostThings ? hosts : pods, base + things[thing]!.classId))
    return { pods, hosts }
  }
  const sorted = firstBelowItsPrevious(atomOfClass, hostClasses)
  const plainAtoms = Int32Array.from(atomOfClass.slice(hostClasses, sorted))
  const bitsOfAtoms = (first: number, end: number): Bitset => {
    const bits = emptyBitset(size)
    addRange(bits, first, end)
    const addOneByOne = (from: number, to: number) => {
      for (let id = from; id < to; id++) if (atomOfClass[id]! >= first && atomOfClass[id]! < end) add(bits, base + id)
    }
    addOneByOne(0, hostClasses)
    addOneByOne(sorted, atomOfClass.length)
    const start = base + hostClasses
    addRange(bits, start + firstAtOrAbove(plainAtoms, first), start + firstAtOrAbove(plainAtoms, end))
    return bits
  }
  const blocks = new Map<string, Bitset>()
  const pending = emptyBitset(size)
  atomOfClass.forEach((atom, id) => {
    if (atom < 0) add(pending, base + id)
  })
  return {
    size,
    base,
    hostClasses,
    room,
    things,
    atomOfClass,
    selectThings: makeSelection(input),
    with: changes => makeColumns({ ...input, ...changes }),
    bitsOf,
    bitsOfAtoms,
    bitsOfBlock: cidr => {
      const [first, end] = addresses.span(cidr)
      const key = `${first}-${end}`
      const known = blocks.get(key)
      if (known !== undefined) return known
      const bits = bitsOfAtoms(first, end)
      blocks.set(key, bits)
      return bits
    },
    pending,
    empty: () => emptyBitset(size),
  }
}

/** The first class after the first plain one of which the atom is below that of the class before it, or their number. */
function firstBelowItsPrevious(atoms: readonly number[], start: number): number {
  for (let id = start + 1; id < atoms.length; id++) if (atoms[id]! < atoms[id - 1]!) return id
  return Math.max(start, atoms.length)
}

/** Namespaces first: they are few, and a selector of them is a union of whole namespaces. */
function makeSelection({ things, namespaces, podKeys }: ColumnsInput): Columns['selectThings'] {
  let index: SelectorIndex | undefined
  const labelled = () =>
    (index ??= makeSelectorIndex(
      things.map(thing => thing.labels),
      podKeys,
    ))
  const ofNamespace = new Map<string, Bitset>()
  things.forEach(({ namespace }, thing) => {
    let set = ofNamespace.get(namespace)
    if (set === undefined) ofNamespace.set(namespace, (set = emptyBitset(things.length)))
    add(set, thing)
  })
  const none = emptyBitset(things.length)
  const bySelector = new Map<string, Bitset>()
  const inNamespaces = (selector: Selector): Bitset => {
    const known = bySelector.get(selector.text)
    if (known !== undefined) return known
    const set = emptyBitset(things.length)
    for (const [name, members] of ofNamespace) if (selects(selector, namespaces.get(name) ?? {})) unite(set, members)
    bySelector.set(selector.text, set)
    return set
  }
  const memo = new Map<string, Bitset>()
  return (selection, own) => {
    const scope = selection.namespaces === 'own' ? `=${own}` : selection.namespaces.text
    const key = `${scope}|${selection.pods.text}`
    const known = memo.get(key)
    if (known !== undefined) return known
    const within = selection.namespaces === 'own' ? (ofNamespace.get(own ?? '') ?? none) : inNamespaces(selection.namespaces)
    const set = within.slice()
    intersect(set, labelled().select(selection.pods))
    memo.set(key, set)
    return set
  }
}

/** The index of the first value that is not below the one sought. */
function firstAtOrAbove(sorted: Int32Array, sought: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < sought) low = middle + 1
    else high = middle
  }
  return low
}
