import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAccessDenied } from './access-denied.ts'

const user = 'arn:aws:sts::111122223333:assumed-role/reader/eks-shop-reader-7d4'

describe('AccessDenied messages', () => {
  test.each([
    ['identity-based', 'identity'],
    ['resource-based', 'resource'],
    ['permissions boundary', 'boundary'],
    ['session', 'session'],
    ['VPC endpoint', 'endpoint'],
    ['service control', 'serviceControl'],
    ['resource control', 'resourceControl'],
  ])('%s policies, implicit and explicit', (name, layer) => {
    const head = `User: ${user} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::reports/a b.csv"`
    const facts = { principal: user, action: 's3:GetObject', resource: 'arn:aws:s3:::reports/a b.csv' }
    expect(parseAccessDenied(`${head} because no ${name} policy allows the s3:GetObject action`)).toEqual({
      ...facts,
      reason: { kind: 'implicitDeny', layer },
    })
    const article = name.startsWith('i') ? 'an' : 'a'
    expect(parseAccessDenied(`An error occurred (AccessDenied): ${head} with an explicit deny in ${article} ${name} policy`)).toEqual({
      ...facts,
      reason: { kind: 'explicitDeny', layer },
    })
    const arn = 'arn:aws:organizations::999999999999:policy/o-1/service_control_policy/p-1'
    expect(parseAccessDenied(`${head} with an explicit deny in ${article} ${name} policy: ${arn}`)).toEqual({
      ...facts,
      reason: { kind: 'explicitDeny', layer, policyArn: arn },
    })
  })

  test('a boundary without the word policy', () => {
    expect(
      parseAccessDenied(
        `User: ${user} is not authorized to perform: s3:ListBucket because no permissions boundary allows the s3:ListBucket action`,
      ),
    ).toEqual({
      principal: user,
      action: 's3:ListBucket',
      reason: { kind: 'implicitDeny', layer: 'boundary' },
    })
  })

  test('no reason, no resource', () => {
    expect(parseAccessDenied(`User: ${user} is not authorized to perform: kms:Decrypt`)).toEqual({ principal: user, action: 'kms:Decrypt' })
    expect(parseAccessDenied('AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity')).toEqual({
      action: 'sts:AssumeRoleWithWebIdentity',
    })
    expect(
      parseAccessDenied('You are not authorized to perform this operation. Encoded authorization failure message: AbC-_1 more'),
    ).toEqual({ encoded: 'AbC-_1' })
    expect(parseAccessDenied('You are not authorized to perform this operation.')).toBeUndefined()
    expect(parseAccessDenied('connection refused')).toBeUndefined()
  })

  test('never throws or hangs', () => {
    const words = fc.constantFrom(
      'User: ',
      ' is not authorized to perform: ',
      's3:Get',
      ' on resource: ',
      ' because no ',
      ' policy allows the ',
      ' with an explicit deny in a ',
      'session',
      'a',
      ' ',
      ':',
      '\n',
      '"',
    )
    fc.assert(fc.property(fc.array(words, { maxLength: 40 }), parts => void parseAccessDenied(parts.join(''))))
    const start = performance.now()
    parseAccessDenied(`User: x is not authorized to perform: s3:Get with an explicit deny in ${'a '.repeat(100_000)}`)
    parseAccessDenied(`User: x is not authorized to perform: s3:Get${' on resource: because no '.repeat(10_000)}`)
    expect(performance.now() - start).toBeLessThan(500)
  })
})
