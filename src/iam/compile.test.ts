import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compilePolicy, type PolicyKind } from './compile.ts'
import { decide } from './decide.ts'
import { explainPolicy } from './explain.ts'
import { duplicateKeys } from './duplicate-keys.ts'
import { healTrust } from './heal.ts'
import type { Request } from './request.ts'

const kinds: readonly PolicyKind[] = [
  'identity',
  'boundary',
  'session',
  'serviceControl',
  'resourceControl',
  'endpoint',
  'resource',
  'trust',
  'key',
]
const request: Request = {
  principal: { kind: 'roleSession', roleArn: 'arn:aws:iam::111122223333:role/r', sessionName: 's' },
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::b/a',
  resourceAccount: '111122223333',
  context: { 'a:b': 'c' },
}
const runs = Number(process.env['MORTISE_FUZZ_RUNS'] ?? 3000)

function codes(statement: unknown, kind: PolicyKind = 'identity') {
  return compilePolicy({ Version: '2012-10-17', Statement: statement }, kind).problems.map(
    problem => `${problem.path.join('.')} ${problem.code}`,
  )
}

describe('problems', () => {
  const good = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
  test.each<[string, unknown, PolicyKind, string[]]>([
    ['a sound statement', good, 'identity', []],
    ['no object', 'x', 'identity', ['Statement invalid-statement']],
    ['effect in lower case', { ...good, Effect: 'allow' }, 'identity', ['Statement.Effect invalid-effect']],
    ['both Action and NotAction', { ...good, NotAction: 's3:*' }, 'identity', ['Statement.NotAction invalid-action']],
    ['an action without a service', [{ ...good, Action: ['s3:*', 'GetObject'] }], 'identity', ['Statement.0.Action.1 invalid-action']],
    ['no resource', { Effect: 'Allow', Action: '*' }, 'identity', ['Statement missing-resource']],
    ['a resource that is no ARN', { ...good, Resource: 'bucket' }, 'identity', ['Statement.Resource invalid-resource']],
    ['a principal in an identity policy', { ...good, Principal: '*' }, 'identity', ['Statement.Principal forbidden-principal']],
    ['no principal in a resource policy', good, 'resource', ['Statement missing-principal']],
    ['an unknown kind of principal', { ...good, Principal: { Aws: '*' } }, 'resource', ['Statement.Principal.Aws invalid-principal']],
    ['no resource in a repository policy', { Effect: 'Allow', Principal: '*', Action: 'ecr:*' }, 'repository', []],
    ['no resource in a resource policy', { Effect: 'Allow', Principal: '*', Action: '*' }, 'resource', ['Statement missing-resource']],
    [
      'NotPrincipal in a trust policy',
      { Effect: 'Allow', NotPrincipal: '*', Action: 'sts:AssumeRole' },
      'trust',
      ['Statement.NotPrincipal forbidden-principal'],
    ],
    [
      'a resource in a trust policy',
      { ...good, Principal: '*', Action: 'sts:AssumeRole' },
      'trust',
      ['Statement.Resource forbidden-resource'],
    ],
    ['an unknown operator', { ...good, Condition: { StringEqual: {} } }, 'identity', ['Statement.Condition.StringEqual unknown-operator']],
    [
      'a condition value that is an object',
      { ...good, Condition: { StringEquals: { 'a:b': ['x', {}] } } },
      'identity',
      ['Statement.Condition.StringEquals.a:b.1 invalid-value'],
    ],
    ['an unknown element', { ...good, Conditions: {} }, 'identity', ['Statement.Conditions unknown-element']],
  ])('%s', (_, statement, kind, wanted) => expect(codes(statement, kind)).toEqual(wanted))

  test('an invalid Allow grants nothing, an invalid Deny is unknown where it may match', () => {
    const ask = (...statements: object[]) =>
      decide(request, { identity: [compilePolicy({ Version: '2012-10-17', Statement: statements }, 'identity')] }).answer
    const invalid = { Condition: { StringEqual: { 'a:b': 'c' } } }
    expect(ask({ ...good, ...invalid })).toBe('implicitDeny')
    expect(ask(good, { ...good, Effect: 'Deny', ...invalid })).toBe('unknown')
    expect(ask(good, { ...good, Effect: 'Deny', Action: 'ec2:*', ...invalid })).toBe('allow')
    expect(decide(request, { identity: [compilePolicy('x', 'identity')] }).answer).toBe('implicitDeny')
    expect(decide(request, { identity: [compilePolicy({ Statement: good }, 'identity'), compilePolicy('x', 'identity')] }).answer).toBe(
      'unknown',
    )
  })

  test('numbers and booleans count as text', () => {
    const policy = compilePolicy(
      { Statement: { ...good, Condition: { NumericEquals: { 'a:n': 1 }, Bool: { 'a:t': [true, 'x'] } } } },
      'identity',
    )
    expect(policy.problems).toEqual([])
    expect(decide({ ...request, context: { 'a:n': '1', 'a:t': 'true' } }, { identity: [policy] }).answer).toBe('allow')
  })
})

