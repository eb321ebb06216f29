import { describe, expect, test } from 'vitest'
import { compilePolicy } from './compile.ts'
import { decide, type Answer } from './decide.ts'
import type { Context, Principal, Request } from './request.ts'

const A = '111122223333'
const caller: Principal = { kind: 'roleSession', roleArn: `arn:aws:iam::${A}:role/team/reader`, sessionName: 's' }

/** Decides a request of a role in one account by one identity policy. */
function ask(document: unknown, resource = 'arn:aws:s3:::b/a', context: Context = {}, more: Partial<Request> = {}): Answer {
  const request: Request = { principal: caller, action: 's3:GetObject', resource, resourceAccount: A, context, ...more }
  return decide(request, { identity: [compilePolicy(document, 'identity')] }).answer
}

function allow(extra: object, version: string | undefined = '2012-10-17') {
  return {
    ...(version === undefined ? {} : { Version: version }),
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...extra }],
  }
}

/** Allow everything, deny on a condition. */
function deny(extra: object) {
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: '*', Resource: '*', ...extra },
    ],
  }
}

function when(operator: string, key: string, value: unknown) {
  return { Condition: { [operator]: { [key]: value } } }
}

/** Whether an Allow with one condition allows. */
function holds(operator: string, policyValue: unknown, requestValue: Context[string] | undefined): Answer {
  return ask(allow(when(operator, 'x:k', policyValue)), undefined, requestValue === undefined ? {} : { 'x:k': requestValue })
}

