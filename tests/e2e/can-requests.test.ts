import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, runMortise } from './run-mortise.ts'

const schema = (name: string): object => JSON.parse(readFileSync(join(root, `docs/schemas/${name}.schema.json`), 'utf8')) as object
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const isRequest = ajv.compile(schema('request'))
const isDecision = ajv.compile(schema('decision'))

const allow = (more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Sid: 'Read', Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*', ...more }],
})
const deny = (more: object = {}) => ({ Version: '2012-10-17', Statement: { Effect: 'Deny', Action: 's3:*', Resource: '*', ...more } })
const full = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const read = {
  principal: 'arn:aws:iam::111122223333:role/reader',
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::reports/a.csv',
  resourceAccount: '111122223333',
}
const viaEndpoint = { Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } }
const provider = 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE'
const trust = (claim: string, value: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: provider },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:${claim}`]: value } },
    },
  ],
})
const token = {
  principal: { federated: provider, claims: { sub: 'system:serviceaccount:payments:reader', aud: 'sts.amazonaws.com' } },
  action: 'sts:AssumeRoleWithWebIdentity',
  resource: 'arn:aws:iam::111122223333:role/reader',
}

interface Answer {
  readonly id?: string | number
  readonly decision?: string
  readonly conditional?: readonly { readonly key: string; readonly operator: string; readonly values: readonly string[] }[]
  readonly decidedBy?: {
    readonly layer: string
    readonly policy: number
    readonly statement: number
    readonly level?: number
    readonly sid?: string
  }
  readonly missingLayer?: string
  readonly line?: number
  readonly error?: string
  readonly problems?: readonly { readonly message: string }[]
  readonly notRead?: readonly string[]
}

async function answers(lines: readonly unknown[], code = 0): Promise<readonly Answer[]> {
  const text = lines.map(line => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  const ran = await runMortise(['can', '--requests', '-', '--format', 'ndjson'], { stdin: text })
  expect(ran.code, ran.stderr).toBe(code)
  const found = ran.stdout
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Answer)
  for (const answer of found) expect(isDecision(answer), JSON.stringify([answer, isDecision.errors])).toBe(true)
  return found
}

const cases: readonly (readonly [string, object, Partial<Answer>])[] = [
  [
    'an identity policy that allows',
    { ...read, policies: { identity: [allow()] } },
    { decision: 'allow', decidedBy: { layer: 'identity', policy: 0, statement: 0, sid: 'Read' } },
  ],
  ['a document as JSON text', { ...read, policies: { identity: [JSON.stringify(allow())] } }, { decision: 'allow' }],
  ['a document without its list', { ...read, policies: { identity: allow() } }, { decision: 'allow' }],
  ['no policy at all', read, { decision: 'implicitDeny', missingLayer: 'identity' }],
  [
    'a boundary that is silent',
    { ...read, policies: { identity: [allow()], boundary: allow({ Action: 's3:PutObject' }) } },
    { decision: 'implicitDeny', missingLayer: 'boundary' },
  ],
  [
    'a session policy that is silent',
    { ...read, policies: { identity: [allow()], session: [allow({ Action: 's3:PutObject' })] } },
    { decision: 'implicitDeny', missingLayer: 'session' },
  ],
  [
    'a deny at the second level of the organization',
    { ...read, policies: { identity: [allow()], serviceControl: [[full], [full, deny()]] } },
    { decision: 'explicitDeny', decidedBy: { layer: 'serviceControl', level: 1, policy: 1, statement: 0 } },
  ],
  [
    'a level without an allow',
    { ...read, policies: { identity: [allow()], serviceControl: [[full], []] } },
    { decision: 'implicitDeny', missingLayer: 'serviceControl' },
  ],
  [
    'the management account',
    { ...read, managementAccount: '111122223333', policies: { identity: [allow()], serviceControl: [[full], []] } },
    { decision: 'allow' },
  ],
  [
    'a resource control policy',
    { ...read, policies: { identity: [allow()], resourceControl: [[deny({ Principal: '*' })]] } },
    { decision: 'explicitDeny' },
  ],
  [
    'an endpoint policy',
    { ...read, policies: { identity: [allow()], endpoint: allow({ Principal: '*', Action: 's3:ListBucket' }) } },
    { decision: 'implicitDeny', missingLayer: 'endpoint' },
  ],
  [
    'another account without its policy',
    { ...read, resourceAccount: '444455556666', policies: { identity: [allow()] } },
    { decision: 'implicitDeny', missingLayer: 'resource' },
  ],
  [
    'another account with its policy',
    {
      ...read,
      resourceAccount: '444455556666',
      policies: { identity: [allow()], resource: allow({ Principal: { AWS: '111122223333' } }) },
    },
    { decision: 'allow' },
  ],
  [
    'a layer that nobody read',
    { ...read, policies: { identity: [allow()], boundary: 'unread' } },
    { decision: 'unknown', notRead: ['boundary was not read'] },
  ],
  [
    'a condition on a key that is there',
    { ...read, context: { 'AWS:sourcevpce': 'vpce-1' }, policies: { identity: [allow(viaEndpoint)] } },
    { decision: 'allow', conditional: [] },
  ],
  [
    'a key with several values',
    {
      ...read,
      context: { 'aws:TagKeys': ['a', 'b'] },
      policies: { identity: [allow({ Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b', 'c'] } } })] },
    },
    { decision: 'allow' },
  ],
  [
    'a number in the context',
    {
      ...read,
      context: { 's3:max-keys': 10 },
      policies: { identity: [allow({ Condition: { NumericLessThan: { 's3:max-keys': '11' } } })] },
    },
    { decision: 'allow' },
  ],
  [
    'the principal of the name',
    { ...read, policies: { identity: [allow({ Condition: { ArnEquals: { 'aws:PrincipalArn': read.principal } } })] } },
    { decision: 'allow' },
  ],
  [
    'a user name as a variable',
    {
      ...read,
      principal: 'arn:aws:iam::111122223333:user/ann',
      resource: 'arn:aws:s3:::reports/ann/a',
      policies: { identity: [allow({ Resource: 'arn:aws:s3:::reports/${aws:username}/*' })] },
    },
    { decision: 'allow' },
  ],
  [
    'a session that the bucket names',
    {
      ...read,
      principal: 'arn:aws:sts::111122223333:assumed-role/reader/one',
      policies: { resource: allow({ Principal: { AWS: 'arn:aws:sts::111122223333:assumed-role/reader/one' } }) },
    },
    { decision: 'allow' },
  ],
  [
    'a service',
    {
      ...read,
      principal: 'pods.eks.amazonaws.com',
      action: 'sts:AssumeRole',
      resource: token.resource,
      policies: {
        resource: {
          Statement: { Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
        },
      },
    },
    { decision: 'allow' },
  ],
  [
    'a grant',
    {
      ...read,
      action: 'kms:Decrypt',
      resource: 'arn:aws:kms:eu-west-1:111122223333:key/1',
      policies: {
        grants: [{ GranteePrincipal: read.principal, Operations: ['Decrypt'] }],
        resource: { Version: '2012-10-17', Statement: [] },
      },
    },
    { decision: 'allow', decidedBy: { layer: 'grant', policy: 0, statement: 0 } },
  ],
  [
    'a key whose policy, which every key has, was not given',
    {
      ...read,
      action: 'kms:Decrypt',
      resource: 'arn:aws:kms:eu-west-1:111122223333:key/1',
      policies: { identity: [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }] },
    },
    { decision: 'unknown' },
  ],
  [
    'a token that is trusted',
    { ...token, policies: { resource: trust('sub', 'system:serviceaccount:payments:reader') } },
    { decision: 'allow', decidedBy: { layer: 'resource', policy: 0, statement: 0 } },
  ],
  [
    'a token that is not',
    { ...token, policies: { resource: trust('sub', 'system:serviceaccount:payments:writer') } },
    { decision: 'implicitDeny', missingLayer: 'resource' },
  ],
]

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortise-can-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a batch of requests', () => {
  it('answers every line as AWS documents it, in order', async () => {
    for (const [name, line] of cases) expect(isRequest(line), `${name}: ${JSON.stringify(isRequest.errors)}`).toBe(true)
    const found = await answers(cases.map(([id, line]) => ({ id, ...line })))
    expect(found.map(answer => answer.id)).toEqual(cases.map(([id]) => id))
    cases.forEach(([name, , expected], index) => expect(found[index], name).toMatchObject(expected))
  })
  it('names the conditions that would flip the answer', async () => {
    const [missing, limited] = await answers([
      { ...read, policies: { identity: [allow(viaEndpoint)] } },
      { ...read, policies: { identity: [allow(), deny({ Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-9' } } })] } },
    ])
    expect(missing).toMatchObject({
      decision: 'implicitDeny',
      conditional: [{ key: 'aws:SourceVpce', operator: 'StringEquals', values: ['vpce-1'], effect: 'Allow' }],
    })
    expect(limited).toMatchObject({ decision: 'allow', conditional: [{ key: 'aws:SourceVpc', values: ['vpc-9'], effect: 'Deny' }] })
  })
  it('answers a bad line with its error, the others all the same, and ends with 2', async () => {
    const bad: readonly (readonly [unknown, string])[] = [
      ['{"id":"x"', 'not JSON'],
      ['[]', 'not a JSON object'],
      [{ id: 'x', ...read, principal: 'nobody' }, 'nobody'],
      [{ id: 'x', ...read, action: 's3' }, 'service:Operation'],
      [{ id: 'x', ...read, action: 's3:Get*' }, 'service:Operation'],
      [{ id: 'x', ...read, resource: 'bucket' }, 'neither an ARN'],
      [{ id: 'x', ...read, polices: {} }, 'did you mean policies'],
      [{ id: 'x', ...read, policies: { identitty: [] } }, 'did you mean policies.identity'],
      [{ id: 'x', ...read, policies: { identity: [7] } }, 'neither a policy document'],
      [{ id: 'x', ...read, policies: { identity: ['{'] } }, 'not JSON'],
      [{ id: 'x', ...read, policies: { serviceControl: {} } }, 'list of levels'],
      [{ id: 'x', ...read, context: { 'aws:SourceVpce': {} } }, 'aws:SourceVpce'],
      [{ id: 'x', ...read, resourceAccount: 111122223333 }, 'twelve digits'],
      [{ id: {}, ...read }, 'id is neither'],
    ]
    const good = { id: 'good', ...read, policies: { identity: [allow()] } }
    const found = await answers([...bad.flatMap(([line]) => [line, good]), ''], 2)
    expect(found).toHaveLength(bad.length * 2)
    bad.forEach(([, message], index) => {
      expect(found[index * 2]?.error).toContain(message)
      expect(found[index * 2]?.line).toBe(index * 2 + 1)
      expect(found[index * 2 + 1]).toMatchObject({ id: 'good', decision: 'allow' })
    })
  })
  it('says what AWS would refuse in a document', async () => {
    const twice =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"a:b":"1"},"StringEquals":{"a:c":"1"}}}]}'
    const [typo, repeated] = await answers([
      { ...read, policies: { identity: [allow(), deny({ Condition: { StringEqual: { a: 'b' } } })] } },
      { ...read, policies: { identity: [twice] } },
    ])
    expect(typo).toMatchObject({ decision: 'unknown', problems: [{ message: expect.stringContaining('StringEqual') as string }] })
    expect(repeated?.problems?.[0]?.message).toContain('StringEquals stands twice')
  })
  it('reads files, CRLF, a byte order mark, blank lines and a last line without its end', async () => {
    const file = join(folder, 'requests.ndjson')
    const line = JSON.stringify({ id: 'é\u2028', ...read, policies: { identity: [allow()] } })
    writeFileSync(file, `\ufeff${line}\r\n\r\n   \n${line}`)
    const ran = await runMortise(['can', '--requests', file])
    expect(ran.code, ran.stderr).toBe(0)
    expect(
      ran.stdout
        .split('\n')
        .slice(0, -1)
        .map(text => (JSON.parse(text) as Answer).id),
    ).toEqual(['é\u2028', 'é\u2028'])
  })
  it('answers nothing for nothing', async () => expect(await answers([])).toEqual([]))
  it('refuses what does not go with it', async () => {
    for (const [args, says] of [
      [['can', 'role/x', '--requests', '-'], 'leave out role/x'],
      [['can', '--requests', '-', '--format', 'json'], 'ndjson'],
      [['can', '--requests', '-', '--from', 'world-of-nobody.yaml'], 'world-of-nobody.yaml'],
      [['can', '--requests', join(folder, 'nowhere')], 'nowhere'],
      [['can', '--requests', folder], 'folder'],
    ] as const) {
      const ran = await runMortise(args)
      expect(ran.code).toBe(2)
      expect(ran.stderr).toContain(says)
      expect(ran.stderr).not.toMatch(/^\s+at /m)
    }
  })
  it('takes no more memory for thirty thousand lines than its pieces need', async () => {
    const line = (id: number) =>
      `${JSON.stringify({ id, ...read, resource: `arn:aws:s3:::reports/${id}`, policies: { identity: [allow({ Sid: `S${id}` })], boundary: full } })}\n`
    const file = join(folder, 'many.ndjson')
    writeFileSync(file, Array.from({ length: 30_000 }, (_, id) => line(id)).join(''))
    // 48 MiB for everything that lives longer than one answer; requests and answers together have that alone.
    const ran = await runMortise(['can', '--requests', file], { env: { NODE_OPTIONS: '--max-old-space-size=48' } })
    expect(ran.code, ran.stderr).toBe(0)
    const ids = ran.stdout
      .split('\n')
      .slice(0, -1)
      .map(text => (JSON.parse(text) as Answer).id)
    expect(ids).toEqual(Array.from({ length: 30_000 }, (_, id) => id))
  }, 120_000)
})
