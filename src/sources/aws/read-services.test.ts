import { expect, test } from 'vitest'
import type { AwsKind } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import { error, json, jsonError, plainXml, stubAws, stubEnvironment, unknownCall, type Answer } from '../../../tests/sources/stub-aws.ts'
import { readAws, type ReadAwsOptions } from './read.ts'
import type { Wanted } from './wanted.ts'

stubEnvironment()

const account = '111122223333'
const here = { account, region: 'eu-west-1' }

async function read(kinds: readonly AwsKind[], wanted: Partial<Wanted> = {}, options: Partial<ReadAwsOptions> = {}) {
  const gathered = await readAws({ kinds, clusters: [], wanted: { roleArns: [], ...wanted }, ...options })
  return { gathered, world: new World(gathered) }
}

const ec2Arn = (type: string, id: string) => `arn:aws:ec2:eu-west-1:${account}:${type}/${id}`
const volume = (id: string, more = '') => `<item><volumeId>${id}</volumeId><encrypted>false</encrypted>${more}</item>`

test('volumes of the whole region, by id, by PersistentVolume and by instance', async () => {
  const kind = 'aws/ec2/Volume'
  const tags = '<tagSet><item><key>kubernetes.io/created-for/pv/name</key><value>pvc-1</value></item></tagSet>'
  const attached = '<attachmentSet><item><instanceId>i-1</instanceId><status>attached</status></item></attachmentSet>'
  const calls = await stubAws(({ parameters }) =>
    plainXml(
      'DescribeVolumesResponse',
      parameters.has('NextToken')
        ? `<volumeSet>${volume('vol-2')}</volumeSet>`
        : `<volumeSet>${volume('vol-1', tags + attached)}</volumeSet><nextToken>t</nextToken>`,
    ),
  )
  const { world } = await read([kind])
  expect(calls[1]?.parameters.get('MaxResults')).toBe('500')
  expect(world.where(kind, 'persistentVolume', 'pvc-1', here).map(({ id }) => id)).toEqual([ec2Arn('volume', 'vol-1')])
  expect(world.where(kind, 'instance', 'i-1', here)).toHaveLength(1)
  expect(world.where(kind, 'volumeId', 'vol-2', here)[0]?.body).toEqual({
    Arn: ec2Arn('volume', 'vol-2'),
    VolumeId: 'vol-2',
    Encrypted: false,
  })
  expect(world.find(kind, ec2Arn('volume', 'vol-3'))).toBeUndefined()
})

test('snapshots: only the own ones are asked for; a refusal in the middle leaves what was seen, and the rest unread', async () => {
  const kind = 'aws/ec2/Snapshot'
  const calls = await stubAws(({ parameters }) =>
    parameters.has('NextToken')
      ? error('UnauthorizedOperation')
      : plainXml(
          'DescribeSnapshotsResponse',
          '<snapshotSet><item><snapshotId>snap-1</snapshotId><volumeId>vol-1</volumeId></item></snapshotSet><nextToken>t</nextToken>',
        ),
  )
  const { world } = await read([kind])
  expect(calls[1]?.parameters.get('Owner.1')).toBe('self')
  expect(world.find(kind, ec2Arn('snapshot', 'snap-1'))?.body.VolumeId).toBe('vol-1')
  expect(() => world.where(kind, 'volume', 'vol-1', here)).toThrow('access denied to ec2:DescribeSnapshots')
})

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html: of a list of restorable users, `all` stands for public snapshots.
test('snapshots: which of the own ones anyone may restore; unsaid where that is refused', async () => {
  const kind = 'aws/ec2/Snapshot'
  const snapshots = (...ids: string[]) =>
    plainXml(
      'DescribeSnapshotsResponse',
      `<snapshotSet>${ids.map(id => `<item><snapshotId>${id}</snapshotId></item>`).join('')}</snapshotSet>`,
    )
  let open = snapshots('snap-2')
  const calls = await stubAws(({ parameters }) => (parameters.get('RestorableBy.1') === 'all' ? open : snapshots('snap-1', 'snap-2')))
  const body = (world: World, id: string) => world.find(kind, ec2Arn('snapshot', id))?.body
  const { world } = await read([kind])
  expect(calls.slice(1).map(({ parameters }) => [parameters.get('Owner.1'), parameters.get('RestorableBy.1')])).toEqual([
    ['self', null],
    ['self', 'all'],
  ])
  expect(world.list(kind, here).map(each => each.body.RestorableByAll)).toEqual([false, true])
  open = error('UnauthorizedOperation')
  const half = await read([kind])
  expect(body(half.world, 'snap-2')).toEqual({ Arn: ec2Arn('snapshot', 'snap-2'), SnapshotId: 'snap-2' })
  expect(() => half.world.list(kind, here)).toThrow('access denied to ec2:DescribeSnapshots')
})

