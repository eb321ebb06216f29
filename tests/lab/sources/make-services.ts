import { CloudWatchClient, PutMetricAlarmCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutResourcePolicyCommand,
  PutRetentionPolicyCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DisableEbsEncryptionByDefaultCommand,
  EC2Client,
  EnableEbsEncryptionByDefaultCommand,
} from '@aws-sdk/client-ec2'
import { CreateRepositoryCommand, ECRClient, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr'
import { DeleteRuleCommand, EventBridgeClient, PutRuleCommand, PutTargetsCommand, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateDetectorCommand, CreateFilterCommand, CreatePublishingDestinationCommand, GuardDutyClient } from '@aws-sdk/client-guardduty'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { EnableSecurityHubCommand, SecurityHubClient } from '@aws-sdk/client-securityhub'
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import type { Lab } from '../lab.ts'

/** What stands in the account. */
export interface Services {
  readonly volumeId: string
  readonly detectorId: string
  /** ARNs of the queue, the topic, the repository and the function. */
  readonly resources: readonly string[]
  /** Takes away what speaks of the findings of the whole account: other suites ask what becomes of them. */
  undo(): Promise<void>
}

/** What must never leave AWS: values, messages, log lines, variables. */
export const secret = 'never-to-be-read'

const policyFor = (Service: string, Action: string, Resource?: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action, ...(Resource === undefined ? {} : { Resource }) }],
  })

/** One of each kind of storage, logs, detection and messaging. */
export async function makeServices(lab: Lab): Promise<Services> {
  const [volumeId, snapshotId] = await makeStorage(lab)
  const [queue, topic] = await makeMessaging(lab)
  await makeMonitoring(lab, topic)
  const detectorId = await makeDetection(lab)
  return { volumeId, detectorId, resources: [queue, topic, ...(await makeCode(lab))], undo: () => undoShared(lab, snapshotId) }
}

async function makeStorage({ aws, region }: Lab): Promise<readonly [volumeId: string, snapshotId: string]> {
  const ec2 = new EC2Client(aws())
  await ec2.send(new EnableEbsEncryptionByDefaultCommand({}))
  const Tags = [{ Key: 'kubernetes.io/created-for/pv/name', Value: 'services-pv' }]
  const made = await ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1, TagSpecifications: [{ ResourceType: 'volume', Tags }] }),
  )
  const { SnapshotId } = await ec2.send(new CreateSnapshotCommand({ VolumeId: made.VolumeId }))
  const ssm = new SSMClient(aws())
  await ssm.send(new PutParameterCommand({ Name: '/services/password', Type: 'SecureString', Value: secret }))
  return [made.VolumeId ?? '', SnapshotId ?? '']
}

async function makeMessaging({ aws, accountId, region }: Lab): Promise<readonly [queue: string, topic: string]> {
  const queue = `arn:aws:sqs:${region}:${accountId}:services-queue`
  const Attributes = { Policy: policyFor('sns.amazonaws.com', 'sqs:SendMessage', queue) }
  await new SQSClient(aws()).send(new CreateQueueCommand({ QueueName: 'services-queue', Attributes }))
  const { TopicArn = '' } = await new SNSClient(aws()).send(new CreateTopicCommand({ Name: 'services-topic' }))
  return [queue, TopicArn]
}

async function makeMonitoring(lab: Lab, topic: string): Promise<void> {
  await makeLogs(lab)
  const { aws, clusterName } = lab
  const cloudwatch = new CloudWatchClient(aws())
  const Dimensions = [{ Name: 'ClusterName', Value: clusterName }]
  const Namespace = 'ContainerInsights'
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace,
      MetricData: [{ MetricName: 'cluster_node_count', Dimensions, Value: 3, Timestamp: new Date() }],
    }),
  )
  const alarm = { AlarmName: 'services-nodes', Namespace, MetricName: 'cluster_node_count', Dimensions, Period: 60, EvaluationPeriods: 1 }
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...alarm,
      Statistic: 'Average',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      AlarmActions: [topic],
    }),
  )
  const events = new EventBridgeClient(aws())
  await events.send(new PutRuleCommand({ Name: findingsRule, EventPattern: '{"source":["aws.guardduty"]}' }))
  await events.send(new PutTargetsCommand({ Rule: findingsRule, Targets: [{ Id: '1', Arn: topic, Input: JSON.stringify(secret) }] }))
}

const findingsRule = 'services-findings'

