import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as bits from './bitset.ts'

const size = 100
const sets = fc.uniqueArray(fc.nat(size - 1))
const minus = (a: ReadonlySet<number>, b: ReadonlySet<number>) => [...a].filter(x => !b.has(x))

test('sets of bits do what sets of numbers do', () => {
  fc.assert(
    fc.property(sets, sets, (left, right) => {
      const [a, b] = [new Set(left), new Set(right)]
      const of = (numbers: Iterable<number>) => bits.bitsetOf(size, numbers)
      const sorted = (numbers: Iterable<number>) => [...numbers].sort((x, y) => x - y)
      const after = (change: (target: bits.Bitset, source: bits.Bitset) => void) => {
        const target = of(a)
        change(target, of(b))
        return bits.members(target)
      }
      expect(bits.members(of(a))).toEqual(sorted(a))
      expect(after(bits.unite)).toEqual(sorted(new Set([...a, ...b])))
      expect(after(bits.intersect)).toEqual(left.filter(x => b.has(x)).sort((x, y) => x - y))
      expect(after(bits.subtract)).toEqual(sorted(minus(a, b)))
      expect(bits.members(bits.difference(of(a), of(b)))).toEqual(sorted([...minus(a, b), ...minus(b, a)]))
      expect(bits.count(of(a))).toBe(a.size)
      expect(bits.intersects(of(a), of(b))).toBe(left.some(x => b.has(x)))
      expect(bits.isSubset(of(a), of(b))).toBe(minus(a, b).length === 0)
      expect(bits.equal(of(a), of(b))).toBe(minus(a, b).length + minus(b, a).length === 0)
      expect(bits.isEmpty(of(a))).toBe(a.size === 0)
      expect(bits.count(bits.complement(of(a), size))).toBe(size - a.size)
      for (const member of a) expect(bits.has(of(a), member)).toBe(true)
    }),
  )
})

test('a range fills whole words and parts of them', () => {
  fc.assert(
    fc.property(fc.nat(size), fc.nat(size), (start, end) => {
      const set = bits.emptyBitset(size)
      bits.addRange(set, start, end)
      expect(bits.members(set)).toEqual(Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i))
    }),
  )
})

test('bits past the end stay clear', () => {
  expect(bits.count(bits.fullBitset(33))).toBe(33)
  expect(bits.members(bits.complement(bits.emptyBitset(3), 3))).toEqual([0, 1, 2])
})
