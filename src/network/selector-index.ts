import { add, complement, emptyBitset, fullBitset, intersect, union, type Bitset } from './bitset.ts'
import type { Labels, Requirement, Selector } from './selector.ts'

/** Which of many labelled things a selector selects, as a set of their positions. Selectors of equal text are worked out once. */
export interface SelectorIndex {
  readonly size: number
  /** The set is shared: it must not be changed. */
  readonly select: (selector: Selector) => Bitset
}

/** An inverted index: for each key and each value of it, the set of the things that carry it. Keys that no selector names cost nothing. */
export function makeSelectorIndex(things: readonly Labels[], keys: ReadonlySet<string>): SelectorIndex {
  const size = things.length
  const values = new Map<string, Map<string, Bitset>>()
  for (const key of keys) values.set(key, new Map())
  things.forEach((labels, position) => {
    for (const key in labels) {
      const ofKey = values.get(key)
      if (ofKey === undefined) continue
      const value = labels[key]!
      let set = ofKey.get(value)
      if (set === undefined) ofKey.set(value, (set = emptyBitset(size)))
      add(set, position)
    }
  })
  const carriers = new Map<string, Bitset>()
  const memo = new Map<string, Bitset>()
  const carry = (key: string): Bitset => {
    const known = carriers.get(key)
    if (known !== undefined) return known
    const made = union([...(values.get(key)?.values() ?? [])], size)
    carriers.set(key, made)
    return made
  }
  const satisfy = ({ key, operator, values: wanted }: Requirement): Bitset => {
    if (operator === 'Exists') return carry(key)
    if (operator === 'DoesNotExist') return complement(carry(key), size)
    const sets = wanted.map(value => values.get(key)?.get(value)).filter(set => set !== undefined)
    const any = sets.length === 1 ? sets[0]! : union(sets, size)
    return operator === 'In' ? any : complement(any, size)
  }
  const select = (selector: Selector): Bitset => {
    const known = memo.get(selector.text)
    if (known !== undefined) return known
    const result = fullBitset(size)
    for (const requirement of selector.requirements) intersect(result, satisfy(requirement))
    memo.set(selector.text, result)
    return result
  }
  return { size, select }
}

/** The keys that selectors mention: labels of other keys tell nothing apart. */
export const keysOf = (selectors: Iterable<Selector>): Set<string> => {
  const keys = new Set<string>()
  for (const { requirements } of selectors) for (const { key } of requirements) keys.add(key)
  return keys
}

/** Labels reduced to the keys that matter, as text: things of equal text are selected alike. Values of labels have no line breaks. */
export function projection(labels: Labels, sortedKeys: readonly string[]): string {
  let text = ''
  for (const key of sortedKeys) text += Object.hasOwn(labels, key) ? `=${labels[key]}\n` : '\n'
  return text
}