test('encryption by default: one for the region; half of it refused is half unread', async () => {
  const kind = 'aws/ec2/EbsEncryptionByDefault'
  const key = plainXml('GetEbsDefaultKmsKeyIdResponse', '<kmsKeyId>alias/aws/ebs</kmsKeyId>')
  const answers: Record<string, Answer> = {
    'ec2:GetEbsEncryptionByDefault': plainXml(
      'GetEbsEncryptionByDefaultResponse',
      '<ebsEncryptionByDefault>false</ebsEncryptionByDefault>',
    ),
    'ec2:GetEbsDefaultKmsKeyId': key,
  }
  await stubAws(({ name }) => answers[name] ?? unknownCall)
  const { world } = await read([kind])
  expect(world.list(kind, here).map(({ body }) => body)).toEqual([
    { Id: `${account}:eu-west-1`, EbsEncryptionByDefault: false, KmsKeyId: 'alias/aws/ebs' },
  ])
  answers['ec2:GetEbsEncryptionByDefault'] = error('UnauthorizedOperation')
  const half = await read([kind])
  expect(half.world.find(kind, `${account}:eu-west-1`)?.body).toEqual({ Id: `${account}:eu-west-1`, KmsKeyId: 'alias/aws/ebs' })
  expect(() => half.world.list(kind, here)).toThrow('access denied to ec2:GetEbsEncryptionByDefault')
  answers['ec2:GetEbsDefaultKmsKeyId'] = error('UnauthorizedOperation')
  const none = await read([kind])
  expect(none.gathered.resources).toEqual([])
  expect(none.gathered.unread.map(({ settle }) => settle)).toMatchObject([
    { action: 'ec2:GetEbsEncryptionByDefault' },
    { action: 'ec2:GetEbsDefaultKmsKeyId' },
  ])
})

const parameterArn = (name: string) => `arn:aws:ssm:eu-west-1:${account}:parameter/${name}`

test('parameters: all of them with what they are, never with what they hold', async () => {
  const kind = 'aws/ssm/Parameter'
  const calls = await stubAws(({ input }) =>
    input['NextToken'] === undefined
      ? json({
          Parameters: [{ Name: '/app/a', ARN: parameterArn('app/a'), Type: 'SecureString', KeyId: 'alias/aws/ssm', Version: 3 }],
          NextToken: 't',
        })
      : json({ Parameters: [{ Name: 'plain', Type: 'String', Tier: 'Standard', LastModifiedDate: 1767323045 }] }),
  )
  const { world } = await read([kind])
  expect(calls.slice(1).map(({ name, input }) => [name, input['MaxResults']])).toEqual([
    ['ssm:DescribeParameters', 50],
    ['ssm:DescribeParameters', 50],
  ])
  expect(world.where(kind, 'name', '/app/a', here)[0]?.body).toMatchObject({ Type: 'SecureString', KeyId: 'alias/aws/ssm', Version: 3 })
  expect(world.find(kind, parameterArn('plain'))?.body).toEqual({
    ARN: parameterArn('plain'),
    Name: 'plain',
    Type: 'String',
    Tier: 'Standard',
    LastModifiedDate: '2026-01-02T03:04:05.000Z',
  })
  expect(world.find(kind, parameterArn('gone'))).toBeUndefined()
})

