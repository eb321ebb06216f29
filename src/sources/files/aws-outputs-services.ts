import type { AwsKind } from '#model/kinds.ts'
import { isMap } from './conform.ts'
import { ignore, type Harvest, type Placeless } from './harvest.ts'
import type { Output, Recognised } from './recognised.ts'
import { inside, problemAt, type Seat } from './seat.ts'
import { takeAws } from './take-aws.ts'
import { takeLogStreams, takeSubscriptions } from './take-log-outputs.ts'
import { takeLaunchTemplateVersions, takeSnapshots, takeVolumes } from './take-ec2-output.ts'

/** The first item of a list is told by a field of its own: other services have lists of the same name. */
const listOf = (key: string, field: string) => (output: Output) => {
  const list = output[key]
  return Array.isArray(list) && isMap(list[0]) && field in list[0]
}

/** A list that may have been filtered: it proves what is there, and nothing of what is not. Each item says where it is. */
const some = (key: string, field: string, kind: AwsKind): Recognised => ({
  when: listOf(key, field),
  take: (harvest, output, seat) => eachOf(output, key, seat, (item, at) => void takeAws(harvest, kind, item, at)),
})

/** As `some`, of items that do not say where they are. */
const somewhere = (key: string, field: string, kind: AwsKind): Recognised => ({
  when: listOf(key, field),
  take: (harvest, output, seat) => eachOf(output, key, seat, (body, at) => void harvest.placeless.push({ kind, body, seat: at })),
})

function eachOf(output: Output, key: string, seat: Seat, take: (item: Output, seat: Seat) => void): void {
  for (const [index, item] of (output[key] as unknown[]).entries()) take(isMap(item) ? item : {}, inside(seat, key, index))
}

const placeless = (harvest: Harvest, kind: AwsKind, body: Output, seat: Seat, more: Pick<Placeless, 'account' | 'ofDetector'> = {}) =>
  void harvest.placeless.push({ kind, body, seat, ...more })

const storage: readonly Recognised[] = [
  // aws ec2 describe-volumes
  { when: listOf('Volumes', 'VolumeId'), take: takeVolumes },
  // aws ec2 describe-snapshots
  { when: listOf('Snapshots', 'SnapshotId'), take: takeSnapshots },
  // aws ec2 describe-launch-template-versions
  { when: listOf('LaunchTemplateVersions', 'LaunchTemplateId'), take: takeLaunchTemplateVersions },
  {
    // aws ec2 get-ebs-encryption-by-default
    when: output => typeof output.EbsEncryptionByDefault === 'boolean',
    take: (harvest, output, seat) => placeless(harvest, 'aws/ec2/EbsEncryptionByDefault', output, seat),
  },
  {
    // aws ssm get-parameters, which gives values; aws ssm describe-parameters
    when: output => Array.isArray(output.Parameters) && isMap(output.Parameters[0]) && typeof output.Parameters[0].Name === 'string',
    take: (harvest, output, seat) =>
      eachOf(output, 'Parameters', seat, (item, at) => {
        if ('Value' in item) ignore(harvest, 'the value of a parameter')
        else if ('ARN' in item) takeAws(harvest, 'aws/ssm/Parameter', item, at)
        else placeless(harvest, 'aws/ssm/Parameter', item, at)
      }),
  },
  {
    // aws ssm get-parameter
    when: output => isMap(output.Parameter) && 'Value' in output.Parameter,
    take: harvest => ignore(harvest, 'the value of a parameter'),
  },
]

const logs: readonly Recognised[] = [
  // aws logs describe-log-groups
  some('logGroups', 'logGroupName', 'aws/logs/LogGroup'),
  // aws logs describe-log-streams
  { when: listOf('logStreams', 'logStreamName'), take: takeLogStreams },
  // aws logs describe-metric-filters
  somewhere('metricFilters', 'filterName', 'aws/logs/MetricFilter'),
  // aws logs describe-subscription-filters
  { when: listOf('subscriptionFilters', 'filterName'), take: takeSubscriptions },
  // aws logs describe-resource-policies
  somewhere('resourcePolicies', 'policyDocument', 'aws/logs/ResourcePolicy'),
  // aws cloudwatch describe-alarms
  some('MetricAlarms', 'AlarmArn', 'aws/cloudwatch/Alarm'),
]

const ofService = (service: string, arn: unknown): arn is string =>
  typeof arn === 'string' && new RegExp(`^arn:[\\w-]+:${service}:`).test(arn)