/** What other suites are asked of: who tells findings, the default of the account, its snapshots, and the group of the cluster's own logs. */
async function undoShared({ aws, clusterName }: Lab, SnapshotId: string): Promise<void> {
  const ec2 = new EC2Client(aws())
  await ec2.send(new DisableEbsEncryptionByDefaultCommand({}))
  await ec2.send(new DeleteSnapshotCommand({ SnapshotId }))
  await new CloudWatchLogsClient(aws()).send(new DeleteLogGroupCommand({ logGroupName: `/aws/eks/${clusterName}/cluster` }))
  const events = new EventBridgeClient(aws())
  await events.send(new RemoveTargetsCommand({ Rule: findingsRule, Ids: ['1'] }))
  await events.send(new DeleteRuleCommand({ Name: findingsRule }))
}

async function makeLogs({ aws, clusterName, accountId, region }: Lab): Promise<void> {
  const logs = new CloudWatchLogsClient(aws())
  const logGroupName = `/aws/eks/${clusterName}/cluster`
  const logStreamName = 'kube-apiserver-audit-1'
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 90 }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents: [{ timestamp: Date.now(), message: secret }] }))
  const metricTransformations = [{ metricName: 'denied', metricNamespace: 'services', metricValue: '1' }]
  await logs.send(
    new PutMetricFilterCommand({ logGroupName, filterName: 'services-denied', filterPattern: 'denied', metricTransformations }),
  )
  const destinationArn = `arn:aws:lambda:${region}:${accountId}:function:services-function`
  await logs.send(new PutSubscriptionFilterCommand({ logGroupName, filterName: 'services-siem', filterPattern: '', destinationArn }))
  const policyDocument = policyFor('delivery.logs.amazonaws.com', 'logs:PutLogEvents', '*')
  await logs.send(new PutResourcePolicyCommand({ policyName: 'services-delivery', policyDocument }))
}

async function makeDetection(lab: Lab): Promise<string> {
  const { aws, clusterName, accountId } = lab
  const guardduty = new GuardDutyClient(aws())
  const { DetectorId = '' } = await guardduty.send(
    new CreateDetectorCommand({ Enable: true, Features: [{ Name: 'RUNTIME_MONITORING', Status: 'ENABLED' }] }),
  )
  const FindingCriteria = { Criterion: { severity: { GreaterThanOrEqual: 7 } } }
  await guardduty.send(new CreateFilterCommand({ DetectorId, Name: 'services-noise', Action: 'ARCHIVE', FindingCriteria }))
  const DestinationProperties = { DestinationArn: 'arn:aws:s3:::services-findings' }
  await guardduty.send(new CreatePublishingDestinationCommand({ DetectorId, DestinationType: 'S3', DestinationProperties }))
  const eksClusterDetails = { clusterName, coveredNodes: 1, compatibleNodes: 2, managementType: 'AUTO_MANAGED' }
  const resourceDetails = { resourceType: 'EKS', eksClusterDetails }
  const coverage = [
    { resourceId: 'services', detectorId: DetectorId, accountId, resourceDetails, coverageStatus: 'UNHEALTHY', issue: 'No agent' },
  ]
  const features = [{ name: 'EKS_AUDIT_LOGS', autoEnable: 'NEW', additionalConfiguration: [] }]
  const organization = { autoEnable: true, memberAccountLimitReached: false, autoEnableOrganizationMembers: 'NEW', features }
  await fetch(`${lab.awsEndpoint}/_lab/guardduty/${DetectorId}`, { method: 'POST', body: JSON.stringify({ coverage, organization }) })
  await new SecurityHubClient(aws()).send(new EnableSecurityHubCommand({}))
  return DetectorId
}

async function makeCode({ aws }: Lab): Promise<readonly string[]> {
  const ecr = new ECRClient(aws())
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'services-repository' }))
  const policyText = policyFor('lambda.amazonaws.com', 'ecr:BatchGetImage')
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName: 'services-repository', policyText }))
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
  const { Role } = await new IAMClient(aws()).send(new CreateRoleCommand({ RoleName: 'services-function', AssumeRolePolicyDocument }))
  const lambda = new LambdaClient(aws())
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'services-function',
      Role: Role?.Arn,
      Runtime: 'python3.13',
      Handler: 'index.handler',
      Code: { ZipFile: emptyZip },
      Environment: { Variables: { PASSWORD: secret } },
    }),
  )
  const permission = { StatementId: 'logs', Action: 'lambda:InvokeFunction', Principal: 'logs.amazonaws.com' }
  await lambda.send(new AddPermissionCommand({ FunctionName: 'services-function', ...permission }))
  return [repository?.repositoryArn ?? '', FunctionArn]
}

/** An archive of nothing: the record that ends every one. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16 */
const emptyZip = Buffer.concat([Buffer.from('PK\u0005\u0006', 'latin1'), Buffer.alloc(18)])
