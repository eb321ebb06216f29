import type { AwsKind } from '#model/kinds.ts'
import { ownerOf, withEc2Arn } from '#sources/ec2-arn.ts'
import { prepareService } from './prepare-service.ts'
import type { Given } from './take-aws.ts'

type Body = Record<string, unknown>

/** What secretsmanager:GetSecretValue would add. It is not kept, wherever it comes from. */
const secretValues = ['SecretString', 'SecretBinary']

/** The body with its ARN, where account and region say it, and without values of secrets. */
export function prepareAws(kind: AwsKind, said: Body, { partition, ...place }: Given): Body {
  const { account, region } = place
  const body = prepareService(kind, said, { account, region, partition: partition ?? partitionOf(region ?? '') })
  if (kind === 'aws/secretsmanager/Secret') return Object.fromEntries(Object.entries(body).filter(([name]) => !secretValues.includes(name)))
  if (body.Arn !== undefined) return body
  if (kind === 'aws/s3/Bucket' && typeof body.Name === 'string')
    return { Arn: `arn:${partition ?? partitionOf(region ?? '')}:s3:::${body.Name}`, ...body }
  const home = ownerOf(kind, body)
  return { ...withEc2Arn(kind, body, { ...place, partition: partition ?? partitionOf(home.region ?? region ?? '') }) }
}

/** The ARN that says whose the parts of an organisation are, which go by ids: their own, or the organisation's. */
export function organizationArn(body: object): string | undefined {
  const { Arn, OrganizationArn } = body as Body
  const found = [Arn, OrganizationArn].find(arn => typeof arn === 'string' && /^arn:[\w-]+:organizations:/.test(arn))
  return typeof found === 'string' ? found : undefined
}

/** For outputs that hold no ARN to take it from. https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
export function partitionOf(region: string): string {
  const found = partitions.find(([prefix]) => region.startsWith(prefix))
  return found?.[1] ?? 'aws'
}

const partitions = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
] as const
