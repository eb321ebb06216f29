import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, runMortise } from './run-mortise.ts'

const world = join(root, 'tests/e2e/access/world.yaml')
const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf'
const isAnswer = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(root, 'docs/schemas/access.schema.json'), 'utf8')) as object,
)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortise-access-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The world with some of it changed. */
function changed(name: string, change: (text: string) => string): string {
  const file = join(folder, `${name}.yaml`)
  const before = readFileSync(world, 'utf8')
  const after = change(before)
  expect(after).not.toBe(before)
  writeFileSync(file, after)
  return file
}

interface Way {
  readonly mechanism: string
  readonly resource?: string
  readonly caller?: string
  readonly session: string
  readonly verdict: string
  readonly reason: string
  readonly decidedBy?: { readonly layer: string; readonly sid?: string }
  readonly missingLayer?: string
  readonly evidence: readonly { readonly place: { readonly line?: number } }[]
  readonly conditional: readonly { readonly key: string }[]
  readonly notRead: readonly string[]
  readonly path: readonly { readonly text: string }[]
  readonly counterfactual: readonly { readonly title: string; readonly changes: readonly { readonly risk: string }[] }[]
}
interface Answer {
  readonly verdict: string
  readonly answers: readonly Way[]
  readonly warnings: readonly string[]
}

const codes: Readonly<Record<string, number>> = { allow: 0, deny: 1, unknown: 3 }

async function ask(principal: string, action: string, resource: string, ...more: readonly string[]): Promise<Answer> {
  const paths = more.some(each => each.endsWith('.yaml')) ? [] : [world]
  const ran = await runMortise(['can', principal, action, resource, ...paths, ...more, '--format', 'json'])
  expect(ran.stdout, ran.stderr).not.toBe('')
  const answer = JSON.parse(ran.stdout) as Answer
  expect(isAnswer(answer), JSON.stringify(isAnswer.errors)).toBe(true)
  expect(ran.code).toBe(codes[answer.verdict])
  return answer
}

const cases: readonly (readonly [string, readonly [string, string, string, ...string[]], string, Partial<Way>])[] = [
  [
    'IRSA within a boundary',
    ['sa/payments/reader', 'secretsmanager:GetSecretValue', secret],
    'allow',
    { mechanism: 'irsa', caller: 'role reader', decidedBy: { layer: 'identity', sid: 'Secret' } as never },
  ],
  [
    'a deployment as its service account',
    ['deploy/payments/reader', 'secretsmanager:GetSecretValue', secret],
    'allow',
    { mechanism: 'irsa' },
  ],
  [
    'a service account that the role does not trust',
    ['sa/payments/stranger', 'secretsmanager:GetSecretValue', secret],
    'deny',
    { session: 'refused' },
  ],
  [
    'a condition on a key that nobody gave',
    ['sa/payments/reader', 'kms:Decrypt', 'alias/payments'],
    'unknown',
    { conditional: [expect.objectContaining({ key: 'kms:ViaService' })] as never },
  ],
  [
    'the same, given',
    ['sa/payments/reader', 'kms:Decrypt', 'alias/payments', '--set', 'kms:ViaService=secretsmanager.eu-west-1.amazonaws.com'],
    'allow',
    {},
  ],
  [
    'the same, absent',
    ['sa/payments/reader', 'kms:Decrypt', 'alias/payments', '--set', 'kms:ViaService=none'],
    'deny',
    { missingLayer: 'identity' },
  ],
  ['a pattern of which a part is denied', ['role/reader', 's3:GetObject', 'arn:aws:s3:::reports/*'], 'unknown', {}],
  [
    'the part that is denied',
    ['role/reader', 's3:GetObject', 'arn:aws:s3:::reports/secret/a'],
    'deny',
    { decidedBy: { layer: 'identity', sid: 'NotSecret' } as never },
  ],
  [
    'a boundary that is silent',
    ['role/reader', 'ec2:DescribeInstances', '*', '--set', 'aws:RequestedRegion=eu-west-1'],
    'deny',
    { missingLayer: 'boundary' },
  ],
  [
    'a guardrail of the organization',
    ['role/node', 'ec2:DescribeInstances', '*', '--set', 'aws:RequestedRegion=us-east-1'],
    'deny',
    { decidedBy: { layer: 'serviceControl', sid: 'OnlyEurope' } as never },
  ],
  [
    'session tags of Pod Identity',
    ['sa/payments/writer', 's3:PutObject', 'arn:aws:s3:::reports/payments/a'],
    'allow',
    { mechanism: 'pod-identity' },
  ],
  [
    'session tags of another namespace',
    ['sa/payments/writer', 's3:PutObject', 'arn:aws:s3:::reports/shop/a'],
    'deny',
    { missingLayer: 'identity' },
  ],
  ['a target role in another account', ['sa/payments/far', 's3:GetObject', 'arn:aws:s3:::archive/a'], 'allow', { caller: 'role far' }],
  [
    'the session policy of the association',
    ['sa/payments/far', 's3:PutObject', 'arn:aws:s3:::archive/a'],
    'deny',
    { missingLayer: 'session' },
  ],
  [
    'a pod that the hop limit keeps from its node',
    ['pod/payments/plain-1', 's3:GetObject', 'arn:aws:s3:::reports/a'],
    'deny',
    { mechanism: 'none', session: 'refused' },
  ],
  [
    'a pod in the network of its node',
    ['pod/payments/host-1', 's3:GetObject', 'arn:aws:s3:::reports/a'],
    'allow',
    { mechanism: 'node', caller: 'role node' },
  ],
  ['a node', ['node/ip-10-0-0-1', 's3:GetObject', 'arn:aws:s3:::reports/a'], 'allow', { caller: 'role node' }],
  ['a group of a user, across accounts', ['user/ann', 's3:GetObject', 'arn:aws:s3:::archive/a'], 'deny', { missingLayer: 'resource' }],
  [
    'a user of the cluster who may make pods',
    ['kubernetes-user/ann', 's3:GetObject', 'arn:aws:s3:::reports/a'],
    'allow',
    { caller: 'role reader' },
  ],
  ['a user of the cluster who may not', ['kubernetes-user/bob', 's3:GetObject', 'arn:aws:s3:::reports/a'], 'deny', { session: 'refused' }],
  ['a session by its ARN', ['arn:aws:sts::111122223333:assumed-role/reader/x', 'secretsmanager:GetSecretValue', secret], 'allow', {}],
  [
    'a service whose resource policies nobody reads',
    ['role/autoscaler', 'sqs:SendMessage', 'arn:aws:sqs:eu-west-1:111122223333:q'],
    'unknown',
    {},
  ],
]

