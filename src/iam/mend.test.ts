import { describe, expect, it } from 'vitest'
import { mendDifference } from './mend.ts'
import type { Difference } from './explain.ts'

const document = { Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:role/writer' }, Action: 's3:GetObject' }] }
const path = ['Statement', 0, 'Principal', 'AWS']

describe('a principal that a statement does not name', () => {
  it('is added by its role, and nobody loses what they have', () => {
    const difference: Difference = {
      element: 'Principal',
      path,
      expected: ['arn:aws:iam::111122223333:role/writer'],
      actual: [
        'arn:aws:sts::111122223333:assumed-role/reader/pod',
        'AROAEXAMPLE:pod',
        'AROAEXAMPLE',
        'arn:aws:iam::111122223333:role/reader',
        'arn:aws:iam::111122223333:root',
      ],
      unknown: false,
    }
    const mends = mendDifference(document, difference)
    expect(mends.map(mend => mend.kind)).toEqual(['addPrincipal'])
    expect(mends[0]?.edits).toEqual([
      {
        path,
        before: 'arn:aws:iam::111122223333:role/writer',
        after: ['arn:aws:iam::111122223333:role/writer', 'arn:aws:iam::111122223333:role/reader'],
      },
    ])
  })
})
