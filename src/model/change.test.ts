import { expect, it } from 'vitest'
import { effectOf } from './change.ts'
import { comparisonFor } from './comparison.ts'

it('an edit that takes a member away is not done while it is there, and is done when it is gone', () => {
  const edit = { do: 'set', path: ['spec'], before: { image: 'a', volumes: [] }, after: { image: 'a' } } as const
  const comparison = comparisonFor('k8s/Pod')
  expect(effectOf(edit, { spec: { image: 'a', volumes: [] } }, comparison)).toEqual({ is: 'body', body: { spec: { image: 'a' } } })
  expect(effectOf(edit, { spec: { image: 'a' } }, comparison)).toEqual({ is: 'nothing' })
  expect(effectOf(edit, { spec: { image: 'b', volumes: [] } }, comparison)).toMatchObject({ is: 'conflict' })
})
