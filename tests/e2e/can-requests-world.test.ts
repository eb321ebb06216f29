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

interface Answer {
  readonly id?: string
  readonly decision?: string
  readonly by?: string
  readonly error?: string
  readonly reason?: string
  readonly notRead?: readonly string[]
  readonly identities?: readonly { readonly mechanism: string; readonly decision: string; readonly roleArn?: string }[]
}

const shop = 'examples/shop'
const folder = mkdtempSync(join(tmpdir(), 'mortise-requests-'))
const snapshot = join(folder, 'world.yaml')
beforeAll(async () => {
  const ran = await runMortise(['scan', shop, '--save', snapshot])
  expect(ran.code, ran.stderr).toBe(1)
})
afterAll(() => rmSync(folder, { recursive: true }))

async function answers(lines: readonly object[], ...world: readonly string[]): Promise<readonly Answer[]> {
  for (const line of lines) expect(isRequest(line), JSON.stringify([line, isRequest.errors])).toBe(true)
  const file = join(folder, 'requests.ndjson')
  writeFileSync(file, lines.map(line => JSON.stringify(line)).join('\n'))
  const ran = await runMortise(['can', '--requests', file, ...world])
  const found = ran.stdout
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Answer)
  expect(found.length, ran.stderr).toBe(lines.length)
  expect(ran.code, ran.stderr).toBe(found.some(answer => answer.error !== undefined) ? 2 : 0)
  for (const answer of found) expect(isDecision(answer), JSON.stringify([answer, isDecision.errors])).toBe(true)
  return found
}

const web = 'arn:aws:iam::111122223333:role/shop-web'
const object = 'arn:aws:s3:::partner-exports/q3.csv'
const policy = (Effect: string, Action: string, Resource = '*') => ({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource }] })
const everyone = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }

const questions = [
  { id: 'web', principal: 'sa/shop/web', action: 's3:GetObject', resource: object },
  { id: 'search', principal: 'sa/shop/search', action: 'kms:Decrypt', resource: 'alias/payments' },
  {
    id: 'checkout',
    principal: 'sa/orders/checkout',
    action: 'secretsmanager:GetSecretValue',
    resource: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x-AbCdEf',
  },
  { id: 'ledger', principal: 'sa/payments/ledger', action: 'kms:Decrypt', resource: 'alias/payments' },
  { id: 'partner', principal: 'sa/payments/partner-sync', action: 's3:GetObject', resource: object },
]

