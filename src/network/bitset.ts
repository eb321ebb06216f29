/** A set of small numbers, 32 a word. Sets of one index have one length; operations that change a set name it first. */
export type Bitset = Uint32Array

export const wordsFor = (size: number): number => (size + 31) >>> 5

export const emptyBitset = (size: number): Bitset => new Uint32Array(wordsFor(size))

/** Of its members those below a size, as a set of that size. */
export function below(set: Bitset, size: number): Bitset {
  const part = set.slice(0, wordsFor(size))
  if ((size & 31) !== 0) part[part.length - 1]! &= -1 >>> (32 - (size & 31))
  return part
}

/** All of 0 to size - 1; the bits past the end stay clear, so that counts and comparisons need no mask. */
export function fullBitset(size: number): Bitset {
  const set = emptyBitset(size)
  addRange(set, 0, size)
  return set
}

export function bitsetOf(size: number, members: Iterable<number>): Bitset {
  const set = emptyBitset(size)
  for (const member of members) add(set, member)
  return set
}

export const has = (set: Bitset, member: number): boolean => ((set[member >>> 5]! >>> (member & 31)) & 1) === 1

export function add(set: Bitset, member: number): void {
  set[member >>> 5]! |= 1 << (member & 31)
}

/** Adds from `start` up to, not including, `end`. */
export function addRange(set: Bitset, start: number, end: number): void {
  if (start >= end) return
  const first = start >>> 5
  const last = (end - 1) >>> 5
  const head = -1 << (start & 31)
  const tail = -1 >>> (31 - ((end - 1) & 31))
  if (first === last) {
    set[first]! |= head & tail
    return
  }
  set[first]! |= head
  set.fill(0xffffffff, first + 1, last)
  set[last]! |= tail
}

export function unite(target: Bitset, source: Bitset): void {
  for (let i = 0; i < target.length; i++) target[i]! |= source[i]!
}

export function intersect(target: Bitset, source: Bitset): void {
  for (let i = 0; i < target.length; i++) target[i]! &= source[i]!
}

export function subtract(target: Bitset, source: Bitset): void {
  for (let i = 0; i < target.length; i++) target[i]! &= ~source[i]!
}

/** What is not in the set, of 0 to size - 1. */
export function complement(set: Bitset, size: number): Bitset {
  const result = fullBitset(size)
  subtract(result, set)
  return result
}

export function union(sets: readonly Bitset[], size: number): Bitset {
  const result = emptyBitset(size)
  for (const set of sets) unite(result, set)
  return result
}

export function intersects(a: Bitset, b: Bitset): boolean {
  for (let i = 0; i < a.length; i++) if ((a[i]! & b[i]!) !== 0) return true
  return false
}

export function isSubset(part: Bitset, whole: Bitset): boolean {
  for (let i = 0; i < part.length; i++) if ((part[i]! & ~whole[i]!) !== 0) return false
  return true
}

export function equal(a: Bitset, b: Bitset): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export function isEmpty(set: Bitset): boolean {
  for (let i = 0; i < set.length; i++) if (set[i] !== 0) return false
  return true
}

/** What is in one and not in the other: what a change of a row changed. */
export function difference(a: Bitset, b: Bitset): Bitset {
  const result = a.slice()
  for (let i = 0; i < result.length; i++) result[i]! ^= b[i]!
  return result
}

export function count(set: Bitset): number {
  let total = 0
  for (let i = 0; i < set.length; i++) total += ones(set[i]!)
  return total
}

/** Hacker's Delight, 5-1. */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

export function forEachMember(set: Bitset, visit: (member: number) => void): void {
  for (let i = 0; i < set.length; i++) {
    let word = set[i]!
    while (word !== 0) {
      const bit = 31 - Math.clz32(word & -word)
      visit(i * 32 + bit)
      word &= word - 1
    }
  }
}

export function members(set: Bitset): number[] {
  const result: number[] = []
  forEachMember(set, member => result.push(member))
  return result
}
