import { expect, it } from 'vitest'
import { requirementsOf } from './label-selector.ts'

const selects = (selector: Parameters<typeof requirementsOf>[0], labels: Record<string, string>) =>
  requirementsOf(selector).every(requirement => requirement.holds(labels))

it.each([
  [undefined, {}, true],
  [{}, { a: '1' }, true],
  [{ matchLabels: { a: '1' } }, { a: '1', b: '2' }, true],
  [{ matchLabels: { a: '1' } }, { a: '2' }, false],
  [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['1', '2'] }] }, { a: '2' }, true],
  [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['1'] }] }, {}, false],
  [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['1'] }] }, {}, true],
  [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['1'] }] }, { a: '1' }, false],
  [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }, { a: '' }, true],
  [{ matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }, { a: '' }, false],
  [{ matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'Exists' }] }, { a: '1' }, false],
])('%j selects %j: %s', (selector, labels, expected) => {
  expect(selects(selector, labels)).toBe(expected)
})
