import type { Bucket, ListBucketsCommandOutput, S3Client } from '@aws-sdk/client-s3'
import { allPages } from './all-pages.ts'
import { policyDocument } from './body.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kind = 'aws/s3/Bucket'
const atOnce = 4

/** Every bucket of the account; the policies of those that are named. */
export async function readBuckets(session: Session, named: readonly string[]): Promise<Part> {
  const { ListBucketsCommand, S3Client } = await import('@aws-sdk/client-s3')
  const s3: S3Client = new S3Client({ ...session.clientOptions, followRegionRedirects: true })
  const where = { kind, scope: { account: session.account } } as const
  const listed = await allPages<ListBucketsCommandOutput, Bucket>(
    token => {
      // Only an answer in pages says in which region each bucket is.
      const input = { MaxBuckets: 1000, ...(token === undefined ? {} : { ContinuationToken: token }) }
      return session.ask('s3', 'ListAllMyBuckets', request => s3.send(new ListBucketsCommand(input), request))
    },
    page => page.Buckets,
    page => page.ContinuationToken,
  )
  const wanted = new Set(named)
  const buckets = await inParallel(listed.items, atOnce, bucket => readBucket(session, s3, bucket, wanted.has(bucket.Name ?? '')))
  return together([...buckets, listed.refused === undefined ? { ...nothing, read: [where] } : unreadPart(where, listed.refused)])
}

async function readBucket(session: Session, s3: S3Client, { BucketArn, ...bucket }: Bucket, isWanted: boolean): Promise<Part> {
  const { Name = '', BucketRegion } = bucket
  const Arn = BucketArn ?? `arn:${session.partition}:s3:::${Name}`
  const scope = { account: session.account, ...(BucketRegion === undefined ? {} : { region: BucketRegion }) }
  const body = { Arn, ...bucket }
  if (!isWanted) return { ...nothing, resources: [awsResource(kind, scope, body, `s3:ListBuckets ${Name}`)] }
  const { GetBucketOwnershipControlsCommand, GetBucketPolicyCommand, GetPublicAccessBlockCommand } = await import('@aws-sdk/client-s3')
  const policy = await session.ask('s3', 'GetBucketPolicy', request => s3.send(new GetBucketPolicyCommand({ Bucket: Name }), request))
  const block = await session.ask('s3', 'GetBucketPublicAccessBlock', request =>
    s3.send(new GetPublicAccessBlockCommand({ Bucket: Name }), request),
  )
  const ownership = await session.ask('s3', 'GetBucketOwnershipControls', request =>
    s3.send(new GetBucketOwnershipControlsCommand({ Bucket: Name }), request),
  )
  const whole = {
    ...body,
    ...(policy.is === 'ok' ? { Policy: policyDocument(policy.value.Policy ?? '') } : policy.is === 'missing' ? { Policy: null } : {}),
    ...(block.is === 'ok'
      ? { PublicAccessBlockConfiguration: block.value.PublicAccessBlockConfiguration ?? null }
      : block.is === 'missing'
        ? { PublicAccessBlockConfiguration: null }
        : {}),
    ...(ownership.is === 'ok'
      ? { OwnershipControls: ownership.value.OwnershipControls ?? null }
      : ownership.is === 'missing'
        ? { OwnershipControls: null }
        : {}),
  }
  const refused = [policy, block, ownership].filter(one => one.is === 'denied' || one.is === 'failed')
  return together([
    { ...nothing, resources: [awsResource(kind, scope, whole, `s3:GetBucketPolicy ${Name}`)] },
    ...refused.map(one => unreadPart({ kind, scope, id: Arn }, one, Arn)),
  ])
}
