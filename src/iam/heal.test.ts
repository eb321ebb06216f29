import { describe, expect, test } from 'vitest'
import { compilePolicy, type CompiledPolicy } from './compile.ts'
import { decide } from './decide.ts'
import { applyEdits } from './edit.ts'
import { healPolicy } from './heal.ts'
import type { Request } from './request.ts'

const request: Request = {
  principal: { kind: 'roleSession', roleArn: 'arn:aws:iam::111122223333:role/r', sessionName: 's' },
  action: 'secretsmanager:GetSecretValue',
  resource: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf',
  context: { 'aws:PrincipalTag/team': 'a' },
}
const newStatement = { Effect: 'Allow', Action: request.action, Resource: request.resource } as const

function heal(statement: unknown) {
  const policy = compilePolicy({ Version: '2012-10-17', Statement: statement }, 'identity')
  const decideWith = (healed: CompiledPolicy) => decide(request, { identity: [healed] })
  const heals = healPolicy(request, policy, { decide: decideWith, newStatement })
  for (const each of heals) expect(decideWith(compilePolicy(applyEdits(policy.document, each.edits), 'identity')).answer).toBe('allow')
  return heals
}

describe('healing an identity policy', () => {
  const good = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' }
  test.each<[string, unknown, string[]]>([
    ['nothing to heal', good, []],
    ['a missing action', { ...good, Action: ['secretsmanager:DescribeSecret'] }, ['addAction', 'addStatement']],
    [
      'a missing resource',
      { ...good, Resource: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:other-??????' },
      ['addResource', 'addStatement'],
    ],
    [
      'a tag of another team',
      { ...good, Condition: { StringEquals: { 'aws:PrincipalTag/team': 'b' } } },
      ['addValue', 'changeValue', 'addStatement'],
    ],
    [
      'an exception that is one too many',
      { Effect: 'Allow', NotAction: ['iam:*', 'secretsmanager:GetSecretValue'], Resource: '*' },
      ['removeValue', 'addStatement'],
    ],
    ['no statement at all', [], ['addStatement']],
    [
      'a Deny for all other teams',
      [good, { ...good, Effect: 'Deny', Condition: { StringNotEquals: { 'aws:PrincipalTag/team': ['b'] } } }],
      ['exemptFromDeny'],
    ],
    ['a plain Deny', [good, { ...good, Effect: 'Deny' }], []],
  ])('%s', (_, statement, kinds) => {
    const heals = heal(statement)
    expect(heals.map(each => each.kind)).toEqual(expect.arrayContaining(kinds))
    expect(heals[0]?.kind).toBe(kinds[0])
  })

  test('edits say what stood there', () => {
    expect(heal({ ...good, Action: 'secretsmanager:DescribeSecret' })[0]?.edits).toEqual([
      {
        path: ['Statement', 'Action'],
        before: 'secretsmanager:DescribeSecret',
        after: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      },
    ])
    expect(heal([{ ...good, Action: ['secretsmanager:DescribeSecret'] }])[0]?.edits).toEqual([
      { path: ['Statement', 0, 'Action', 1], after: 'secretsmanager:GetSecretValue' },
    ])
  })
})

test('edits make what is missing and leave the rest alone', () => {
  expect(
    applyEdits({ a: [1, 2], b: 'x' }, [
      { path: ['a', 2], after: 3 },
      { path: ['c', 'd'], after: 1 },
      { path: ['b'], before: 'x' },
    ]),
  ).toEqual({ a: [1, 2, 3], c: { d: 1 } })
  expect(applyEdits({ a: 'x' }, [{ path: ['a', 'b'], after: 1 }])).toEqual({ a: 'x' })
})