describe('any input', () => {
  const names = fc.constantFrom(
    'Version',
    'Statement',
    'Effect',
    'Action',
    'NotAction',
    'Resource',
    'NotResource',
    'Principal',
    'NotPrincipal',
    'Condition',
    'StringEquals',
    'ForAllValues:StringLike',
    'Null',
    'AWS',
    'Federated',
    'a:b',
    '__proto__',
    'constructor',
  )
  const leaves = fc.constantFrom<unknown>(
    'Allow',
    'Deny',
    '*',
    '2012-10-17',
    's3:*',
    's3:GetObject',
    'arn:aws:s3:::b/*',
    '${a:b}',
    "${a:b, 'x'}",
    '${',
    '${}',
    '',
    null,
    true,
    1,
    -0,
    [],
    {},
    '111122223333',
    'arn:aws:s3:::${a:b}',
    '\u0000',
    '\ud800',
  )
  const policyLike = fc.letrec<{ node: unknown }>(tie => ({
    node: fc.oneof(
      { maxDepth: 6, depthSize: 'medium' },
      leaves,
      fc.dictionary(names, tie('node'), { maxKeys: 4 }),
      fc.array(tie('node'), { maxLength: 3 }),
    ),
  })).node
  const anything = fc.oneof(
    { weight: 5, arbitrary: policyLike },
    { weight: 2, arbitrary: fc.record({ Version: fc.constant('2012-10-17'), Statement: fc.array(policyLike, { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: fc.anything() },
  )

  test('compiles, decides, explains and heals without throwing', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom(...kinds), (document, kind) => {
        const policy = compilePolicy(document, kind)
        decide(request, { identity: [policy], resource: [policy] })
        explainPolicy(request, policy)
        healTrust(
          {
            roleArn: request.resource,
            providerArn: 'arn:aws:iam::111122223333:oidc-provider/i',
            issuer: 'i',
            claims: { sub: 's', aud: 'a' },
          },
          policy,
        )
      }),
      { numRuns: runs },
    )
  }, 0)

  test('deep and huge documents', () => {
    let deep: unknown = 'x'
    for (let i = 0; i < 100_000; i++) deep = i % 2 === 0 ? [deep] : { Statement: deep }
    for (const kind of kinds) expect(compilePolicy(deep, kind).problems.length).toBeGreaterThan(0)
    expect(
      compilePolicy({ Statement: [{ Effect: 'Allow', Action: deep, Resource: deep, Principal: deep, Condition: deep }] }, 'resource')
        .problems.length,
    ).toBeGreaterThan(0)
    const many = {
      Version: '2012-10-17',
      Statement: Array.from({ length: 10_000 }, (_, i) => ({ Effect: 'Allow', Action: `s3:A${i}`, Resource: '*' })),
    }
    const start = performance.now()
    expect(decide({ ...request, action: 's3:A9999' }, { identity: [compilePolicy(many, 'identity')] }).decidedBy?.statement).toBe(9999)
    const long = '*a?'.repeat(300_000)
    expect(
      decide(request, {
        identity: [
          compilePolicy(
            {
              Statement: {
                Effect: 'Allow',
                Action: `s3:${long}`,
                Resource: `arn:aws:s3:::${long}`,
                Condition: { StringLike: { 'a:b': long } },
              },
            },
            'identity',
          ),
        ],
      }).answer,
    ).toBe('implicitDeny')
    expect(duplicateKeys('['.repeat(200_000))).toEqual([])
    expect(performance.now() - start).toBeLessThan(5000)
  })
})
