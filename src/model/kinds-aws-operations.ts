import type { MetricAlarm } from '@aws-sdk/client-cloudwatch'
import type { LogGroup, LogStream, MetricFilter, ResourcePolicy, SubscriptionFilter } from '@aws-sdk/client-cloudwatch-logs'
import type { Snapshot, Volume } from '@aws-sdk/client-ec2'
import type { Repository } from '@aws-sdk/client-ecr'
import type { AddonInfo } from '@aws-sdk/client-eks'
import type { Rule, Target } from '@aws-sdk/client-eventbridge'
import type {
  Administrator,
  CoverageResource,
  DescribeOrganizationConfigurationResponse,
  DescribePublishingDestinationResponse,
  GetDetectorResponse,
  GetFilterResponse,
} from '@aws-sdk/client-guardduty'
import type { DBCluster, DBInstance } from '@aws-sdk/client-rds'
import type { DescribeHubResponse } from '@aws-sdk/client-securityhub'
import type { ParameterMetadata } from '@aws-sdk/client-ssm'
import type { AwsFactsTable } from './aws-kind-facts.ts'
import type { Documented, PolicyJson, Wire } from './wire.ts'

/** Of what AWS gives no ARN, the `Id` that we give it: see `regionalId`. */
interface Identified {
  readonly Id: string
}

/** The `Id` of what has no ARN: `111122223333:eu-west-1`, and what tells it apart there: `111122223333:eu-west-1:vpc-cni`. */
export const regionalId = (account: string, region: string, ...names: readonly string[]): string => [account, region, ...names].join(':')

/** An item of ssm:DescribeParameters: what it is, never what it holds. */
export type ParameterBody = Wire<ParameterMetadata> & { readonly ARN: string; readonly Name: string }

/** An item of ec2:DescribeVolumes, and the ARN under which IAM knows it. */
export type VolumeBody = Wire<Volume> & { readonly Arn: string; readonly VolumeId: string }

/** An item of ec2:DescribeSnapshots of the account's own, and the ARN under which IAM knows it. */
export type SnapshotBody = Wire<Snapshot> & {
  readonly Arn: string
  readonly SnapshotId: string
  /** Whether it is among those that DescribeSnapshots lists by `RestorableByUserIds: all`: any AWS account may make a volume of it. Absent: not asked. */
  readonly RestorableByAll?: boolean
}

/** ec2:GetEbsEncryptionByDefault and GetEbsDefaultKmsKeyId: one for each account and region. What is absent was not read. */
export interface EbsEncryptionByDefaultBody extends Identified {
  readonly EbsEncryptionByDefault?: boolean
  /** The key for volumes that name none: an ARN, or `alias/aws/ebs`. */
  readonly KmsKeyId?: string
}

/** An item of logs:DescribeLogGroups. */
export type LogGroupBody = Wire<LogGroup> & { readonly arn: string; readonly logGroupName: string }

/** What logs keep of one group, which is asked for by the group: nothing is known of other groups. */
interface OfOneGroup {
  /** Without the `:*` that the group's own `arn` ends in. */
  readonly logGroupArn: string
  readonly logGroupName: string
}

/**
 * logs:DescribeLogStreams of one group, the newest events first. `truncated`: there are more, and none of them has a later event than those here.
 * AWS tells `lastIngestionTime` and `lastEventTimestamp` (milliseconds since 1970) with a delay, typically of less than an hour.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html
 */
export interface LogStreamsBody extends OfOneGroup {
  readonly logStreams: readonly Wire<LogStream>[]
  readonly truncated?: true
}

/** logs:DescribeSubscriptionFilters of one group. */
export interface SubscriptionFiltersBody extends OfOneGroup {
  readonly subscriptionFilters: readonly Wire<SubscriptionFilter>[]
}

/** An item of logs:DescribeMetricFilters. */
export type MetricFilterBody = Wire<MetricFilter> & Identified & { readonly filterName: string; readonly logGroupName: string }

/** An item of logs:DescribeResourcePolicies. */
export type LogResourcePolicyBody = Documented<ResourcePolicy, 'policyDocument'> & Identified & { readonly policyName: string }

/** An item of `MetricAlarms` of cloudwatch:DescribeAlarms. Composite alarms are not read. */
export type AlarmBody = Wire<MetricAlarm> & { readonly AlarmArn: string; readonly AlarmName: string }

/**
 * cloudwatch:ListMetrics of one metric of one cluster: every set of dimensions under which it had data in the three hours before. An empty list
 * says that it had none. Only the names in `clusterMetricNames` are asked for.
 */
export interface ClusterMetricBody extends Identified {
  readonly Namespace: string
  readonly MetricName: string
  readonly ClusterName: string
  readonly Metrics: readonly { readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[] }[]
}

/** The metrics of Container Insights that tell whether a cluster and each of its nodes report at all: one for the cluster, one with the node's name. */
export const clusterMetricNames = ['cluster_node_count', 'node_cpu_utilization'] as const

