import { expect, test } from 'vitest'
import { policyDocument, wire } from './body.ts'

test.each([
  ['%7B%22Version%22%3A%222012-10-17%22%7D', { Version: '2012-10-17' }],
  ['{"Sid":"100% sure"}', { Sid: '100% sure' }],
  ['%7B%22a%22%3A%22x+y%22%7D', { a: 'x+y' }],
  ['not%20JSON', 'not JSON'],
  ['%ZZ', '%ZZ'],
])('policy document %s', (text, expected) => {
  expect(policyDocument(text)).toEqual(expected)
})

test('an answer as the API sent it', () => {
  const answer = { $metadata: { attempts: 1 }, Tags: undefined, At: new Date(0), List: [{ Document: '%7B%7D', Documents: '%7B%7D' }] }
  expect(wire(answer)).toEqual({ At: '1970-01-01T00:00:00.000Z', List: [{ Document: {}, Documents: '%7B%7D' }] })
  expect(Object.keys(wire(answer) as object)).toEqual(['At', 'List'])
})