describe('can', () => {
  it.each(cases)('decides %s', async (_name, question, verdict, way) => {
    const answer = await ask(...question)
    expect(answer.verdict, JSON.stringify(answer.answers, null, 1)).toBe(verdict)
    const { decidedBy, ...rest } = way
    expect(answer.answers[0]).toMatchObject(rest)
    if (decidedBy !== undefined) expect(answer.answers[0]?.decidedBy).toMatchObject(decidedBy)
  })
  it('points at the statement that decides, and at every step to it', async () => {
    const { answers } = await ask('sa/payments/reader', 'secretsmanager:GetSecretValue', secret)
    const line = answers[0]?.evidence[0]?.place.line ?? 0
    expect(readFileSync(world, 'utf8').split('\n')[line - 1]).toContain('Sid: Secret')
    expect(answers[0]?.path.map(({ text }) => text)).toEqual(['sa/reader in payments', 'IRSA', 'role reader'])
  })
  it('offers the smallest edit and says what it widens', async () => {
    const { answers } = await ask('sa/payments/writer', 's3:PutObject', 'arn:aws:s3:::reports/shop/a')
    const [heal] = answers[0]?.counterfactual ?? []
    expect(heal?.title).toContain('inline policy write of role writer')
    expect(heal?.changes[0]?.risk).toContain('arn:aws:s3:::reports/shop/a')
  })
  it('never takes for allowed what was not read', async () => {
    const kinds = [
      'aws/organizations/Target',
      'aws/iam/Policy',
      'aws/secretsmanager/Secret',
      'aws/ec2/VpcEndpoint',
      'aws/eks/PodIdentityAssociation',
      'aws/iam/OpenIDConnectProvider',
      'aws/eks/Cluster',
    ]
    for (const kind of kinds) {
      const file = changed(kind.replaceAll('/', '-'), text =>
        text
          .split('---\n')
          .filter(document => !document.startsWith(`kind: ${kind}\n`))
          .join('---\n')
          .replace(`  - ${kind}\n`, ''),
      )
      const answer = await ask('sa/payments/reader', 'secretsmanager:GetSecretValue', secret, file)
      expect(answer.verdict, kind).toBe('unknown')
      expect(answer.answers[0]?.notRead.join('\n'), kind).not.toBe('')
    }
  }, 60_000)
  it('denies for certain what a policy that was read denies, whatever else was not', async () => {
    const file = changed('deny', text =>
      text
        .replace('  - aws/organizations/Policy\n', '')
        .replace(/kind: aws\/iam\/Policy\nArn: arn:aws:iam::111122223333:policy\/team\n[\s\S]*?---\n/, '')
        .replace('  - aws/iam/Policy\n', ''),
    )
    const answer = await ask('role/reader', 's3:GetObject', 'arn:aws:s3:::reports/secret/a', file)
    expect(answer.verdict).toBe('deny')
  })
  it('reads the policy of the endpoint on the way', async () => {
    const endpoint = (policy: string) => (text: string) =>
      `${text}---\nkind: aws/ec2/VpcEndpoint\nArn: arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1\nVpcEndpointId: vpce-1\nVpcId: vpc-1\nServiceName: com.amazonaws.eu-west-1.secretsmanager\nVpcEndpointType: Interface\nPrivateDnsEnabled: true\nPolicyDocument: ${policy}\n`
    const open = changed('endpoint-open', endpoint('{ Statement: { Effect: Allow, Principal: "*", Action: "*", Resource: "*" } }'))
    const closed = changed(
      'endpoint-closed',
      endpoint('{ Statement: { Effect: Allow, Principal: "*", Action: "secretsmanager:ListSecrets", Resource: "*" } }'),
    )
    expect((await ask('sa/payments/reader', 'secretsmanager:GetSecretValue', secret, open)).verdict).toBe('allow')
    expect((await ask('sa/payments/reader', 'secretsmanager:GetSecretValue', secret, closed)).answers[0]).toMatchObject({
      verdict: 'deny',
      missingLayer: 'endpoint',
    })
  })
  it('answers from a snapshot as from the files', async () => {
    const snapshot = join(folder, 'snapshot.yaml')
    expect((await runMortise(['scan', world, '--save', snapshot])).code).toBeLessThan(2)
    for (const [, question, verdict] of cases.filter((_, index) => index % 4 === 0))
      expect((await ask(...question, snapshot)).verdict).toBe(verdict)
  }, 60_000)
  it('prints the verdict, the place, the reason and every layer', async () => {
    const ran = await runMortise(['can', 'sa/payments/reader', 'secretsmanager:GetSecretValue', secret, world, '--why'])
    expect(ran.code).toBe(0)
    for (const text of [
      'allow: sa/reader in payments',
      'Sid: Secret',
      '= because: allowed by statement Secret',
      '✓ permissions boundary',
      '– session policy',
    ])
      expect(ran.stdout).toContain(text)
  })
  it('warns of a resource that the action is not about', async () => {
    expect((await ask('role/reader', 's3:GetObject', 'arn:aws:s3:::reports')).warnings[0]).toContain('${ObjectName}')
    expect((await ask('role/reader', 'ec2:DescribeInstances', 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1')).warnings[0]).toContain(
      'takes no resource',
    )
  })
  it.each([
    [['user/ann', 's3:GetObjct', '*'], 's3:GetObject'],
    [['user/an', 's3:GetObject', '*'], 'user/ann'],
    [['sa/payments/readr', 's3:GetObject', '*'], 'sa/payments/reader'],
    [['somebody', 's3:GetObject', '*'], 'role/name'],
    [['user/ann', 's3', '*'], 's3:GetObject'],
    [['user/ann', 's3:GetObject', 'bucket'], 'neither an ARN'],
    [['user/ann', 'kms:Decrypt', 'alias/nothing'], 'alias/nothing'],
    [['user/ann', 's3:GetObject', '*', '--set', 'nothing'], 'key=value'],
    [['user/ann'], 'a principal, an action and a resource'],
  ])('refuses %j with the next step', async (args, says) => {
    const ran = await runMortise(['can', ...args, ...(args.length >= 3 ? [world] : [])])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain(says)
    expect(ran.stderr).not.toMatch(/^\s+at /m)
  })
})

describe('operations on aliases of keys', () => {
  const allowed = (resources: readonly string[]) =>
    changed(`aliases-${resources.length}`, text =>
      [
        text,
        '---',
        'kind: aws/iam/Role',
        'Arn: arn:aws:iam::111122223333:role/keeper',
        'RoleName: keeper',
        'AttachedManagedPolicies: []',
        `RolePolicyList: [{ PolicyName: own, PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "kms:*", Resource: ${JSON.stringify(resources)} }] } }]`,
        '',
      ].join('\n'),
    )
  const [alias, key] = ['arn:aws:kms:eu-west-1:111122223333:alias/payments', 'arn:aws:kms:eu-west-1:111122223333:key/1'] as const
  it('are asked about the alias and about its key, and need both', async () => {
    const both = await ask('role/keeper', 'kms:DeleteAlias', 'alias/payments', allowed([alias, key]))
    expect(both.answers.map(({ resource, verdict }) => [resource, verdict])).toEqual([
      [alias, 'allow'],
      [key, 'allow'],
    ])
    expect(both.verdict).toBe('allow')
    const half = await ask('role/keeper', 'kms:DeleteAlias', alias, allowed([key]))
    expect(half.answers.map(({ resource, verdict }) => [resource, verdict])).toEqual([
      [alias, 'deny'],
      [key, 'allow'],
    ])
    expect(half.verdict).toBe('deny')
    const drawn = await runMortise(['can', 'role/keeper', 'kms:DeleteAlias', 'alias/payments', allowed([key])])
    expect(drawn.stdout).toContain(`kms:DeleteAlias on\n  ${alias}`)
    expect(drawn.stdout).toContain('deny: it needs all of')
  })
  it('say what else they need where only one is named', async () => {
    const moved = await ask('role/keeper', 'kms:UpdateAlias', 'alias/payments', allowed([alias, key]))
    expect(moved.warnings.join()).toContain('the key that the alias moves to')
    const made = await ask('role/keeper', 'kms:CreateAlias', `${alias}-new`, allowed([`${alias}-new`]))
    expect(made).toMatchObject({ verdict: 'allow', warnings: [expect.stringContaining('also needs permission on its key') as string] })
    const onKey = await ask('role/keeper', 'kms:CreateAlias', key, allowed([key]))
    expect(onKey.warnings.join()).toContain('also needs permission on the alias')
  })
})
