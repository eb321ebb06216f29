import type { UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { KmsGrant } from '#iam/kms-grant.ts'
import type { Context } from '#iam/request.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { isAccessPoint } from './access-bucket.ts'
import { documentLayer, optionalLayer, tried, unreadLayer, type PlacedLayer } from './access-documents.ts'
import { servicePolicy, type ServicePolicyReader } from './access-service-policies.ts'

export type ResourceReader = Reader<'aws/iam/Role' | 'aws/kms/Key' | 'aws/s3/Bucket' | 'aws/secretsmanager/Secret'> & ServicePolicyReader

/** What the world says about the resource of a question. */
export interface ResourceSide {
  /** Undefined: resources of this type have no policy, or this one has none. */
  readonly policy: PlacedLayer | undefined
  readonly grants?: readonly KmsGrant[] | 'unread'
  /** Undefined where the ARN names no account and the resource was not read. */
  readonly account: string | undefined
  readonly awsManagedKey: boolean
  /** Tags as condition keys; of a resource whose tags were not read they stay open. */
  readonly context: Context
  /** Lower-case prefixes of keys that are known to be absent when `context` does not have them. */
  readonly absent: readonly string[]
  readonly resource?: Resource
}

/**
 * Services whose resources can carry a policy of their own. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
 * Of those that Mortise does not read, such a policy is unknown.
 */
const withResourcePolicies = new Set(
  (
    'acm-pca apigateway backup bedrock cloudtrail codeartifact codebuild dynamodb ecr-public elasticfilesystem es events execute-api geo glacier glue ' +
    'kafka kinesis lex lightsail mediastore network-firewall organizations redshift-serverless rekognition robomaker route53resolver s3-object-lambda ' +
    's3-outposts s3express s3tables s3vectors schemas serverlessrepo ses signer ssm-contacts ssm-incidents vpc-lattice xray'
  ).split(' '),
)

/** Policies here only share with other accounts: within its own account nothing depends on them. */
const onlyShared = new Set(['ssm', 'route53', 'ram', 'ec2', 'rds', 'imagebuilder', 'license-manager', 'resource-explorer-2'])

const none: ResourceSide = { policy: undefined, account: undefined, awsManagedKey: false, context: {}, absent: [] }

/**
 * The resource policy, grants, owner and tags of an ARN.
 * @param caller the account of whoever asks
 */
export function resourceSide(world: ResourceReader, action: string, arn: string, caller: string | undefined): ResourceSide {
  const parts = parseArn(arn)
  if (parts === undefined) return none
  // A pattern for every account is asked about for the caller's own.
  const account = parts.account === '' ? ownerWithout(parts.service, caller) : /[*?]/.test(parts.account) ? caller : parts.account
  const named = { ...none, account }
  if (parts.service === 'iam' && parts.resource.startsWith('role/') && /^sts:/i.test(action)) return ofRole(world, arn, named)
  if (parts.service === 'kms' && parts.resource.startsWith('key/')) return ofKey(world, arn, named)
  if (parts.service === 'secretsmanager' && parts.resource.startsWith('secret:')) return ofSecret(world, arn, named)
  if (isAccessPoint(arn)) return { ...named, policy: unreadLayer(accessPointUnread(arn)) }
  if (parts.service === 's3') return ofBucket(world, arn, named)
  const own = servicePolicy(world, arn)
  if (own !== undefined) return { ...named, ...own, ...tagsOf(own.resource) }
  if (!withResourcePolicies.has(parts.service) && !(onlyShared.has(parts.service) && account !== caller)) return named
  const fact: UnreadFact = {
    kind: `aws/${parts.service}`,
    reason: `resource policies of ${parts.service} are not read`,
    settle: { by: 'user', step: 'read the policy of the resource yourself' },
  }
  return { ...named, policy: unreadLayer(fact) }
}

const accessPointUnread = (arn: string): UnreadFact => ({
  kind: 'aws/s3/AccessPoint',
  id: arn,
  reason: 'policies of access points are not read',
  settle: { by: 'user', step: 'read the policy of the access point yourself, and ask about its bucket' },
})

/** Of the services whose ARNs name no account, Route 53 cannot share what it holds: whoever may touch a zone is in its account. */
const ownerWithout = (service: string, caller: string | undefined): string | undefined => (service === 'route53' ? caller : undefined)

const gone = (kind: string, id: string): UnreadFact => ({
  kind,
  id,
  reason: 'no such resource was found',
  settle: { by: 'user', step: 'check the ARN' },
})

function ofRole(world: ResourceReader, arn: string, named: ResourceSide): ResourceSide {
  const role = tried(() => world.find('aws/iam/Role', arn))
  if (role.is === 'unread') return { ...named, policy: unreadLayer(role.fact) }
  if (role.value === undefined) return { ...named, policy: unreadLayer(gone('aws/iam/Role', arn)) }
  const unread: UnreadFact = {
    kind: 'aws/iam/Role',
    id: arn,
    reason: 'the role was read without its trust policy',
    settle: { by: 'iam', action: 'iam:GetRole' },
  }
  const policy = documentLayer(
    role.value,
    ['AssumeRolePolicyDocument'],
    role.value.body.AssumeRolePolicyDocument,
    'trust',
    `trust policy of role ${role.value.body.RoleName}`,
    unread,
  )
  return { ...named, policy, ...tagged(role.value.body.Tags, 'iam:ResourceTag/'), resource: role.value }
}

function ofKey(world: ResourceReader, arn: string, named: ResourceSide): ResourceSide {
  const key = tried(() => world.find('aws/kms/Key', arn))
  if (key.is === 'unread') return { ...named, policy: unreadLayer(key.fact), grants: 'unread' }
  if (key.value === undefined) return { ...named, policy: unreadLayer(gone('aws/kms/Key', arn)), grants: 'unread' }
  const { body } = key.value
  const unread: UnreadFact = {
    kind: 'aws/kms/Key',
    id: arn,
    reason: 'the key was read without its policy',
    settle: { by: 'iam', action: 'kms:GetKeyPolicy' },
  }
  return {
    ...named,
    policy: documentLayer(key.value, ['Policy'], body.Policy, 'key', `key policy of ${arn}`, unread),
    grants: body.Grants === undefined ? 'unread' : body.Grants.flatMap(grantOf),
    awsManagedKey: body.KeyManager === 'AWS',
    resource: key.value,
  }
}

type Grant = NonNullable<Resource<'aws/kms/Key'>['body']['Grants']>[number]

/** A grant as the engine takes it. */
export function grantOf({ GranteePrincipal, Operations = [], Constraints }: Grant): readonly KmsGrant[] {
  if (GranteePrincipal === undefined) return []
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = Constraints ?? {}
  const limits = {
    ...(equals === undefined ? {} : { EncryptionContextEquals: equals }),
    ...(subset === undefined ? {} : { EncryptionContextSubset: subset }),
  }
  return [{ GranteePrincipal, Operations, ...(Constraints === undefined ? {} : { Constraints: limits }) }]
}

function ofSecret(world: ResourceReader, arn: string, named: ResourceSide): ResourceSide {
  const secret = tried(() => world.find('aws/secretsmanager/Secret', arn))
  if (secret.is === 'unread') return { ...named, policy: unreadLayer(secret.fact) }
  if (secret.value === undefined) return { ...named, policy: unreadLayer(gone('aws/secretsmanager/Secret', arn)) }
  const { Name, ResourcePolicy, Tags } = secret.value.body
  const unread: UnreadFact = {
    kind: 'aws/secretsmanager/Secret',
    id: arn,
    reason: 'the secret was read without its policy',
    settle: { by: 'iam', action: 'secretsmanager:GetResourcePolicy' },
  }
  const policy = documentLayer(secret.value, ['ResourcePolicy'], ResourcePolicy, 'resource', `resource policy of secret ${Name}`, unread)
  return {
    ...named,
    policy: optionalLayer(policy),
    ...tagged(Tags ?? [], 'secretsmanager:ResourceTag/'),
    resource: secret.value,
  }
}

/** Buckets and what is in them. Their ARNs name no account, so only the bucket itself tells whose it is. */
function ofBucket(world: ResourceReader, arn: string, named: ResourceSide): ResourceSide {
  const [bucketArn = arn] = arn.split('/', 1)
  const bucket = tried(() => world.find('aws/s3/Bucket', bucketArn))
  if (bucket.is === 'unread') return { ...named, policy: unreadLayer(bucket.fact) }
  if (bucket.value === undefined) return { ...named, policy: unreadLayer(gone('aws/s3/Bucket', bucketArn)) }
  const { scope, body } = bucket.value
  const unread: UnreadFact = {
    kind: 'aws/s3/Bucket',
    id: bucketArn,
    reason: 'the bucket was read without its policy',
    settle: { by: 'iam', action: 's3:GetBucketPolicy' },
  }
  const policy = documentLayer(bucket.value, ['Policy'], body.Policy, 'resource', `bucket policy of ${body.Name}`, unread)
  const account = 'account' in scope ? scope.account : undefined
  return { ...named, policy: optionalLayer(policy), account, resource: bucket.value }
}

interface Tag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** The tags of a resource as every request about it carries them. Without a list they were not read. */
function tagged(tags: readonly Tag[] | undefined, own: string): Pick<ResourceSide, 'context' | 'absent'> {
  if (tags === undefined) return { context: {}, absent: [] }
  const context = tags.flatMap(({ Key, Value = '' }) =>
    Key === undefined ? [] : [`aws:ResourceTag/${Key}`, `${own}${Key}`].map(name => [name, Value] as const),
  )
  return { context: Object.fromEntries(context), absent: ['aws:resourcetag/', own.toLowerCase()] }
}

/** Lambda's tags are a map; those of the other services are not read with the policy, so they stay open. */
function tagsOf(resource: Resource | undefined): Pick<ResourceSide, 'context' | 'absent'> {
  const tags = resource?.kind === 'aws/lambda/Function' ? (resource as Resource<'aws/lambda/Function'>).body.Tags : undefined
  if (tags === undefined) return { context: {}, absent: [] }
  return {
    context: Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
    absent: ['aws:resourcetag/'],
  }
}
