import fc from 'fast-check'
import { expect, test } from 'vitest'
import { duplicateKeys } from './duplicate-keys.ts'

test('T66 finds keys that stand twice', () => {
  const text = '{"Statement":[{"a":1},{"Condition":{"StringEquals":{"k":"\\"}"},"StringEquals":{"k":["a","k"]}}}],"Statement":[]}'
  expect(duplicateKeys(text)).toEqual([['Statement', 1, 'Condition', 'StringEquals'], ['Statement']])
  expect(duplicateKeys('{"a":{"b":1},"b":[{"a":1},{"a":1}]}')).toEqual([])
  expect(duplicateKeys('{"a\\u0062":1,"ab":2}')).toEqual([['ab']])
})

test('JSON made from values has none, and any text ends', () => {
  fc.assert(
    fc.property(fc.json(), text => {
      expect(duplicateKeys(text)).toEqual([])
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', 'a') }), text => void duplicateKeys(text)),
  )
})
