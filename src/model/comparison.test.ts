import { expect, it } from 'vitest'
import { comparisonFor, sameValue } from './comparison.ts'

it('lists of AWS have no order, whatever is in them', () => {
  expect(sameValue([{ a: ['x', 'y'] }, { b: 1 }], [{ b: 1 }, { a: ['y', 'x'] }])).toBe(true)
  expect(sameValue([{ b: 1 }, { b: 1 }], [{ b: 1 }, { b: 2 }])).toBe(false)
  expect(sameValue(['x'], 'x')).toBe(true)
})

it('lists of Kubernetes have one', () => {
  const { same, holds } = comparisonFor('k8s/Deployment')
  expect(same(['x', 'y'], ['y', 'x'])).toBe(false)
  expect(holds([{ name: 'a', added: true }], [{ name: 'a' }])).toBe(true)
})
