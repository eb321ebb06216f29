import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root, runMortise } from './run-mortise.ts'

const world = join(root, 'tests/e2e/access/world.yaml')

const folder = mkdtempSync(join(tmpdir(), 'mortise-who-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Holder {
  readonly holder: string
  readonly verdict: string
  readonly mechanism: string
  readonly workloads: readonly string[]
}
interface Reached {
  readonly reaches: readonly {
    readonly caller: string
    readonly verdict: string
    readonly holders: readonly Holder[]
    readonly through: readonly { readonly caller: string; readonly assumes: string; readonly verdict: string }[]
  }[]
  readonly clusterSubjects: readonly { readonly text: string; readonly accounts: readonly string[]; readonly ways: readonly string[] }[]
  readonly outsiders: readonly { readonly text: string }[]
  readonly unread: readonly unknown[]
}

async function who(action: string, resource: string, ...more: readonly string[]): Promise<Reached> {
  const ran = await runMortise(['who-can', action, resource, world, ...more, '--format', 'json'])
  expect(ran.code, ran.stderr).toBe(0)
  return JSON.parse(ran.stdout) as Reached
}

describe('who-can', () => {
  it('finds service accounts, pods and nodes behind each role, and who acts as them', async () => {
    const found = await who('s3:GetObject', 'arn:aws:s3:::reports/a')
    expect(found.reaches.map(({ caller }) => caller)).toEqual(['role node', 'role reader'])
    expect(found.reaches[0]?.holders.map(({ holder }) => holder)).toEqual(['pod/host-1 in payments', 'node ip-10-0-0-1'])
    expect(found.reaches[1]?.holders).toMatchObject([
      { holder: 'sa/reader in payments', verdict: 'allow', mechanism: 'irsa', workloads: ['deploy/reader in payments'] },
    ])
    expect(found.clusterSubjects).toEqual([
      { text: 'group developers', cluster: 'prod', accounts: ['sa/reader in payments'], ways: ['create-pod'] },
    ])
    expect(found.unread).toEqual([])
  })
  it('resolves an alias and says on what it depends', async () => {
    const found = await who('kms:Decrypt', 'alias/payments')
    expect(found.reaches).toMatchObject([{ caller: 'role reader', verdict: 'unknown', because: 'depends on kms:ViaService' }])
    const given = await who('kms:Decrypt', 'alias/payments', '--set', 'kms:ViaService=secretsmanager.eu-west-1.amazonaws.com')
    expect(given.reaches).toMatchObject([{ caller: 'role reader', verdict: 'allow' }])
  })
  it('asks about an alias and its key where an operation needs both', async () => {
    const [alias, key] = ['arn:aws:kms:eu-west-1:111122223333:alias/payments', 'arn:aws:kms:eu-west-1:111122223333:key/1']
    const role = (name: string, resources: readonly string[]) => [
      '---',
      'kind: aws/iam/Role',
      `Arn: arn:aws:iam::111122223333:role/${name}`,
      `RoleName: ${name}`,
      'AttachedManagedPolicies: []',
      `RolePolicyList: [{ PolicyName: own, PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "kms:*", Resource: ${JSON.stringify(resources)} }] } }]`,
    ]
    const file = join(folder, 'aliases.yaml')
    const roles = [...role('keeper', [alias, key]), ...role('on-key', [key]), ...role('on-alias', [alias])]
    writeFileSync(file, [readFileSync(world, 'utf8'), ...roles, ''].join('\n'))
    const ran = await runMortise(['who-can', 'kms:DeleteAlias', 'alias/payments', file, '--format', 'json'])
    const found = JSON.parse(ran.stdout) as Reached & { readonly question: object }
    expect(found.question).toEqual({ action: 'kms:DeleteAlias', resource: alias, also: [key] })
    expect(found.reaches.map(({ caller, verdict }) => `${caller} ${verdict}`)).toEqual(['role keeper allow'])
    const drawn = await runMortise(['who-can', 'kms:UpdateAlias', 'alias/payments', file])
    expect(drawn.stdout).toContain(`who can kms:UpdateAlias on ${alias} and ${key}`)
    expect(drawn.stdout.replaceAll(/\s+/g, ' ')).toContain('the key that the alias moves to')
  })
  it('decides for the session of each holder, and follows who assumes the role', async () => {
    const written = await who('s3:PutObject', 'arn:aws:s3:::reports/payments/a')
    expect(written.reaches).toMatchObject([
      { caller: 'role writer', verdict: 'unknown', holders: [{ holder: 'sa/writer in payments', verdict: 'allow' }] },
    ])
    const archived = await who('s3:GetObject', 'arn:aws:s3:::archive/a')
    expect(archived.reaches).toMatchObject([
      { caller: 'role far', through: [{ caller: 'role hop', assumes: 'arn:aws:iam::444455556666:role/far', verdict: 'unknown' }] },
    ])
  })
  it('prints the way of each', async () => {
    const ran = await runMortise(['who-can', 's3:GetObject', 'arn:aws:s3:::reports/a', world])
    expect(ran.stdout).toMatch(/✓ role reader · statement Reports .*world\.yaml:\d+/)
    expect(ran.stdout).toMatch(/✓ sa\/reader in payments · by IRSA · deploy\/reader in payments/)
    expect(ran.stdout).toContain('2 roles and users, 3 holders in clusters')
  })
})

interface Identity {
  readonly services: readonly {
    readonly service: string
    readonly used?: { readonly is: string }
    readonly lost: readonly string[]
    readonly rows: readonly {
      readonly resource: string
      readonly verdict: string
      readonly actions: readonly string[]
      readonly depends: readonly string[]
    }[]
  }[]
}

describe('access', () => {
  it('lists by service and by what exists, and marks what is not used', async () => {
    const ran = await runMortise(['access', 'sa/payments/reader', world, '--format', 'json'])
    const [identity] = (JSON.parse(ran.stdout) as { readonly identities: readonly Identity[] }).identities
    const service = (name: string) => identity?.services.find(each => each.service === name)
    expect(service('secretsmanager')).toMatchObject({
      used: { is: 'used' },
      rows: [
        {
          resource: expect.stringContaining('secret:db-AbCdEf') as string,
          verdict: 'allow',
          actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        },
      ],
    })
    expect(service('s3')).toMatchObject({ used: { is: 'never' }, rows: [{ resource: 'arn:aws:s3:::reports/*', verdict: 'part' }] })
    expect(service('kms')?.rows[0]?.depends).toEqual(['kms:ViaService'])
    expect(service('ec2')).toMatchObject({ rows: [] })
    expect(service('ec2')?.lost.length).toBeGreaterThan(100)
  })
  it('prints a policy of what was used, proved', async () => {
    const ran = await runMortise(['access', '--minimal', 'sa/payments/reader', world, '--format', 'json'])
    expect(ran.code).toBe(0)
    const minimal = JSON.parse(ran.stdout) as {
      readonly isProved: boolean
      readonly document: { readonly Statement: readonly unknown[] }
      readonly lint: readonly string[]
    }
    expect(minimal).toMatchObject({ isProved: true, lint: [] })
    expect(minimal.document.Statement).toEqual([
      {
        Sid: 'Need1',
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-??????',
      },
      {
        Sid: 'Need2',
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
      },
    ])
  })
  it('prints the baseline of a known controller, proved', async () => {
    const ran = await runMortise(['access', '--minimal', 'sa/kube-system/cluster-autoscaler', world])
    expect(ran.code).toBe(0)
    for (const text of [
      'autoscaling:ResourceTag/kubernetes.io/cluster/prod',
      'baseline: Cluster Autoscaler',
      'proved: ',
      'adds: ec2:GetInstanceTypesFromInstanceRequirements',
      'takes away: ',
    ])
      expect(ran.stdout).toContain(text)
  })
  it('says what it lacks where nothing says what is needed', async () => {
    const ran = await runMortise(['access', '--minimal', 'sa/payments/writer', world])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('iam:GenerateServiceLastAccessedDetails')
  })
  const declared = join(root, 'tests/e2e/access/declared.yaml')
  const smallest = async (account: string) => {
    const ran = await runMortise(['access', '--minimal', account, declared, '--format', 'json'])
    expect(ran.code, ran.stderr).toBe(0)
    const minimal = JSON.parse(ran.stdout) as {
      readonly document: { readonly Statement: readonly { readonly Action: string | readonly string[]; readonly Resource: unknown }[] }
      readonly unread: readonly { readonly id?: string }[]
    }
    expect(minimal).toMatchObject({ isProved: true, lint: [] })
    return minimal
  }
  it('reads what is mounted: secrets, parameters, their keys, and both of the failover region', async () => {
    const { document, unread } = await smallest('sa/payments/app')
    const arn = (service: string, region: string, name: string) => `arn:aws:${service}:${region}:111122223333:${name}`
    const [db, replica, missing] = [
      'eu-west-1 secret:db-??????',
      'eu-north-1 secret:db-replica-??????',
      'eu-west-1 secret:unread-??????',
    ].map(text => arn('secretsmanager', ...(text.split(' ') as [string, string])))
    const key = arn('kms', 'eu-west-1', 'key/11111111-1111-1111-1111-111111111111')
    expect(document.Statement).toEqual([
      {
        Sid: 'Need1',
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: [db, missing, replica, arn('secretsmanager', 'eu-north-1', 'secret:unread-??????')],
      },
      {
        Sid: 'Need2',
        Effect: 'Allow',
        Action: 'ssm:GetParameters',
        Resource: ['eu-west-1', 'eu-north-1'].map(region => arn('ssm', region, 'parameter/shop/rates')),
      },
      {
        Sid: 'Need3',
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: key,
        Condition: {
          StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' },
          ArnLike: { 'kms:EncryptionContext:SecretARN': db },
        },
      },
    ])
    expect(unread.map(({ id }) => id)).toContain(arn('secretsmanager', 'eu-west-1', 'secret:unread'))
  })
  it('gives the EBS CSI driver the keys of its classes and volumes, and EC2 its grants alone', async () => {
    const { document } = await smallest('sa/kube-system/ebs-csi-controller-sa')
    const keys = ['22222222-2222-2222-2222-222222222222', '33333333-3333-3333-3333-333333333333']
    const Resource = keys.map(key => `arn:aws:kms:eu-west-1:111122223333:key/${key}`)
    expect(document.Statement.slice(-2)).toMatchObject([
      { Resource, Condition: { StringEquals: { 'kms:ViaService': 'ec2.eu-west-1.amazonaws.com' } } },
      { Action: 'kms:CreateGrant', Resource, Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
    ])
  })
  it('reads for the stores of External Secrets what is asked for through them, and assumes the role of those that have one', async () => {
    const { document, unread } = await smallest('sa/mail/reads-secrets')
    const Resource = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:mail/smtp-??????'
    expect(document.Statement).toMatchObject([
      { Action: 'secretsmanager:GetSecretValue', Resource },
      { Action: 'kms:Decrypt', Condition: { ArnLike: { 'kms:EncryptionContext:SecretARN': Resource } } },
      { Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: 'arn:aws:iam::111122223333:role/reads-parameters' },
    ])
    expect(document.Statement).toHaveLength(3)
    expect(unread.map(({ id }) => id)).toContain('mail/found')
  })
  it.each(['sa/karpenter/karpenter', 'sa/external-secrets/external-secrets'])('knows %s', async account => {
    const { document } = await smallest(account)
    const passed = document.Statement.filter(({ Action }) => [Action].flat().includes('iam:PassRole'))
    for (const { Resource } of passed) expect(Resource).toBe('arn:aws:iam::111122223333:role/KarpenterNodeRole-prod')
  })
})