const detection: readonly Recognised[] = [
  {
    // aws guardduty list-detectors
    when: ({ DetectorIds }) => Array.isArray(DetectorIds) && DetectorIds.every(id => typeof id === 'string'),
    take: (harvest, { DetectorIds }) => (DetectorIds as string[]).forEach(id => harvest.detectors.add(id)),
  },
  {
    // aws guardduty get-detector: its service role says whose it is
    when: output =>
      typeof output.ServiceRole === 'string' && typeof output.Status === 'string' && ('Features' in output || 'DataSources' in output),
    take(harvest, output, seat) {
      const account = String(output.ServiceRole).split(':')[4] ?? ''
      placeless(harvest, 'aws/guardduty/Detector', output, seat, { ofDetector: true, ...(account === '' ? {} : { account }) })
    },
  },
  {
    // aws guardduty get-administrator-account
    when: ({ Administrator }) => isMap(Administrator) && 'RelationshipStatus' in Administrator,
    take: (harvest, output, seat) => placeless(harvest, 'aws/guardduty/Administrator', output, seat, { ofDetector: true }),
  },
  {
    // aws guardduty describe-organization-configuration
    when: output => typeof output.MemberAccountLimitReached === 'boolean' && 'AutoEnableOrganizationMembers' in output,
    take: (harvest, output, seat) => placeless(harvest, 'aws/guardduty/OrganizationConfiguration', output, seat, { ofDetector: true }),
  },
  // aws guardduty list-coverage
  somewhere('Resources', 'CoverageStatus', 'aws/guardduty/Coverage'),
  {
    // aws guardduty get-filter
    when: output => isMap(output.FindingCriteria) && typeof output.Action === 'string',
    take: (harvest, output, seat) => placeless(harvest, 'aws/guardduty/Filter', output, seat, { ofDetector: true }),
  },
  {
    // aws guardduty describe-publishing-destination
    when: output => typeof output.DestinationId === 'string' && isMap(output.DestinationProperties),
    take: (harvest, output, seat) => placeless(harvest, 'aws/guardduty/PublishingDestination', output, seat, { ofDetector: true }),
  },
  {
    // aws events list-rules
    when: ({ Rules }) => Array.isArray(Rules) && isMap(Rules[0]) && ofService('events', Rules[0].Arn),
    take: (harvest, output, seat) => eachOf(output, 'Rules', seat, (item, at) => void takeAws(harvest, 'aws/events/Rule', item, at)),
  },
  {
    // aws events describe-rule
    when: output => ofService('events', output.Arn) && typeof output.Name === 'string',
    take: (harvest, output, seat) => void takeAws(harvest, 'aws/events/Rule', output, seat),
  },
  {
    // aws securityhub describe-hub
    when: output => ofService('securityhub', output.HubArn),
    take: (harvest, output, seat) => void takeAws(harvest, 'aws/securityhub/Hub', output, seat),
  },
  {
    // aws securityhub list-enabled-products-for-import: the products' ARNs say of which hub
    when: ({ ProductSubscriptions: list }) => Array.isArray(list) && ofService('securityhub', list[0]),
    take: (harvest, { ProductSubscriptions: value }, seat) =>
      void harvest.parts.push({
        kind: 'aws/securityhub/Hub',
        isOf: id => id.split(':', 5).join() === (value as string[])[0]?.split(':', 5).join(),
        field: 'ProductSubscriptions',
        value,
        within: ['ProductSubscriptions'],
        seat,
        add: 'add the output of aws securityhub describe-hub',
      }),
  },
  // aws eks describe-addon-versions
  somewhere('addons', 'addonVersions', 'aws/eks/AddonVersions'),
]

const attributes = (arn: string, all: string, kind: AwsKind): Recognised => ({
  when: ({ Attributes }) => isMap(Attributes) && arn in Attributes,
  take(harvest, { Attributes }, seat) {
    // Where every attribute was asked for, one that is not there has no value.
    const known = isMap(Attributes) && all in Attributes ? { Policy: null, ...Attributes } : Attributes
    takeAws(harvest, kind, { Attributes: known }, seat)
  },
})

const sharing: readonly Recognised[] = [
  // aws sqs get-queue-attributes
  attributes('QueueArn', 'CreatedTimestamp', 'aws/sqs/Queue'),
  // aws sns get-topic-attributes
  attributes('TopicArn', 'SubscriptionsConfirmed', 'aws/sns/Topic'),
  // aws rds describe-db-instances
  some('DBInstances', 'DBInstanceArn', 'aws/rds/DBInstance'),
  // aws rds describe-db-clusters
  some('DBClusters', 'DBClusterArn', 'aws/rds/DBCluster'),
  // aws ecr describe-repositories
  some('repositories', 'repositoryArn', 'aws/ecr/Repository'),
  {
    // aws ecr get-repository-policy
    when: output => typeof output.policyText === 'string' && typeof output.repositoryName === 'string',
    take: (harvest, { registryId, repositoryName, policyText: value }, seat) =>
      void harvest.parts.push({
        kind: 'aws/ecr/Repository',
        isOf: (_, body) => body.repositoryName === repositoryName && body.registryId === registryId,
        field: 'policyText',
        value,
        within: ['policyText'],
        seat,
        add: 'add the output of aws ecr describe-repositories',
      }),
  },
  {
    // aws lambda get-policy
    when: output => typeof output.Policy === 'string' && typeof output.RevisionId === 'string',
    take(harvest, { Policy }, seat) {
      const arns = [...String(Policy).matchAll(/"Resource"\s*:\s*"(arn:[^"]+)"/g)].map(([, arn]) => arn)
      const [FunctionArn] = arns
      if (
        FunctionArn !== undefined &&
        /^arn:[\w-]+:lambda:[^:]+:\d+:function:[^:]+$/.test(FunctionArn) &&
        arns.every(arn => arn === FunctionArn)
      )
        return void takeAws(harvest, 'aws/lambda/Function', { FunctionArn, Policy }, seat)
      const help = 'write it as Policy: under kind: aws/lambda/Function, beside FunctionArn:'
      harvest.problems.push(problemAt(seat, ['Policy'], 'PART_WITHOUT_WHOLE', 'this policy does not say of which function it is', help))
    },
  },
]

/** Outputs about storage, logs, detection and messaging. */
export const serviceOutputs: readonly Recognised[] = [...storage, ...logs, ...detection, ...sharing]