test('parameters by name or ARN: what is not in the answer does not exist, and of others nothing is known', async () => {
  const kind = 'aws/ssm/Parameter'
  const calls = await stubAws(() => json({ Parameters: [{ Name: '/app/a', ARN: parameterArn('app/a') }] }))
  const parameters = [
    '/app/a',
    parameterArn('b'),
    'arn:aws:ssm:us-east-1:111122223333:parameter/c',
    'arn:aws:ssm:eu-west-1:999999999999:parameter/d',
  ]
  const { world } = await read([kind], { parameters })
  expect(calls[1]?.input['ParameterFilters']).toEqual([{ Key: 'Name', Option: 'Equals', Values: ['/app/a', 'b', '/b'] }])
  expect(world.find(kind, parameterArn('app/a'))).toBeDefined()
  expect(world.find(kind, parameterArn('b'))).toBeUndefined()
  expect(() => world.find(kind, parameterArn('other'))).toThrow('was not read')
  const { gathered } = await read([kind], { parameters: Array.from({ length: 101 }, (_, index) => `p${index}`) })
  expect(calls.length - 3).toBe(3)
  expect(gathered.read).toHaveLength(101)
  const none = await read([kind], { parameters: [] })
  expect([none.gathered.resources, none.gathered.read, calls.length]).toEqual([[], [], 7])
})

test('secrets: their stages, replicas, rotation and planned deletion', async () => {
  const kind = 'aws/secretsmanager/Secret'
  const ARN = `arn:aws:secretsmanager:eu-west-1:${account}:secret:a-AbCdEf`
  const calls = await stubAws(({ name }) => {
    if (name === 'secretsmanager:ListSecrets') return json({ SecretList: [{ ARN, Name: 'a' }] })
    if (name === 'secretsmanager:GetResourcePolicy') return json({ ARN, Name: 'a' })
    const dates = { LastChangedDate: 1767323045, LastRotatedDate: 1767323045, NextRotationDate: 1767323045, DeletedDate: 1767323045 }
    const ReplicationStatus = [{ Region: 'us-east-1', KmsKeyId: 'k', Status: 'InSync' }]
    const RotationRules = { AutomaticallyAfterDays: 30 }
    return json({
      ARN,
      Name: 'a',
      RotationEnabled: true,
      RotationRules,
      VersionIdsToStages: { v1: ['AWSCURRENT'] },
      ReplicationStatus,
      ...dates,
    })
  })
  const { world } = await read([kind])
  expect(calls[1]?.input['IncludePlannedDeletion']).toBe(true)
  const date = '2026-01-02T03:04:05.000Z'
  expect(world.find(kind, ARN)?.body).toEqual({
    ARN,
    Name: 'a',
    RotationEnabled: true,
    RotationRules: { AutomaticallyAfterDays: 30 },
    VersionIdsToStages: { v1: ['AWSCURRENT'] },
    ReplicationStatus: [{ Region: 'us-east-1', KmsKeyId: 'k', Status: 'InSync' }],
    LastChangedDate: date,
    LastRotatedDate: date,
    NextRotationDate: date,
    DeletedDate: date,
    ResourcePolicy: null,
  })
})

test.each([
  ['UnrecognizedClientException', `enable region eu-west-1 for account ${account}`],
  ['InvalidClientTokenId', `enable region eu-west-1 for account ${account}`],
  ['OptInRequired', 'sign the account up for ssm, and enable region eu-west-1'],
  ['SubscriptionRequiredException', 'sign the account up for ssm, and enable region eu-west-1'],
])('a region that is closed to the account (%s) is unread, and the next step says so', async (code, step) => {
  await stubAws(() => jsonError(code, 'The security token included in the request is invalid'))
  const { gathered } = await read(['aws/ssm/Parameter'])
  expect(gathered.resources).toEqual([])
  expect(gathered.read).toEqual([])
  expect(gathered.unread).toMatchObject([{ kind: 'aws/ssm/Parameter', scope: here, settle: { by: 'user', step } }])
})

test('expired credentials end the read all the same', async () => {
  await stubAws(() => jsonError('ExpiredTokenException', 'expired'))
  await expect(read(['aws/ssm/Parameter'])).rejects.toMatchObject({ code: 'AWS_CREDENTIALS_EXPIRED' })
})
