import type { ECRClient } from '@aws-sdk/client-ecr'
import type { LambdaClient } from '@aws-sdk/client-lambda'
import { policyDocument } from './body.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import { ownArns, type ServiceReading } from './service-reading.ts'

const atOnce = 4

/** The repositories that are wanted, and who may use them: two calls for each. */
export async function readRepositories(reading: ServiceReading): Promise<Part> {
  const { ECRClient } = await import('@aws-sdk/client-ecr')
  const ecr: ECRClient = new ECRClient(reading.options)
  const arns = ownArns(reading, 'ecr', reading.wanted.resources).filter(arn => arn.includes(':repository/'))
  return together(await inParallel(arns, atOnce, arn => readRepository(reading, ecr, arn)))
}

async function readRepository({ ask, account, scope }: ServiceReading, ecr: ECRClient, arn: string): Promise<Part> {
  const { DescribeRepositoriesCommand, GetRepositoryPolicyCommand } = await import('@aws-sdk/client-ecr')
  const where = { kind: 'aws/ecr/Repository', scope, id: arn } as const
  const repositoryName = arn.slice(arn.indexOf(':repository/') + ':repository/'.length)
  const input = { registryId: account, repositoryNames: [repositoryName] }
  const answer = await ask('ecr', 'DescribeRepositories', request => ecr.send(new DescribeRepositoriesCommand(input), request))
  if (answer.is === 'missing') return { ...nothing, read: [where] }
  if (answer.is !== 'ok') return unreadPart(where, answer, arn)
  const repository = answer.value.repositories?.find(({ repositoryArn }) => repositoryArn === arn)
  if (repository === undefined) return unreadPart(where, { is: 'failed', reason: 'ecr:DescribeRepositories gave no repository' })
  const call = `ecr:DescribeRepositories ${repositoryName}`
  const policy = await ask('ecr', 'GetRepositoryPolicy', request =>
    ecr.send(new GetRepositoryPolicyCommand({ registryId: account, repositoryName }), request),
  )
  if (policy.is === 'denied' || policy.is === 'failed')
    return together([{ ...nothing, resources: [awsResource(where.kind, scope, repository, call)] }, unreadPart(where, policy, arn)])
  const policyText = policy.is === 'missing' ? null : policyDocument(policy.value.policyText ?? '')
  return { ...nothing, resources: [awsResource(where.kind, scope, { ...repository, policyText }, call)] }
}

/**
 * The functions that are wanted, and who may call them: two calls for each. Their configuration is not asked for, since that answer holds
 * variables; that a function exists is known from its tags.
 */
export async function readFunctions(reading: ServiceReading): Promise<Part> {
  const { LambdaClient } = await import('@aws-sdk/client-lambda')
  const lambda: LambdaClient = new LambdaClient(reading.options)
  // A version or an alias has a policy of its own.
  const arns = ownArns(reading, 'lambda', reading.wanted.resources).filter(arn => /:function:[^:]+$/.test(arn))
  return together(await inParallel(arns, atOnce, arn => readFunction(reading, lambda, arn)))
}

async function readFunction({ ask, scope }: ServiceReading, lambda: LambdaClient, arn: string): Promise<Part> {
  const { GetPolicyCommand, ListTagsCommand } = await import('@aws-sdk/client-lambda')
  const where = { kind: 'aws/lambda/Function', scope, id: arn } as const
  const tags = await ask('lambda', 'ListTags', request => lambda.send(new ListTagsCommand({ Resource: arn }), request))
  if (tags.is === 'missing') return { ...nothing, read: [where] }
  if (tags.is !== 'ok') return unreadPart(where, tags, arn)
  const body = { FunctionArn: arn, Tags: tags.value.Tags ?? {} }
  const call = `lambda:GetPolicy ${arn}`
  const policy = await ask('lambda', 'GetPolicy', request => lambda.send(new GetPolicyCommand({ FunctionName: arn }), request))
  if (policy.is === 'denied' || policy.is === 'failed')
    return together([{ ...nothing, resources: [awsResource(where.kind, scope, body, call)] }, unreadPart(where, policy, arn)])
  const Policy = policy.is === 'missing' ? null : policyDocument(policy.value.Policy ?? '')
  return { ...nothing, resources: [awsResource(where.kind, scope, { ...body, Policy }, call)] }
}
