import type { QueueAttributeName, SQSClient } from '@aws-sdk/client-sqs'
import type { SNSClient } from '@aws-sdk/client-sns'
import { policyDocument } from './body.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import { ownArns, type ServiceReading } from './service-reading.ts'

const atOnce = 4

/** The queues that are wanted: who may use them, and with which key they are encrypted, never what is in them. Two calls for each. */
export async function readQueues(reading: ServiceReading): Promise<Part> {
  const { SQSClient } = await import('@aws-sdk/client-sqs')
  // A queue's URL names a host that may not be where this machine reaches SQS.
  const sqs: SQSClient = new SQSClient({ ...reading.options, useQueueUrlAsEndpoint: false })
  return together(await inParallel(ownArns(reading, 'sqs', reading.wanted.resources), atOnce, arn => readQueue(reading, sqs, arn)))
}

async function readQueue({ ask, account, scope }: ServiceReading, sqs: SQSClient, arn: string): Promise<Part> {
  const { GetQueueAttributesCommand, GetQueueUrlCommand } = await import('@aws-sdk/client-sqs')
  const where = { kind: 'aws/sqs/Queue', scope, id: arn } as const
  const input = { QueueName: arn.split(':').at(-1) ?? '', QueueOwnerAWSAccountId: account }
  const url = await ask('sqs', 'GetQueueUrl', request => sqs.send(new GetQueueUrlCommand(input), request))
  if (url.is === 'missing') return { ...nothing, read: [where] }
  if (url.is !== 'ok') return unreadPart(where, url, arn)
  const AttributeNames: QueueAttributeName[] = ['QueueArn', 'Policy', 'KmsMasterKeyId', 'SqsManagedSseEnabled']
  const attributes = { QueueUrl: url.value.QueueUrl, AttributeNames }
  const answer = await ask('sqs', 'GetQueueAttributes', request => sqs.send(new GetQueueAttributesCommand(attributes), request))
  if (answer.is === 'missing') return { ...nothing, read: [where] }
  if (answer.is !== 'ok') return unreadPart(where, answer, arn)
  const body = { Attributes: { ...answer.value.Attributes, QueueArn: arn, Policy: policyOf(answer.value.Attributes?.Policy) } }
  return { ...nothing, resources: [awsResource(where.kind, scope, body, `sqs:GetQueueAttributes ${arn}`)] }
}

/** The topics that are wanted: who may use them, and with which key they are encrypted. One call for each. */
export async function readTopics(reading: ServiceReading): Promise<Part> {
  const { SNSClient } = await import('@aws-sdk/client-sns')
  const sns: SNSClient = new SNSClient(reading.options)
  return together(await inParallel(ownArns(reading, 'sns', reading.wanted.resources), atOnce, arn => readTopic(reading, sns, arn)))
}

async function readTopic({ ask, scope }: ServiceReading, sns: SNSClient, TopicArn: string): Promise<Part> {
  const { GetTopicAttributesCommand } = await import('@aws-sdk/client-sns')
  const where = { kind: 'aws/sns/Topic', scope, id: TopicArn } as const
  const answer = await ask('sns', 'GetTopicAttributes', request => sns.send(new GetTopicAttributesCommand({ TopicArn }), request))
  if (answer.is === 'missing') return { ...nothing, read: [where] }
  if (answer.is !== 'ok') return unreadPart(where, answer, TopicArn)
  const { Owner, KmsMasterKeyId, Policy } = answer.value.Attributes ?? {}
  const body = { Attributes: { TopicArn, Owner, KmsMasterKeyId, Policy: policyOf(Policy) } }
  return { ...nothing, resources: [awsResource(where.kind, scope, body, `sns:GetTopicAttributes ${TopicArn}`)] }
}

const policyOf = (text: string | undefined): unknown => (text === undefined || text === '' ? null : policyDocument(text))