/** guardduty:GetDetector, and its ARN and id. `Features` and the older `DataSources` as they are given. A region has one at most. */
export type DetectorBody = Wire<GetDetectorResponse> & { readonly Arn: string; readonly DetectorId: string }

/** guardduty:GetAdministratorAccount of one detector. Null: it has none. */
export interface DetectorAdministratorBody {
  readonly DetectorArn: string
  readonly Administrator: Wire<Administrator> | null
}

/** An item of guardduty:ListCoverage for EKS clusters, of member accounts as well where the account administers them. */
export type CoverageBody = Wire<CoverageResource> & Identified & { readonly ResourceId: string }

/** guardduty:GetFilter, its ARN, and the id of its detector. */
export type DetectorFilterBody = Wire<GetFilterResponse> & { readonly Arn: string; readonly DetectorId: string; readonly Name: string }

/** guardduty:DescribeOrganizationConfiguration of the detector of an account that administers an organization: others have none. */
export type DetectorOrganizationBody = Wire<DescribeOrganizationConfigurationResponse> & { readonly DetectorArn: string }

/** guardduty:DescribePublishingDestination, its ARN, and the id of its detector. */
export type PublishingDestinationBody = Wire<DescribePublishingDestinationResponse> & {
  readonly Arn: string
  readonly DetectorId: string
  readonly DestinationId: string
}

/** An item of events:ListRules of the default bus, with its targets but for what they are sent. Without `Targets`: they were not read. */
export type EventRuleBody = Wire<Rule> & {
  readonly Arn: string
  readonly Name: string
  readonly Targets?: readonly Wire<Omit<Target, 'Input' | 'InputTransformer' | 'HttpParameters'>>[]
}

/** securityhub:DescribeHub. `ProductSubscriptions`: ARNs of the products that send findings to it; absent when they were not read. */
export type HubBody = Wire<DescribeHubResponse> & { readonly HubArn: string; readonly ProductSubscriptions?: readonly string[] }

/** An item of eks:DescribeAddonVersions: the versions that there are in a region, each with the clusters' versions that it is for. */
export type AddonVersionsBody = Wire<AddonInfo> & Identified & { readonly addonName: string }

/** sqs:GetQueueAttributes. `Policy`: null when it has none, absent when it was not read. */
export interface QueueBody {
  readonly Attributes: {
    readonly QueueArn: string
    readonly Policy?: PolicyJson
    readonly KmsMasterKeyId?: string
    readonly SqsManagedSseEnabled?: string
  }
}

/** sns:GetTopicAttributes. `Policy`: null when it has none, absent when it was not read. */
export interface TopicBody {
  readonly Attributes: {
    readonly TopicArn: string
    readonly Owner?: string
    readonly Policy?: PolicyJson
    readonly KmsMasterKeyId?: string
  }
}

/** An item of ecr:DescribeRepositories, and `policyText` of ecr:GetRepositoryPolicy: null when it has none, absent when it was not read. */
export type RepositoryBody = Wire<Repository> & {
  readonly repositoryArn: string
  readonly repositoryName: string
  readonly policyText?: PolicyJson
}

/** lambda:GetPolicy: null when it has none, absent when it was not read. Its configuration is not asked for, since that answer holds variables. */
export interface FunctionBody {
  readonly FunctionArn: string
  readonly Policy?: PolicyJson
  /** lambda:ListTags. */
  readonly Tags?: Readonly<Record<string, string>>
}

/** An item of rds:DescribeDBInstances, without what waits for a maintenance window. */
export type DBInstanceBody = Wire<Omit<DBInstance, 'PendingModifiedValues'>> & {
  readonly DBInstanceArn: string
  readonly DBInstanceIdentifier: string
}

/** An item of rds:DescribeDBClusters, as the instances. Of its subnets it says only the group's name: its instances say which they are. */
export type DBClusterBody = Wire<Omit<DBCluster, 'PendingModifiedValues'>> & {
  readonly DBClusterArn: string
  readonly DBClusterIdentifier: string
}

/** Kind to body. */
export interface AwsOperationsBodies {
  'aws/cloudwatch/Alarm': AlarmBody
  'aws/cloudwatch/ClusterMetric': ClusterMetricBody
  'aws/ec2/EbsEncryptionByDefault': EbsEncryptionByDefaultBody
  'aws/ec2/Snapshot': SnapshotBody
  'aws/ec2/Volume': VolumeBody
  'aws/ecr/Repository': RepositoryBody
  'aws/eks/AddonVersions': AddonVersionsBody
  'aws/events/Rule': EventRuleBody
  'aws/guardduty/Administrator': DetectorAdministratorBody
  'aws/guardduty/Coverage': CoverageBody
  'aws/guardduty/Detector': DetectorBody
  'aws/guardduty/Filter': DetectorFilterBody
  'aws/guardduty/OrganizationConfiguration': DetectorOrganizationBody
  'aws/guardduty/PublishingDestination': PublishingDestinationBody
  'aws/lambda/Function': FunctionBody
  'aws/logs/LogGroup': LogGroupBody
  'aws/logs/LogStreams': LogStreamsBody
  'aws/logs/MetricFilter': MetricFilterBody
  'aws/logs/ResourcePolicy': LogResourcePolicyBody
  'aws/logs/SubscriptionFilters': SubscriptionFiltersBody
  'aws/rds/DBCluster': DBClusterBody
  'aws/rds/DBInstance': DBInstanceBody
  'aws/securityhub/Hub': HubBody
  'aws/sns/Topic': TopicBody
  'aws/sqs/Queue': QueueBody
  'aws/ssm/Parameter': ParameterBody
}

