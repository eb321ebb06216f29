import type { PolicyDocument, Statement } from '#iam/document.ts'
import { logsPrincipal } from './log-group-key.ts'

/** A cluster, as ARNs name it. */
export interface ClusterPlace {
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly cluster: string
}

export interface ShipperDuties {
  /** The groups are not there beforehand: Fluent Bit and the agent make them. */
  readonly makesGroups?: boolean
  /** Fluent Bit sets the retention of groups that it makes: `log_retention_days`. */
  readonly setsRetention?: boolean
  /** Namespaces of metrics that the agent sends besides those of Container Insights, which are log events. */
  readonly metricNamespaces?: readonly string[]
}

const groupsOf = ({ partition, region, account, cluster }: ClusterPlace): string =>
  `arn:${partition}:logs:${region}:${account}:log-group:/aws/containerinsights/${cluster}/*`

/**
 * The identity policy of the role that the CloudWatch agent and Fluent Bit of one cluster share: what they write, of this cluster alone.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-prerequisites.html (CloudWatchAgentServerPolicy, which is wider)
 */
export function shipperPolicy(place: ClusterPlace, duties: ShipperDuties = {}): PolicyDocument {
  const { makesGroups = false, setsRetention = false, metricNamespaces = [] } = duties
  const groups = groupsOf(place)
  const making = [...(makesGroups ? ['logs:CreateLogGroup'] : []), ...(setsRetention ? ['logs:PutRetentionPolicy'] : [])]
  const statements: readonly Statement[] = [
    { Sid: 'WriteEvents', Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: groups },
    ...(making.length === 0 ? [] : [{ Sid: 'MakeGroups', Effect: 'Allow' as const, Action: making, Resource: groups }]),
    ...(metricNamespaces.length === 0
      ? []
      : [
          {
            Sid: 'PutMetrics',
            Effect: 'Allow' as const,
            Action: 'cloudwatch:PutMetricData',
            Resource: '*',
            Condition: { StringEquals: { 'cloudwatch:namespace': metricNamespaces } },
          },
        ]),
    // Names of Auto Scaling groups and of volumes, which are dimensions of its metrics. Neither action takes a resource.
    { Sid: 'NameDimensions', Effect: 'Allow', Action: ['ec2:DescribeTags', 'ec2:DescribeVolumes'], Resource: '*' },
  ]
  return { Version: '2012-10-17', Statement: statements }
}

/** What CloudWatch Logs does with a key, as AWS documents it. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
const withKey = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*']

/** The statement of a key policy by which CloudWatch Logs encrypts these groups and no other. */
export const logKeyStatement = (
  { partition, region }: Pick<ClusterPlace, 'partition' | 'region'>,
  groupArns: readonly string[],
): Statement => ({
  Sid: 'EncryptLogGroups',
  Effect: 'Allow',
  Principal: { Service: logsPrincipal(partition, region) },
  Action: withKey,
  Resource: '*',
  Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groupArns.length === 1 ? (groupArns[0] ?? '') : groupArns } },
})

/** The same for all groups of one cluster: those of Container Insights and that of its control plane. */
export const clusterLogKeyStatement = (place: ClusterPlace): Statement =>
  logKeyStatement(place, [
    groupsOf(place),
    `arn:${place.partition}:logs:${place.region}:${place.account}:log-group:/aws/eks/${place.cluster}/cluster`,
  ])
