import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeRowTable } from './rows.ts'
import {
  allTraffic,
  hasTraffic,
  intersectTraffic,
  noTraffic,
  subtractTraffic,
  trafficKey,
  trafficRange,
  uniteAll,
  uniteTraffic,
} from './traffic.ts'

const range = fc
  .tuple(fc.constantFrom(0, 1, 6, 17, 58, 255), fc.nat(65_535), fc.nat(65_535))
  .map(([protocol, a, b]) => trafficRange(protocol, Math.min(a, b), Math.max(a, b)))
const set = fc.array(range, { maxLength: 6 }).map(uniteAll)
const key = fc.oneof(
  fc.nat(256 * 65_536 - 1),
  fc.constantFrom(6, 17).chain(p => fc.nat(65_535).map(port => p * 65_536 + port)),
)

describe('sets of traffic', () => {
  test('membership of unions, intersections and differences is that of their parts', () => {
    fc.assert(
      fc.property(set, set, fc.array(key, { minLength: 1 }), (a, b, keys) => {
        const boundaries = [...a, ...b].flatMap(at => [at - 1, at]).filter(at => at >= 0 && at < 256 * 65_536)
        for (const k of [...keys, ...boundaries]) {
          const [inA, inB] = [hasTraffic(a, k), hasTraffic(b, k)]
          expect(hasTraffic(uniteTraffic(a, b), k)).toBe(inA || inB)
          expect(hasTraffic(intersectTraffic(a, b), k)).toBe(inA && inB)
          expect(hasTraffic(subtractTraffic(a, b), k)).toBe(inA && !inB)
        }
      }),
    )
  })

  test('a set has one form: however it is put together', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 8 }), ranges => {
        const oneByOne = ranges.reduce(uniteTraffic, noTraffic)
        expect(uniteAll(ranges)).toEqual(oneByOne)
        expect(uniteAll([...ranges].reverse())).toEqual(oneByOne)
        expect(oneByOne.every((at, i) => i === 0 || at > oneByOne[i - 1]!)).toBe(true)
      }),
    )
  })

  test('neighbouring ranges become one', () => {
    expect(uniteAll([trafficRange(6, 0, 79), trafficRange(6, 81, 65_535), trafficRange(6, 80, 80)])).toEqual(trafficRange(6))
  })

  // RFC 792: echo request is type 8, code 0. RFC 4443: 128.
  test('ICMP without a port is an echo request', () => {
    expect(trafficKey('ICMP')).toBe(65_536 + 8 * 256)
    expect(trafficKey('ICMPv6')).toBe(58 * 65_536 + 128 * 256)
    expect(trafficKey('TCP', 443)).toBe(6 * 65_536 + 443)
    expect(trafficKey('50')).toBe(50 * 65_536)
  })
})

describe('rows', () => {
  const row = fc.tuple(set, set)

  test('the code of a conjunction is the least of the codes, of a disjunction the greatest, and of either the common one', () => {
    fc.assert(
      fc.property(row, row, fc.array(key, { minLength: 1 }), ([a, ma], [b, mb], keys) => {
        const table = makeRowTable()
        const [x, y] = [table.of(a, ma), table.of(b, mb)]
        for (const k of keys) {
          const [cx, cy] = [table.code(x, k), table.code(y, k)]
          expect(table.code(table.and(x, y), k)).toBe(Math.min(cx, cy))
          expect(table.code(table.or(x, y), k)).toBe(Math.max(cx, cy))
          expect(table.code(table.either(x, y), k)).toBe(cx === cy ? cx : 1)
        }
      }),
    )
  })

  test('equal rows have one number', () => {
    const table = makeRowTable()
    expect(table.of(allTraffic, noTraffic)).toBe(table.allow)
    expect(table.of(trafficRange(6), trafficRange(6))).toBe(table.of(trafficRange(6)))
    expect(table.of(noTraffic, trafficRange(6))).not.toBe(table.of(trafficRange(6)))
  })
})