interface Tagged {
  readonly Tags?: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined
}

/** The PersistentVolume that the CSI driver made it for. https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md */
const persistentVolume = ({ Tags = [] }: Tagged) =>
  Tags.flatMap(({ Key, Value }) => (Key === 'kubernetes.io/created-for/pv/name' ? (Value ?? []) : []))

const identity = ({ Id }: Identified) => Id

/** The ARN of the group itself, as policies name it: the API's older `arn` goes on with `:*`. */
export const logGroupArn = ({ logGroupArn: plain, arn }: Pick<LogGroupBody, 'logGroupArn' | 'arn'>): string =>
  plain ?? arn.replace(/:\*$/, '')

/** `NAMESPACE\nNAME` of the metric that the alarm watches, and of those that it computes with. */
const alarmMetric = ({ Namespace, MetricName, Metrics = [] }: AlarmBody) =>
  [{ Namespace, MetricName }, ...Metrics.map(query => query.MetricStat?.Metric)].flatMap(metric =>
    metric?.Namespace === undefined || metric.MetricName === undefined ? [] : [`${metric.Namespace}\n${metric.MetricName}`],
  )

const coveredCluster = ({ ResourceDetails, AccountId }: CoverageBody) => {
  const name = ResourceDetails?.EksClusterDetails?.ClusterName
  return name === undefined ? [] : [name, `${AccountId}\n${name}`]
}

export const awsOperationsKinds: AwsFactsTable<AwsOperationsBodies> = {
  'aws/cloudwatch/Alarm': { id: body => body.AlarmArn, global: false, indexes: { metric: alarmMetric, name: body => body.AlarmName } },
  // By id alone: which names were asked for, no index tells.
  'aws/cloudwatch/ClusterMetric': { id: identity, global: false },
  'aws/ec2/EbsEncryptionByDefault': { id: identity, global: false },
  'aws/ec2/Snapshot': { id: body => body.Arn, global: false, indexes: { id: body => body.SnapshotId, volume: body => body.VolumeId } },
  'aws/ec2/Volume': {
    id: body => body.Arn,
    global: false,
    indexes: {
      instance: ({ Attachments = [] }) => Attachments.flatMap(({ InstanceId }) => InstanceId ?? []),
      persistentVolume,
      volumeId: body => body.VolumeId,
    },
  },
  'aws/ecr/Repository': { id: body => body.repositoryArn, global: false },
  'aws/eks/AddonVersions': { id: identity, global: false },
  'aws/events/Rule': { id: body => body.Arn, global: false },
  'aws/guardduty/Administrator': { id: body => body.DetectorArn, global: false },
  // By `NAME`, or by `ACCOUNT\nNAME`, where the account administers others that have a cluster of that name as well.
  'aws/guardduty/Coverage': { id: identity, global: false, indexes: { cluster: coveredCluster } },
  'aws/guardduty/Detector': { id: body => body.Arn, global: false },
  'aws/guardduty/Filter': { id: body => body.Arn, global: false, indexes: { detector: body => body.DetectorId } },
  'aws/guardduty/OrganizationConfiguration': { id: body => body.DetectorArn, global: false },
  'aws/guardduty/PublishingDestination': { id: body => body.Arn, global: false, indexes: { detector: body => body.DetectorId } },
  'aws/lambda/Function': { id: body => body.FunctionArn, global: false },
  'aws/logs/LogGroup': { id: logGroupArn, global: false, indexes: { name: body => body.logGroupName } },
  'aws/logs/LogStreams': { id: body => body.logGroupArn, global: false },
  'aws/logs/MetricFilter': { id: identity, global: false, indexes: { group: body => body.logGroupName } },
  'aws/logs/ResourcePolicy': { id: identity, global: false },
  'aws/logs/SubscriptionFilters': { id: body => body.logGroupArn, global: false },
  'aws/rds/DBCluster': { id: body => body.DBClusterArn, global: false, indexes: { name: body => body.DBClusterIdentifier } },
  'aws/rds/DBInstance': {
    id: body => body.DBInstanceArn,
    global: false,
    indexes: { cluster: body => body.DBClusterIdentifier, name: body => body.DBInstanceIdentifier },
  },
  'aws/securityhub/Hub': { id: body => body.HubArn, global: false },
  'aws/sns/Topic': { id: body => body.Attributes.TopicArn, global: false },
  'aws/sqs/Queue': { id: body => body.Attributes.QueueArn, global: false },
  'aws/ssm/Parameter': { id: body => body.ARN, global: false, indexes: { name: body => body.Name } },
}
