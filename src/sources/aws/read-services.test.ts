import { expect, test } from 'vitest'
import type { AwsKind } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import {
  error,
  json,
  jsonError,
  plainXml,
  stubAws,
  stubEnvironment,
  unknownCall,
  xml,
  type Answer,
  type Call,
} from '../../../tests/sources/stub-aws.ts'
import { readAws, type ReadAwsOptions } from './read.ts'
import type { Wanted } from './wanted.ts'

stubEnvironment()

const account = '111122223333'
const here = { account, region: 'eu-west-1' }
const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] }
const text = JSON.stringify(policy)
const refusal = jsonError('AccessDeniedException')

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

const queueArn = (name: string) => `arn:aws:sqs:eu-west-1:${account}:${name}`
const topicArn = (name: string) => `arn:aws:sns:eu-west-1:${account}:${name}`
const repositoryArn = (name: string) => `arn:aws:ecr:eu-west-1:${account}:repository/${name}`
const functionArn = (name: string) => `arn:aws:lambda:eu-west-1:${account}:function:${name}`
const entry = (key: string, value: string) => `<entry><key>${key}</key><value>${value.replaceAll('"', '&quot;')}</value></entry>`

test('queues by ARN: with a policy, without one, not there, refused', async () => {
  const kind = 'aws/sqs/Queue'
  const calls = await stubAws(({ name, input }) => {
    if (name === 'sqs:GetQueueUrl')
      return input['QueueName'] === 'gone'
        ? jsonError('com.amazonaws.sqs#QueueDoesNotExist')
        : json({ QueueUrl: `https://sqs.invalid/${account}/${String(input['QueueName'])}` })
    const queue = String(input['QueueUrl']).split('/').at(-1) ?? ''
    if (queue === 'closed') return refusal
    return json({
      Attributes: { QueueArn: queueArn(queue), SqsManagedSseEnabled: 'true', ...(queue === 'shared' ? { Policy: text } : {}) },
    })
  })
  const resources = ['shared', 'plain', 'gone', 'closed'].map(queueArn)
  const { world } = await read([kind], { resources: [...resources, 'arn:aws:sqs:us-east-1:111122223333:elsewhere', topicArn('t')] })
  expect(calls.filter(({ name }) => name === 'sqs:GetQueueUrl')).toHaveLength(4)
  expect(calls.find(({ name }) => name === 'sqs:GetQueueAttributes')?.input['AttributeNames']).toEqual([
    'QueueArn',
    'Policy',
    'KmsMasterKeyId',
    'SqsManagedSseEnabled',
  ])
  expect(world.find(kind, queueArn('shared'))?.body.Attributes).toEqual({
    QueueArn: queueArn('shared'),
    SqsManagedSseEnabled: 'true',
    Policy: policy,
  })
  expect(world.find(kind, queueArn('plain'))?.body.Attributes.Policy).toBeNull()
  expect(world.find(kind, queueArn('gone'))).toBeUndefined()
  expect(() => world.find(kind, queueArn('closed'))).toThrow('access denied to sqs:GetQueueAttributes')
  expect(() => world.find(kind, queueArn('other'))).toThrow('was not read')
})

test('topics by ARN', async () => {
  const kind = 'aws/sns/Topic'
  await stubAws(({ parameters }) => {
    const arn = parameters.get('TopicArn') ?? ''
    if (arn === topicArn('gone')) return error('NotFound', 'Topic does not exist', 404)
    if (arn === topicArn('closed')) return error('AuthorizationError', 'not authorized to perform: SNS:GetTopicAttributes')
    return xml(
      'GetTopicAttributes',
      `<Attributes>${entry('TopicArn', arn)}${entry('Policy', text)}${entry('DisplayName', 'd')}</Attributes>`,
    )
  })
  const { world } = await read([kind], { resources: ['shared', 'gone', 'closed'].map(topicArn) })
  expect(world.find(kind, topicArn('shared'))?.body).toEqual({ Attributes: { TopicArn: topicArn('shared'), Policy: policy } })
  expect(world.find(kind, topicArn('gone'))).toBeUndefined()
  expect(() => world.find(kind, topicArn('closed'))).toThrow('access denied to sns:GetTopicAttributes')
})

test('repositories by ARN', async () => {
  const kind = 'aws/ecr/Repository'
  await stubAws(({ name, input }) => {
    const repositoryName = String(input['repositoryName'] ?? (input['repositoryNames'] as string[])[0])
    if (name === 'ecr:DescribeRepositories')
      return repositoryName === 'gone'
        ? jsonError('RepositoryNotFoundException')
        : json({ repositories: [{ repositoryArn: repositoryArn(repositoryName), repositoryName, registryId: account }] })
    if (repositoryName === 'team/plain') return jsonError('RepositoryPolicyNotFoundException')
    return repositoryName === 'closed' ? refusal : json({ policyText: text })
  })
  const { world } = await read([kind], { resources: ['shared', 'team/plain', 'closed', 'gone'].map(repositoryArn) })
  expect(['shared', 'team/plain', 'closed'].map(name => world.find(kind, repositoryArn(name))?.body.policyText)).toEqual([
    policy,
    null,
    undefined,
  ])
  expect(world.find(kind, repositoryArn('gone'))).toBeUndefined()
  expect(() => world.list(kind, here)).toThrow('access denied to ecr:GetRepositoryPolicy')
})

test('functions by ARN: their policies and tags, never their variables', async () => {
  const kind = 'aws/lambda/Function'
  const named = ({ name }: Call) => /function(?:%3A|:)([\w-]+)(?:\/policy)?$/.exec(name)?.[1] ?? ''
  const calls = await stubAws(call => {
    const isPolicy = call.name.endsWith('/policy')
    if (named(call) === 'gone') return jsonError('ResourceNotFoundException', 'no', 404)
    if (!isPolicy) return json({ Tags: { team: 'shop' } })
    if (named(call) === 'plain') return jsonError('ResourceNotFoundException', 'no', 404)
    return named(call) === 'closed' ? jsonError('AccessDeniedException', 'no', 403) : json({ Policy: text })
  })
  const resources = ['shared', 'plain', 'closed', 'gone'].map(functionArn)
  const { world } = await read([kind], { resources: [...resources, `${functionArn('shared')}:live`] })
  expect(['shared', 'plain', 'closed'].map(name => world.find(kind, functionArn(name))?.body)).toEqual([
    { FunctionArn: functionArn('shared'), Policy: policy, Tags: { team: 'shop' } },
    { FunctionArn: functionArn('plain'), Policy: null, Tags: { team: 'shop' } },
    { FunctionArn: functionArn('closed'), Tags: { team: 'shop' } },
  ])
  expect(world.find(kind, functionArn('gone'))).toBeUndefined()
  expect(() => world.find(kind, `${functionArn('shared')}:live`)).toThrow('was not read')
  expect(calls.filter(({ name }) => /configuration|GET \/2015-03-31\/functions\/[^/]+$/.test(name))).toEqual([])
})

test('without wanted ARNs nothing of messaging and code is asked for', async () => {
  const calls = await stubAws(() => unknownCall)
  const { gathered } = await read(['aws/sqs/Queue', 'aws/sns/Topic', 'aws/ecr/Repository', 'aws/lambda/Function'])
  expect(calls.map(({ name }) => name)).toEqual(['sts:GetCallerIdentity'])
  expect([gathered.resources, gathered.read, gathered.unread]).toEqual([[], [], []])
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
