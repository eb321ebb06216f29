import { expect, test } from 'vitest'
import type { AwsKind } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import { error, json, jsonError, stubAws, stubEnvironment, unknownCall, xml, type Call } from '../../../tests/sources/stub-aws.ts'
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
