import type { AwsOperationsBodies } from '#model/kinds-aws-operations.ts'
import { needs, on, type KindOperations } from './kind-operations.ts'

const detectors = on('guardduty:ListDetectors')
const groups = on('logs:DescribeLogGroups')

/** What reading the kinds of storage, databases, logs, detection and messaging calls. */
export const serviceOperations: { readonly [K in keyof AwsOperationsBodies]: KindOperations } = {
  'aws/cloudwatch/Alarm': needs(on('cloudwatch:DescribeAlarms', 'alarm:*')),
  'aws/cloudwatch/ClusterMetric': needs(on('cloudwatch:ListMetrics')),
  'aws/ec2/EbsEncryptionByDefault': needs(on('ec2:GetEbsEncryptionByDefault'), on('ec2:GetEbsDefaultKmsKeyId')),
  'aws/ec2/Snapshot': needs(on('ec2:DescribeSnapshots')),
  'aws/ec2/Volume': needs(on('ec2:DescribeVolumes')),
  'aws/ecr/Repository': needs(on('ecr:DescribeRepositories', 'repository/*'), on('ecr:GetRepositoryPolicy', 'repository/*')),
  'aws/eks/AddonVersions': needs(on('eks:DescribeAddonVersions')),
  'aws/events/Rule': needs(on('events:ListRules'), on('events:ListTargetsByRule', 'rule/*')),
  'aws/guardduty/Administrator': needs(detectors, on('guardduty:GetAdministratorAccount')),
  'aws/guardduty/Coverage': needs(detectors, on('guardduty:ListCoverage', 'detector/*')),
  'aws/guardduty/Detector': needs(detectors, on('guardduty:GetDetector', 'detector/*')),
  'aws/guardduty/Filter': needs(detectors, on('guardduty:ListFilters'), on('guardduty:GetFilter', 'detector/*')),
  'aws/guardduty/OrganizationConfiguration': needs(detectors, on('guardduty:DescribeOrganizationConfiguration')),
  'aws/guardduty/PublishingDestination': needs(
    detectors,
    on('guardduty:ListPublishingDestinations'),
    on('guardduty:DescribePublishingDestination', 'detector/*'),
  ),
  'aws/lambda/Function': needs(on('lambda:GetPolicy', 'function:*'), on('lambda:ListTags', 'function:*')),
  'aws/logs/LogGroup': needs(groups),
  'aws/logs/LogStreams': needs(groups, on('logs:DescribeLogStreams', 'log-group:*')),
  'aws/logs/MetricFilter': needs(on('logs:DescribeMetricFilters', 'log-group:*')),
  'aws/logs/ResourcePolicy': needs(on('logs:DescribeResourcePolicies')),
  'aws/logs/SubscriptionFilters': needs(groups, on('logs:DescribeSubscriptionFilters', 'log-group:*')),
  'aws/rds/DBCluster': needs(on('rds:DescribeDBClusters', 'cluster:*')),
  'aws/rds/DBInstance': needs(on('rds:DescribeDBInstances', 'db:*')),
  'aws/securityhub/Hub': needs(on('securityhub:DescribeHub', 'hub/default'), on('securityhub:ListEnabledProductsForImport', 'hub/default')),
  'aws/sns/Topic': needs(on('sns:GetTopicAttributes', '*')),
  'aws/sqs/Queue': needs(on('sqs:GetQueueAttributes', '*'), on('sqs:GetQueueUrl', '*')),
  'aws/ssm/Parameter': needs(on('ssm:DescribeParameters')),
}