describe('can --requests with a world', () => {
  it('answers what can answers, and the snapshot of the world as the files do', async () => {
    const found = await answers(questions, shop)
    expect(found.map(({ id, decision }) => [id, decision])).toEqual([
      ['web', 'allow'],
      ['search', 'implicitDeny'],
      ['checkout', 'explicitDeny'],
      ['ledger', 'implicitDeny'],
      ['partner', 'unknown'],
    ])
    expect(found[0]?.identities).toMatchObject([{ mechanism: 'irsa', decision: 'allow' }])
    expect(found[3]?.reason).toContain('it gets no AWS session')
    expect(await answers(questions, snapshot)).toEqual(found)
    const words: Readonly<Record<string, string>> = { allow: 'allow', explicitDeny: 'deny', implicitDeny: 'deny', unknown: 'unknown' }
    for (const [index, { principal, action, resource }] of questions.entries()) {
      const ran = await runMortise(['can', principal, action, resource, shop, '--format', 'json'])
      expect((JSON.parse(ran.stdout) as { readonly verdict: string }).verdict, principal).toBe(words[found[index]?.decision ?? ''])
    }
  }, 60_000)
  it('replaces layer by layer what the world says', async () => {
    const [own, ownNone, boundary, bucket, control, unread, elsewhere] = await answers(
      [
        { ...questions[0], policies: { identity: policy('Allow', 's3:GetObject', object) } },
        { ...questions[0], policies: { identity: [] } },
        { ...questions[0], policies: { boundary: policy('Allow', 'ec2:*') } },
        { ...questions[0], policies: { resource: [] } },
        { ...questions[0], policies: { serviceControl: [[policy('Allow', '*'), policy('Deny', 's3:*')]] } },
        { ...questions[0], policies: { boundary: 'unread' } },
        { ...questions[4], principal: 'arn:aws:iam::111122223333:role/of-nobody', policies: { identity: policy('Allow', '*') } },
      ],
      shop,
    )
    expect(own).toMatchObject({ decision: 'allow' })
    expect(ownNone).toMatchObject({ decision: 'implicitDeny', missingLayer: 'identity' })
    expect(boundary).toMatchObject({ decision: 'implicitDeny', missingLayer: 'boundary' })
    expect(bucket).toMatchObject({ decision: 'implicitDeny', missingLayer: 'resource' })
    expect(control).toMatchObject({ decision: 'explicitDeny', decidedBy: { layer: 'serviceControl', level: 0, policy: 1, statement: 0 } })
    expect(unread).toMatchObject({ decision: 'unknown' })
    expect(unread?.notRead?.join()).toContain('boundary')
    expect(elsewhere).toMatchObject({ decision: 'implicitDeny', missingLayer: 'resource' })
  })
  it('takes a condition key that nobody gives as open, and one that the line gives as given', async () => {
    const limited = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } },
    }
    const asked = { ...questions[0], policies: { identity: limited } }
    // Nobody reads with which program a pod will ask.
    const byAgent = { ...limited, Statement: { ...limited.Statement, Condition: { StringEquals: { 'aws:UserAgent': 'app' } } } }
    const through = { 'aws:SourceVpce': 'vpce-1' }
    const [open, stranger, given, absent] = await answers(
      [
        { ...asked, policies: { identity: byAgent } },
        { ...asked, context: through },
        { ...asked, context: through, policies: { identity: limited, endpoint: { ...policy('Allow', '*'), Statement: everyone } } },
        { ...asked, context: { 'aws:SourceVpce': null } },
      ],
      shop,
    )
    expect(open?.decision).toBe('unknown')
    // Nobody read the policy of that endpoint.
    expect(stranger?.decision).toBe('unknown')
    expect(given?.decision).toBe('allow')
    expect(absent?.decision).toBe('implicitDeny')
  })
  it('answers a token by the trust policy of the world', async () => {
    const world = readFileSync(join(root, shop, 'aws/cluster.yaml'), 'utf8')
    const issuer = /issuer: https:\/\/(\S+)/.exec(world)?.[1] ?? ''
    const ask = (sub: string) => ({
      principal: { federated: `arn:aws:iam::111122223333:oidc-provider/${issuer}`, claims: { sub, aud: 'sts.amazonaws.com' } },
      action: 'sts:AssumeRoleWithWebIdentity',
      resource: web,
    })
    const [right, wrong] = await answers([ask('system:serviceaccount:shop:web'), ask('system:serviceaccount:shop:other')], shop)
    expect(right).toMatchObject({ decision: 'allow' })
    expect(wrong).toMatchObject({ decision: 'implicitDeny', missingLayer: 'resource' })
  })
  it('says of whom the world has none, and what does not go together', async () => {
    const [nobody] = await answers([{ ...questions[0], principal: 'sa/shop/nobody' }], shop)
    expect(nobody?.error).toContain('sa/shop/nobody')
    for (const [args, says] of [
      [['can', '--requests', '-', '-'], 'standard input cannot be both'],
      [['can', '--requests', '-', 'role/x', shop], 'leave out role/x'],
      [['can', '--requests', '-', 'nowhere.yaml'], 'nowhere.yaml'],
    ] as const) {
      const ran = await runMortise(args)
      expect(ran.code).toBe(2)
      expect(ran.stderr).toContain(says)
    }
  })
})