describe('documents', () => {
  test('T01 version 2008 reads a variable as plain text', () => {
    const tagged = { Resource: 'arn:aws:s3:::b/${aws:PrincipalTag/t}' }
    expect(ask(allow(tagged), undefined, { 'aws:PrincipalTag/t': 'a' })).toBe('allow')
    expect(ask(allow(tagged, '2008-10-17'), undefined, { 'aws:PrincipalTag/t': 'a' })).toBe('implicitDeny')
    expect(ask(allow(tagged, '2008-10-17'), 'arn:aws:s3:::b/${aws:PrincipalTag/t}')).toBe('allow')
  })
  test('T02 no version is version 2008', () => {
    const tagged = { Resource: 'arn:aws:s3:::b/${aws:PrincipalTag/t}' }
    const document = { Statement: [{ Effect: 'Allow', Action: 's3:GetObject', ...tagged }] }
    expect(ask(document, undefined, { 'aws:PrincipalTag/t': 'a' })).toBe('implicitDeny')
  })
  test('T03 a statement may stand without a list', () => {
    expect(ask({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' } })).toBe('allow')
  })
  test('T66 of duplicate keys the parser keeps the last', () => {
    const text = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"x:k":"a"},"StringEquals":{"x:k":"b"}}}}`
    expect(ask(JSON.parse(text), undefined, { 'x:k': 'a' })).toBe('implicitDeny')
  })
})

describe('actions and resources', () => {
  test('T04 actions are compared without case', () => expect(ask(allow({ Action: 'S3:getOBJECT' }))).toBe('allow'))
  test('T05 one-character wildcards in actions', () => {
    expect(ask(allow({ Action: 's3:Get?bject' }))).toBe('allow')
    expect(ask(allow({ Action: 's3:Get?Object' }))).toBe('implicitDeny')
  })
  test('T06 NotAction with a scoped resource does not reach ListAllMyBuckets', () => {
    const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', NotAction: 's3:Put*', Resource: 'arn:aws:s3:::b/*' } }
    expect(ask(document)).toBe('allow')
    expect(ask(document, '*', {}, { action: 's3:ListAllMyBuckets' })).toBe('implicitDeny')
  })
  test('T07 NotResource with every action', () => {
    const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::b/*' } }
    expect(ask(document)).toBe('implicitDeny')
    expect(ask(document, 'arn:aws:s3:::c/a')).toBe('allow')
    expect(ask(document, '*', {}, { action: 'iam:CreateUser' })).toBe('allow')
  })
  test('T08 NotResource with an absent variable lists nothing, so the Deny hits everything', () => {
    const document = deny({ Resource: undefined, NotResource: 'arn:aws:s3:::b/${aws:PrincipalTag/t}' })
    const [first, second] = document.Statement
    const { Resource: _, ...denial } = second as Record<string, unknown>
    const clean = { Version: '2012-10-17', Statement: [first, denial] }
    expect(ask(clean)).toBe('explicitDeny')
    expect(ask(clean, undefined, { 'aws:PrincipalTag/t': 'a' })).toBe('allow')
  })
  test('T09 a star crosses slashes', () => expect(ask(allow({ Resource: 'arn:aws:s3:::b/*/z' }), 'arn:aws:s3:::b/x/y/z')).toBe('allow'))
  test('T10 a star crosses colons in StringLike, not in ArnLike', () => {
    const arn = `arn:aws:iam::${A}:role/r`
    expect(holds('StringLike', 'arn:*:role/r', arn)).toBe('allow')
    expect(holds('ArnLike', 'arn:*:role/r', arn)).toBe('implicitDeny')
    expect(holds('ArnLike', `arn:aws:iam::*:role/r`, arn)).toBe('allow')
  })
  test('T11 identity policies fill up a short ARN; elsewhere nobody says', () => {
    expect(ask(allow({ Resource: 'arn:aws:s3' }))).toBe('allow')
    expect(ask(allow({ Resource: 'arn:aws:sqs' }))).toBe('implicitDeny')
    const session = compilePolicy(allow({ Resource: 'arn:aws:s3' }), 'session')
    const request: Request = { principal: caller, action: 's3:GetObject', resource: 'arn:aws:s3:::b/a', resourceAccount: A, context: {} }
    expect(decide(request, { identity: [compilePolicy(allow({}), 'identity')], session: [session] }).answer).toBe('unknown')
    // A star that ends its part may cross the colon, which AWS documents for Resource elements.
    expect(ask(allow({ Resource: 'arn:aws:s3:*' }))).toBe('allow')
  })
  test('T12 characters that mean something to regular expressions', () => {
    for (const name of ['a\nb', 'a[b', 'a(b', 'a$b', 'a.b', 'a\\b', 'a^b']) {
      expect(ask(allow({ Resource: `arn:aws:s3:::b/${name}` }), `arn:aws:s3:::b/${name}`)).toBe('allow')
      expect(ask(allow({ Resource: 'arn:aws:s3:::b/a*b' }), `arn:aws:s3:::b/${name}`)).toBe('allow')
      expect(ask(allow({ Resource: `arn:aws:s3:::b/${name}` }), 'arn:aws:s3:::b/axb')).toBe('implicitDeny')
    }
  })
  test('T13 many stars against a long text end at once', () => {
    const start = performance.now()
    for (const pattern of [`${'*a'.repeat(10)}*b`, `${'*a?'.repeat(10)}*b`, `*${'a'.repeat(100)}*${'a?'.repeat(60)}*b`]) {
      expect(ask(allow({ Resource: `arn:aws:s3:::b/${pattern}` }), `arn:aws:s3:::b/${'a'.repeat(10_000)}`)).toBe('implicitDeny')
    }
    expect(performance.now() - start).toBeLessThan(200)
  })
  test('T14 ${*} is a star, no wildcard', () => {
    expect(ask(allow({ Resource: 'arn:aws:s3:::b/${*}' }), 'arn:aws:s3:::b/*')).toBe('allow')
    expect(ask(allow({ Resource: 'arn:aws:s3:::b/${*}' }))).toBe('implicitDeny')
  })
  test('T15 a variable has a default', () => {
    const document = allow({ Resource: "arn:aws:s3:::b/${aws:PrincipalTag/t, 'a'}" })
    expect(ask(document)).toBe('allow')
    expect(ask(document, undefined, { 'aws:PrincipalTag/t': 'z' })).toBe('implicitDeny')
  })
  test('T16 a key of several values has no place in a variable', () => {
    expect(ask(allow({ Resource: 'arn:aws:s3:::b/${aws:TagKeys}' }), undefined, { 'aws:TagKeys': ['a', 'b'] })).toBe('implicitDeny')
  })
})

describe('conditions', () => {
  test('T17 IfExists in a Deny holds when the key is absent', () => {
    expect(ask(deny(when('StringNotEqualsIfExists', 'aws:PrincipalOrgID', 'o-1')))).toBe('explicitDeny')
    expect(ask(deny(when('StringEqualsIfExists', 'aws:PrincipalOrgID', 'o-1')))).toBe('explicitDeny')
  })
  test('T18 StringNotEquals in an Allow grants when the key is absent', () =>
    expect(holds('StringNotEquals', 'a', undefined)).toBe('allow'))
  test('T19 a negated list means none of them', () => {
    expect(holds('StringNotEquals', ['a', 'b'], 'a')).toBe('implicitDeny')
    expect(holds('StringNotEquals', ['a', 'b'], 'c')).toBe('allow')
  })
  test('T20 ForAllValues holds for absent, empty and empty text', () => {
    for (const value of [undefined, [], [''], '']) expect(holds('ForAllValues:StringEquals', 'a', value)).toBe('allow')
    expect(holds('ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'])).toBe('allow')
    expect(holds('ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'])).toBe('implicitDeny')
    for (const value of [undefined, [], ['']]) expect(holds('ForAnyValue:StringEquals', 'a', value)).toBe('implicitDeny')
  })
  test('T21 ForAnyValue with a negation holds when any value differs', () => {
    expect(holds('ForAnyValue:StringNotEquals', 'a', ['a', 'b'])).toBe('allow')
    expect(holds('ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'])).toBe('implicitDeny')
  })
  test('T22 Null takes no IfExists', () => {
    expect(holds('NullIfExists', 'true', undefined)).toBe('implicitDeny')
    expect(ask(deny(when('NullIfExists', 'x:k', 'true')))).toBe('unknown')
    expect(holds('Null', 'true', undefined)).toBe('allow')
    expect(holds('Null', 'false', undefined)).toBe('implicitDeny')
    expect(holds('Null', false, 'a')).toBe('allow')
  })
  test('T23 a boolean of JSON is text', () => {
    expect(holds('Bool', true, 'true')).toBe('allow')
    expect(holds('Bool', 'TRUE', 'true')).toBe('allow')
    expect(holds('Bool', 'yes', 'yes')).toBe('implicitDeny')
  })
  test('T24 1.0 is 1, and 10abc is no number', () => {
    expect(holds('NumericEquals', '1.0', '1')).toBe('allow')
    expect(holds('NumericLessThan', '11', '10abc')).toBe('implicitDeny')
    expect(holds('NumericLessThanEquals', 10, '10')).toBe('allow')
  })
  test('T25 epoch seconds and ISO dates are one scale', () => {
    expect(holds('DateEquals', '1577836800', '2020-01-01T00:00:00Z')).toBe('allow')
    expect(holds('DateLessThan', '2020-01-01T00:00:01Z', '1577836800')).toBe('allow')
    expect(holds('DateGreaterThan', '2020-02-31', '2021-01-01')).toBe('implicitDeny')
  })
  test('T26 address families never mix, and a bare address is a block of one', () => {
    expect(holds('IpAddress', '10.1.2.3', '10.1.2.3')).toBe('allow')
    expect(holds('IpAddress', '10.1.2.3', '10.1.2.4')).toBe('implicitDeny')
    expect(holds('IpAddress', '10.0.0.0/8', '::ffff:10.1.2.3')).toBe('implicitDeny')
    expect(holds('NotIpAddress', '10.0.0.0/8', '2001:db8::1')).toBe('allow')
    expect(holds('IpAddress', '2001:db8::/32', '2001:DB8:0:0::1')).toBe('allow')
  })
  test('T27 a multi-factor Deny with BoolIfExists hits every pod', () => {
    expect(ask(deny(when('BoolIfExists', 'aws:MultiFactorAuthPresent', 'false')))).toBe('explicitDeny')
    expect(ask(deny(when('Bool', 'aws:MultiFactorAuthPresent', 'false')))).toBe('allow')
  })
  test('T28 two tags that differ by case only are ambiguous', () => {
    const document = allow(when('StringEquals', 'aws:PrincipalTag/team', 'a'))
    expect(ask(document, undefined, { 'aws:PrincipalTag/Team': 'a' })).toBe('allow')
    expect(ask(document, undefined, { 'aws:PrincipalTag/Team': 'a', 'aws:PrincipalTag/team': 'b' })).toBe('unknown')
  })
  test('T29 aws:PrincipalArn carries the role with its path, not the session', () => {
    const context = { 'aws:PrincipalArn': `arn:aws:iam::${A}:role/team/reader` }
    expect(ask(allow(when('ArnLike', 'aws:PrincipalArn', `arn:aws:iam::${A}:role/team/*`)), undefined, context)).toBe('allow')
    expect(ask(allow(when('ArnLike', 'aws:PrincipalArn', `arn:aws:sts::${A}:assumed-role/reader/*`)), undefined, context)).toBe(
      'implicitDeny',
    )
  })
  test('several values without a set operator', () => {
    expect(holds('StringEquals', 'a', ['a', 'b'])).toBe('implicitDeny')
    expect(holds('StringNotEquals', 'a', ['a', 'b'])).toBe('unknown')
  })
  test('T60 an absent tag in a Deny with StringNotEquals denies', () => {
    const document = deny(when('StringNotEquals', 'aws:ResourceTag/team', '${aws:PrincipalTag/team}'))
    expect(ask(document, undefined, { 'aws:ResourceTag/team': 'a' })).toBe('explicitDeny')
    expect(ask(document, undefined, { 'aws:ResourceTag/team': 'a', 'aws:PrincipalTag/team': 'a' })).toBe('allow')
  })
})
