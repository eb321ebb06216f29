import type { UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { CompiledStatement } from '#iam/compile-statement.ts'
import type { Clause } from '#iam/condition.ts'
import type { Layer } from '#iam/layer.ts'
import { NO, or, UNSURE, YES, type Truth } from '#iam/truth.ts'
import type { Resource } from '#model/resource.ts'

export type Bucket = Resource<'aws/s3/Bucket'>

/** `arn:aws:s3:eu-west-1:111122223333:accesspoint/…`: requests through it need its own policy and the bucket's. */
export const isAccessPoint = (arn: string): boolean => {
  const parts = parseArn(arn)
  return parts !== undefined && parts.service.startsWith('s3') && parts.resource.startsWith('accesspoint/')
}

/** What an access control list can grant. https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions */
const grantedByLists = new Set(
  (
    'ListBucket ListBucketVersions ListBucketMultipartUploads GetObject GetObjectVersion PutObject DeleteObject DeleteObjectVersion ' +
    'GetBucketAcl GetObjectAcl GetObjectVersionAcl PutBucketAcl PutObjectAcl PutObjectVersionAcl'
  )
    .split(' ')
    .map(name => `s3:${name.toLowerCase()}`),
)

export const listsCanGrant = (action: string): boolean => grantedByLists.has(action.toLowerCase())

/** With object ownership enforced, as it is by default since April 2023, lists count for nothing. */
export function ignoresLists(bucket: Bucket): boolean | undefined {
  const controls = bucket.body.OwnershipControls
  if (controls === undefined) return undefined
  return controls?.Rules?.some(rule => rule.ObjectOwnership === 'BucketOwnerEnforced') ?? false
}

export const listsUnread = (bucket: Bucket): UnreadFact => ({
  kind: 'aws/s3/Bucket',
  id: bucket.id,
  reason: 'whether access control lists count in the bucket was not read, nor the lists',
  settle: { by: 'iam', action: 's3:GetBucketOwnershipControls', resource: bucket.id },
})

/** Its own setting alone; undefined when it was not read. That of the account, which nobody reads, may restrict it all the same. */
export function restrictsPublic(bucket: Bucket): boolean | undefined {
  const block = bucket.body.PublicAccessBlockConfiguration
  return block === undefined ? undefined : (block?.RestrictPublicBuckets ?? false)
}

export function blockUnread(bucket: Bucket): UnreadFact {
  const own = restrictsPublic(bucket) === undefined
  return {
    kind: 'aws/s3/Bucket',
    id: bucket.id,
    reason: `whether the ${own ? 'bucket' : 'account'} blocks public access was not read`,
    settle: own
      ? { by: 'iam', action: 's3:GetBucketPublicAccessBlock', resource: bucket.id }
      : { by: 'user', step: 'run aws s3control get-public-access-block for the account of the bucket' },
  }
}

/**
 * Keys that keep a policy from being public when they are compared with fixed values, in lower case.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
const narrowing = new Set(
  (
    'aws:sourcearn aws:sourcevpc aws:sourcevpce aws:sourceowner aws:sourceaccount aws:principalorgid aws:principalorgpaths aws:principalarn ' +
    'aws:principalaccount s3:dataaccesspointaccount s3:dataaccesspointarn'
  ).split(' '),
)

/**
 * Whether S3 takes a bucket policy for public: one statement that lets in everyone is enough. A condition that is no certain narrowing leaves it open,
 * for the page does not say how each operator and each range of addresses is judged.
 */
export function isPublicPolicy(layer: Layer | undefined): Truth {
  if (layer === undefined) return NO
  if (layer === 'unread') return UNSURE
  return layer.flatMap(({ statements }) => statements).reduce<Truth>((found, statement) => or(found, letsEveryoneIn(statement)), NO)
}

function letsEveryoneIn(statement: CompiledStatement): Truth {
  const { effect, invalid, principal, conditions } = statement
  if (effect !== 'Allow' || invalid || principal === undefined || principal === 'invalid') return NO
  if (principal.negated) return UNSURE
  if (!principal.everyone) return [...principal.named.AWS, ...principal.named.Service].some(name => name.includes('*')) ? UNSURE : NO
  if (conditions.length === 0) return YES
  return conditions.some(clause => clause !== 'invalid' && isFixed(clause)) ? NO : UNSURE
}

const positive = new Set(['StringEquals', 'StringEqualsIgnoreCase', 'StringLike', 'ArnEquals', 'ArnLike'])

function isFixed({ base, negated, quantifier, ifExists, lowerKey, values }: Clause): boolean {
  if (negated || ifExists || quantifier === 'all' || !positive.has(base)) return false
  return narrowing.has(lowerKey) && values.every(value => !/[*?]|\$\{/.test(value))
}
