import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compilePolicy } from './compile.ts'
import { globsOverlap } from './glob-overlap.ts'
import { expandActions, lintPolicy } from './lint.ts'

const lint = async (statement: object) =>
  (await lintPolicy(compilePolicy({ Version: '2012-10-17', Statement: statement }, 'identity'))).map(({ code, path, suggestion }) => [
    code,
    path.slice(1).join('.'),
    suggestion,
  ])

describe('lint', () => {
  test.each<[string, object, unknown[]]>([
    [
      'nothing wrong',
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:List*'],
        Resource: 'arn:aws:s3:::b/*',
        Condition: { StringEquals: { 's3:ExistingObjectTag/a': 'b', 'aws:PrincipalTag/t': 'x' } },
      },
      [],
    ],
    [
      'types of other services',
      {
        Effect: 'Allow',
        Action: 'ec2:RunInstances',
        Resource: 'arn:aws:resource-groups:*:*:group/a',
        Condition: { StringEquals: { 'ec2:Region': 'x' } },
      },
      [],
    ],
    ['a typo in an action', { Effect: 'Allow', Action: ['s3:GetObjet'], Resource: '*' }, [['unknown-action', 'Action.0', 's3:GetObject']]],
    [
      'a typo in a service',
      { Effect: 'Allow', Action: 'secretmanager:GetSecretValue', Resource: '*' },
      [['unknown-service', 'Action', 'secretsmanager:GetSecretValue']],
    ],
    [
      'a pattern that stands for nothing',
      { Effect: 'Allow', Action: 's3:Frobnicate*', Resource: '*' },
      [['unknown-action', 'Action', undefined]],
    ],
    [
      'a bucket where an object is meant',
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b' },
      [['resource-mismatch', 'Resource', undefined]],
    ],
    [
      'an action that takes no resource',
      { Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: 'arn:aws:ec2:*:*:instance/*' },
      [['resource-ignored', 'Resource', '*']],
    ],
    [
      'a key that AWS does not have',
      { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Condition: { StringEquals: { 'aws:PrincipalOrgId2': 'o' } } },
      [['unknown-condition-key', 'Condition.StringEquals.aws:PrincipalOrgId2', 'aws:PrincipalOrgID']],
    ],
    [
      'a key that the action does not set',
      { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Condition: { StringEquals: { 'kms:ViaService': 'x' } } },
      [['condition-key-not-set', 'Condition.StringEquals.kms:ViaService', undefined]],
    ],
    [
      'a key of several values',
      { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Condition: { StringEquals: { 'aws:TagKeys': 'x' } } },
      [['set-operator-missing', 'Condition.StringEquals.aws:TagKeys', undefined]],
    ],
    [
      'claims of an identity provider',
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRoleWithWebIdentity',
        Resource: '*',
        Condition: { StringEquals: { 'oidc.eks.eu-west-1.amazonaws.com/id/E:sub': 'x' } },
      },
      [],
    ],
  ])('%s', async (_, statement, wanted) => expect(await lint(statement)).toEqual(wanted))

  test('expands patterns', async () => {
    expect(await expandActions('secretsmanager:get*value')).toEqual(
      ['secretsmanager:BatchGetSecretValue', 'secretsmanager:GetSecretValue'].filter(name => /:get/i.test(name)),
    )
    expect((await expandActions('sts:*')).length).toBeGreaterThan(5)
    expect(await expandActions('nothing:*')).toEqual([])
  })
})

test('patterns overlap when some text fits both', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 5 }).map(list => list.join(''))
  const texts = ['']
  for (let i = 0; i < texts.length && texts.length < 2000; i++) texts.push(`${texts[i]}a`, `${texts[i]}b`)
  const fits = (pattern: string, text: string): boolean => {
    if (pattern === '') return text === ''
    if (pattern[0] === '*') return fits(pattern.slice(1), text) || (text !== '' && fits(pattern, text.slice(1)))
    return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && fits(pattern.slice(1), text.slice(1))
  }
  fc.assert(
    fc.property(letters, letters, (a, b) => {
      expect(globsOverlap(a, b)).toBe(texts.some(text => fits(a, text) && fits(b, text)))
    }),
    { numRuns: 400 },
  )
})
