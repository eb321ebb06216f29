import type { UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { PolicyKind } from '#iam/compile.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { documentLayer, joinLayers, optionalLayer, tried, unreadLayer, type PlacedLayer } from './access-documents.ts'

/** Services other than IAM, KMS, S3 and Secrets Manager whose resource policies are read. */
export const policyServiceKinds = [
  'aws/ecr/Repository',
  'aws/lambda/Function',
  'aws/logs/ResourcePolicy',
  'aws/sns/Topic',
  'aws/sqs/Queue',
] as const
type ByArn = Exclude<(typeof policyServiceKinds)[number], 'aws/logs/ResourcePolicy'>

export type ServicePolicyReader = Reader<(typeof policyServiceKinds)[number]>

/** The policy of a resource, and the resource. */
export interface ServicePolicy {
  readonly policy: PlacedLayer | undefined
  readonly resource?: Resource
}

/**
 * How one service keeps its resource policies. In one account each of these lets in by itself whom it names, as policies of resources do:
 * SQS https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-using-identity-based-policies.html ("the end result is the same"),
 * SNS https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html,
 * ECR https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html ("through either a repository policy or an IAM policy but not both"),
 * Lambda https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html.
 */
interface Service<K extends ByArn> {
  readonly kind: K
  /** The resource that has the policy: of what is inside it, the policy of the whole. Undefined: no resource of this service has one. */
  readonly owner: (arn: string, resource: string) => string | undefined
  readonly path: Path
  readonly document: (body: Resource<K>['body']) => unknown
  readonly policyKind: PolicyKind
  readonly name: (body: Resource<K>['body']) => string
  readonly action: string
}

const last = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1)

const queue: Service<'aws/sqs/Queue'> = {
  kind: 'aws/sqs/Queue',
  owner: arn => arn,
  path: ['Attributes', 'Policy'],
  document: body => body.Attributes.Policy,
  policyKind: 'resource',
  name: body => `policy of queue ${last(body.Attributes.QueueArn)}`,
  action: 'sqs:GetQueueAttributes',
}

const topic: Service<'aws/sns/Topic'> = {
  kind: 'aws/sns/Topic',
  // A subscription is `topic:id`, and its topic's policy is about it.
  owner: arn => arn.split(':').slice(0, 6).join(':'),
  path: ['Attributes', 'Policy'],
  document: body => body.Attributes.Policy,
  policyKind: 'resource',
  name: body => `policy of topic ${last(body.Attributes.TopicArn)}`,
  action: 'sns:GetTopicAttributes',
}

const repository: Service<'aws/ecr/Repository'> = {
  kind: 'aws/ecr/Repository',
  owner: (arn, resource) => (resource.startsWith('repository/') ? arn : undefined),
  path: ['policyText'],
  document: body => body.policyText,
  policyKind: 'repository',
  name: body => `policy of repository ${body.repositoryName}`,
  action: 'ecr:GetRepositoryPolicy',
}

const lambda: Service<'aws/lambda/Function'> = {
  kind: 'aws/lambda/Function',
  // A version or an alias has a policy of its own, under its own ARN.
  owner: (arn, resource) => (resource.startsWith('function:') ? arn : undefined),
  path: ['Policy'],
  document: body => body.Policy,
  policyKind: 'resource',
  name: body => `policy of function ${body.FunctionArn.split(':').slice(6).join(':')}`,
  action: 'lambda:GetPolicy',
}

const services: Readonly<Record<string, (world: ServicePolicyReader, arn: string, resource: string) => ServicePolicy | undefined>> = {
  sqs: (world, arn, resource) => policyOf(id => world.find('aws/sqs/Queue', id), queue, arn, resource),
  sns: (world, arn, resource) => policyOf(id => world.find('aws/sns/Topic', id), topic, arn, resource),
  ecr: (world, arn, resource) => policyOf(id => world.find('aws/ecr/Repository', id), repository, arn, resource),
  lambda: (world, arn, resource) => policyOf(id => world.find('aws/lambda/Function', id), lambda, arn, resource),
  logs: (world, arn) => logPolicies(world, arn),
}

/** The policy of an ARN's resource, for the services that are read here; undefined for others, and for resources that have none. */
export function servicePolicy(world: ServicePolicyReader, arn: string): ServicePolicy | undefined {
  const parts = parseArn(arn)
  return parts === undefined ? undefined : services[parts.service]?.(world, arn, parts.resource)
}

function policyOf<K extends ByArn>(
  find: (id: string) => Resource<K> | undefined,
  service: Service<K>,
  arn: string,
  resource: string,
): ServicePolicy | undefined {
  const owner = service.owner(arn, resource)
  if (owner === undefined) return undefined
  const found = tried(() => find(owner))
  if (found.is === 'unread') return { policy: unreadLayer(found.fact) }
  if (found.value === undefined) {
    return {
      policy: unreadLayer({
        kind: service.kind,
        id: owner,
        reason: 'no such resource was found',
        settle: { by: 'user', step: 'check the ARN' },
      }),
    }
  }
  const { body } = found.value
  const unread: UnreadFact = {
    kind: service.kind,
    id: owner,
    reason: 'it was read without its policy',
    settle: { by: 'iam', action: service.action, resource: owner },
  }
  const layer = documentLayer(found.value, service.path, service.document(body), service.policyKind, service.name(body), unread)
  return { policy: optionalLayer(layer), resource: found.value }
}

/** The policies of CloudWatch Logs are those of an account in a region: their statements say about which groups they are. */
function logPolicies(world: ServicePolicyReader, arn: string): ServicePolicy | undefined {
  const parts = parseArn(arn)
  if (parts === undefined || !/^\d{12}$/.test(parts.account)) return undefined
  const listed = tried(() => world.list('aws/logs/ResourcePolicy', { account: parts.account, region: parts.region }))
  if (listed.is === 'unread') return { policy: unreadLayer(listed.fact) }
  const layers = listed.value.map(policy => {
    const unread: UnreadFact = { kind: policy.kind, id: policy.id, reason: 'it was read without its document' }
    const { policyDocument, policyName } = policy.body
    return documentLayer(policy, ['policyDocument'], policyDocument, 'resource', `resource policy ${policyName} of CloudWatch Logs`, unread)
  })
  return { policy: optionalLayer(joinLayers(...layers)) }
}
