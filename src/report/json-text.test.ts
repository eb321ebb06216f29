import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonParts, jsonText } from './json-text.ts'

it('gives in parts what it gives as a whole', () => {
  const text = fc.string({ unit: 'binary', maxLength: 8 })
  const value = fc.oneof(text, fc.jsonValue({ maxDepth: 2 }))
  const members = fc.dictionary(text, fc.option(value, { nil: undefined }), { maxKeys: 4, noNullPrototype: true })
  fc.assert(
    fc.property(members, object => {
      const lazy = Object.entries(object).map(([name, member]) => [name, Array.isArray(member) ? member.values() : member] as const)
      expect([...jsonParts(Object.fromEntries(lazy))].join('')).toBe(jsonText(object))
    }),
    { numRuns: 50 },
  )
})
