import type { AwsKind } from '#model/kinds.ts'
import type { Given } from './take-aws.ts'

type Body = Record<string, unknown>

/** Kinds whose API leaves the ARN out, and the field that it ends in. */
const withoutArn: { readonly [K in AwsKind]?: { readonly service: string; readonly type: string; readonly field: string } } = {
  'aws/ec2/Instance': { service: 'ec2', type: 'instance', field: 'InstanceId' },
  'aws/ec2/VpcEndpoint': { service: 'ec2', type: 'vpc-endpoint', field: 'VpcEndpointId' },
}

/** What secretsmanager:GetSecretValue would add. It is not kept, wherever it comes from. */
const secretValues = ['SecretString', 'SecretBinary']

/** The body with its ARN, where account and region say it, and without values of secrets. */
export function prepareAws(kind: AwsKind, body: Body, { account, region, partition }: Given): Body {
  if (kind === 'aws/secretsmanager/Secret') return Object.fromEntries(Object.entries(body).filter(([name]) => !secretValues.includes(name)))
  if (body.Arn !== undefined) return body
  if (kind === 'aws/s3/Bucket' && typeof body.Name === 'string')
    return { Arn: `arn:${partition ?? partitionOf(region ?? '')}:s3:::${body.Name}`, ...body }
  const form = withoutArn[kind]
  const id = form === undefined ? undefined : body[form.field]
  if (form === undefined || typeof id !== 'string' || account === undefined || region === undefined) return body
  return { Arn: `arn:${partition ?? partitionOf(region)}:${form.service}:${region}:${account}:${form.type}/${id}`, ...body }
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
