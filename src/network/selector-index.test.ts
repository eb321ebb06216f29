import fc from 'fast-check'
import { expect, test } from 'vitest'
import { members } from './bitset.ts'
import { keysOf, makeSelectorIndex, projection } from './selector-index.ts'
import { readSelector, selects, type Labels, type Selector } from './selector.ts'

const key = fc.constantFrom('app', 'tier', '__proto__', 'toString')
const value = fc.constantFrom('web', 'db', '')
const labels: fc.Arbitrary<Labels> = fc.dictionary(key, value, { noNullPrototype: false })
const expression = fc.oneof(
  fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values: fc.array(value, { minLength: 1, maxLength: 2 }) }),
  fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
)
const selectors = fc.record({ matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 2 }) }).map(written => {
  const read = readSelector(written)
  if ('problem' in read) throw new Error(read.problem)
  return read.selector
})

test('the index selects what reading each label does', () => {
  fc.assert(
    fc.property(fc.array(labels, { maxLength: 40 }), fc.array(selectors, { maxLength: 4 }), (things, list) => {
      const index = makeSelectorIndex(things, keysOf(list))
      for (const selector of list) {
        expect(members(index.select(selector))).toEqual(things.flatMap((thing, i) => (selects(selector, thing) ? [i] : [])))
      }
    }),
  )
})

test('things of one projection are selected alike', () => {
  fc.assert(
    fc.property(labels, labels, fc.array(selectors, { maxLength: 4 }), (a, b, list) => {
      const keys = [...keysOf(list)].sort()
      if (projection(a, keys) !== projection(b, keys)) return
      for (const selector of list) expect(selects(selector, a)).toBe(selects(selector, b))
    }),
  )
})

// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#set-based-requirement: notin also selects objects without the key.
test('NotIn and DoesNotExist hold of labels that lack the key', () => {
  const not = (operator: string, values?: string[]): Selector => {
    const read = readSelector({ matchExpressions: [{ key: 'app', operator, ...(values && { values }) }] })
    if ('problem' in read) throw new Error(read.problem)
    return read.selector
  }
  expect(selects(not('NotIn', ['web']), {})).toBe(true)
  expect(selects(not('DoesNotExist'), {})).toBe(true)
})

test.for([
  [{ matchExpressions: [{ key: 'app', operator: 'In' }] }, 'operator In of app has no values'],
  [{ matchExpressions: [{ key: 'app', operator: 'Exists', values: ['web'] }] }, 'operator Exists of app takes no values'],
  [
    { matchExpressions: [{ key: 'app', operator: 'Equals', values: ['web'] }] },
    'operator "Equals" of app is not In, NotIn, Exists or DoesNotExist',
  ],
  [{ matchExpressions: [{ operator: 'Exists' }] }, 'an expression has no key'],
  [{ matchLabels: { app: 1 } }, 'matchLabels.app is not a string'],
  [{ matchLabels: ['app'] }, 'matchLabels is not a mapping'],
  [null, 'the selector is not a mapping'],
] as const)('%j cannot be read: %s', ([written, problem]) => expect(readSelector(written)).toEqual({ problem }))
