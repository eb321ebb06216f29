import type { AwsKind } from '#model/kinds.ts'
import { regionalId } from '#model/kinds-aws-operations.ts'

type Body = Record<string, unknown>

interface Place {
  readonly account: string | undefined
  readonly region: string | undefined
  readonly partition: string
}

/** Of what has no ARN: the fields that tell it apart in its region, in the order of its `Id`. */
const identifying: { readonly [K in AwsKind]?: readonly string[] } = {
  'aws/cloudwatch/ClusterMetric': ['ClusterName', 'MetricName'],
  'aws/ec2/EbsEncryptionByDefault': [],
  'aws/ec2/LaunchTemplateVersion': ['LaunchTemplateId', 'VersionNumber'],
  'aws/eks/AddonVersions': ['addonName'],
  'aws/guardduty/Coverage': ['DetectorId', 'ResourceId'],
  'aws/logs/MetricFilter': ['logGroupName', 'filterName'],
  'aws/logs/ResourcePolicy': ['policyName'],
}

/** What GuardDuty keeps of a detector: the field of its ARN, and what it ends in. */
const ofDetector: { readonly [K in AwsKind]?: { readonly arn: string; readonly type?: string; readonly field?: string } } = {
  'aws/guardduty/Administrator': { arn: 'DetectorArn' },
  'aws/guardduty/Detector': { arn: 'Arn' },
  'aws/guardduty/Filter': { arn: 'Arn', type: 'filter', field: 'Name' },
  'aws/guardduty/OrganizationConfiguration': { arn: 'DetectorArn' },
  'aws/guardduty/PublishingDestination': { arn: 'Arn', type: 'publishingdestination', field: 'DestinationId' },
}

/** What other calls would add, or what a target is sent. It is not kept, wherever it comes from. */
const content: { readonly [K in AwsKind]?: readonly string[] } = {
  'aws/lambda/Function': ['Environment'],
  'aws/rds/DBCluster': ['PendingModifiedValues'],
  'aws/rds/DBInstance': ['PendingModifiedValues'],
  'aws/ssm/Parameter': ['Value'],
}
const sent = ['Input', 'InputTransformer', 'HttpParameters']

/** The body with the ARN or `Id` that its API leaves out, where it says enough, and without what may hold secrets. */
export function prepareService(kind: AwsKind, said: Body, place: Place): Body {
  const body = withoutContent(kind, said)
  const { account, region, partition } = place
  if (account === undefined || region === undefined) return body
  const fields = identifying[kind]?.map(name => body[name])
  if (fields !== undefined && body.Id === undefined && fields.every(isName))
    return { Id: regionalId(account, region, ...fields.map(String)), ...body }
  if (kind === 'aws/ssm/Parameter' && body.ARN === undefined && isText(body.Name))
    return { ARN: `arn:${partition}:ssm:${region}:${account}:parameter/${body.Name.replace(/^\//, '')}`, ...body }
  if (kind === 'aws/logs/SubscriptionFilters' && body.logGroupArn === undefined && isText(body.logGroupName))
    return { logGroupArn: `arn:${partition}:logs:${region}:${account}:log-group:${body.logGroupName}`, ...body }
  const detector = ofDetector[kind]
  if (detector === undefined || body[detector.arn] !== undefined || !isText(body.DetectorId)) return body
  const name = detector.field === undefined ? undefined : body[detector.field]
  const end = isText(name) ? `/${detector.type}/${name}` : ''
  const arn = `arn:${partition}:guardduty:${region}:${account}:detector/${body.DetectorId}${end}`
  if (detector.arn === 'Arn') return { Arn: arn, ...body }
  const { DetectorId: _, ...rest } = body
  return { DetectorArn: arn, ...rest }
}

const isName = (value: unknown): boolean => isText(value) || typeof value === 'number'

const isText = (value: unknown): value is string => typeof value === 'string'

function withoutContent(kind: AwsKind, body: Body): Body {
  if (kind === 'aws/events/Rule' && Array.isArray(body.Targets))
    return { ...body, Targets: body.Targets.map(target => without(target, sent)) }
  if (kind === 'aws/ec2/LaunchTemplateVersion' && 'LaunchTemplateData' in body)
    return { ...body, LaunchTemplateData: without(body.LaunchTemplateData, ['UserData']) }
  const names = content[kind]
  return names === undefined ? body : (without(body, names) as Body)
}

const without = (value: unknown, names: readonly string[]): unknown =>
  typeof value === 'object' && value !== null && names.some(name => name in value)
    ? Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
    : value
