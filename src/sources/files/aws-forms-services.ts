import type { AwsKind } from '#model/kinds.ts'
import type { Form } from './conform.ts'

const tags: Form = { list: { fields: { Key: 'text', Value: 'text' } } }
const encrypted = {
  Encrypted: 'flag',
  KmsKeyId: 'text',
  State: 'text',
  VolumeId: 'text',
  SnapshotId: 'text',
  OwnerId: 'text',
  Tags: tags,
} as const
const databaseGroups: Form = { list: { fields: { VpcSecurityGroupId: 'text', Status: 'text' } } }

/** The fields that joints rely on, of the kinds of storage, logs, detection and messaging. Fields where null says that there is none are not named. */
export const serviceForms: Partial<Readonly<Record<AwsKind, Form>>> = {
  'aws/cloudwatch/Alarm': {
    fields: {
      AlarmArn: 'text',
      AlarmName: 'text',
      ActionsEnabled: 'flag',
      AlarmActions: 'texts',
      Namespace: 'text',
      MetricName: 'text',
      Metrics: { list: { fields: { MetricStat: { fields: { Metric: { fields: { Namespace: 'text', MetricName: 'text' } } } } } } },
    },
    required: ['AlarmArn', 'AlarmName'],
  },
  'aws/cloudwatch/ClusterMetric': {
    fields: {
      Id: 'text',
      Namespace: 'text',
      MetricName: 'text',
      ClusterName: 'text',
      Metrics: { list: { fields: { Dimensions: { list: { fields: { Name: 'text', Value: 'text' } } } } } },
    },
    required: ['Namespace', 'MetricName', 'ClusterName', 'Metrics'],
  },
  'aws/ec2/EbsEncryptionByDefault': { fields: { Id: 'text', EbsEncryptionByDefault: 'flag', KmsKeyId: 'text' } },
  'aws/ec2/Snapshot': { fields: { Arn: 'text', ...encrypted, RestorableByAll: 'flag' }, required: ['SnapshotId'] },
  'aws/ec2/Volume': {
    fields: {
      Arn: 'text',
      ...encrypted,
      AvailabilityZone: 'text',
      Attachments: { list: { fields: { InstanceId: 'text', State: 'text', VolumeId: 'text' } } },
    },
    required: ['VolumeId'],
  },
  'aws/ecr/Repository': {
    fields: { repositoryArn: 'text', repositoryName: 'text', registryId: 'text' },
    required: ['repositoryArn', 'repositoryName'],
  },
  'aws/eks/AddonVersions': {
    fields: {
      Id: 'text',
      addonName: 'text',
      addonVersions: {
        list: {
          fields: {
            addonVersion: 'text',
            architecture: 'texts',
            computeTypes: 'texts',
            compatibilities: { list: { fields: { clusterVersion: 'text', platformVersions: 'texts', defaultVersion: 'flag' } } },
          },
        },
      },
    },
    required: ['addonName'],
  },
  'aws/events/Rule': {
    fields: {
      Arn: 'text',
      Name: 'text',
      State: 'text',
      EventPattern: 'text',
      ScheduleExpression: 'text',
      EventBusName: 'text',
      Targets: { list: { fields: { Id: 'text', Arn: 'text', RoleArn: 'text', DeadLetterConfig: { fields: { Arn: 'text' } } } } },
    },
    required: ['Arn', 'Name'],
  },
  'aws/guardduty/Administrator': { fields: { DetectorArn: 'text' }, required: ['DetectorArn'] },
  'aws/guardduty/Coverage': {
    fields: {
      Id: 'text',
      ResourceId: 'text',
      DetectorId: 'text',
      AccountId: 'text',
      CoverageStatus: 'text',
      Issue: 'text',
      ResourceDetails: {
        fields: {
          ResourceType: 'text',
          EksClusterDetails: { fields: { ClusterName: 'text', CoveredNodes: 'number', CompatibleNodes: 'number', ManagementType: 'text' } },
        },
      },
    },
    required: ['ResourceId'],
  },
  'aws/guardduty/Detector': {
    fields: {
      Arn: 'text',
      DetectorId: 'text',
      Status: 'text',
      FindingPublishingFrequency: 'text',
      Features: {
        list: { fields: { Name: 'text', Status: 'text', AdditionalConfiguration: { list: { fields: { Name: 'text', Status: 'text' } } } } },
      },
    },
    required: ['Arn', 'DetectorId'],
  },
  'aws/guardduty/Filter': {
    fields: { Arn: 'text', DetectorId: 'text', Name: 'text', Action: 'text', FindingCriteria: { fields: {} } },
    required: ['Arn', 'DetectorId', 'Name'],
  },
  'aws/guardduty/OrganizationConfiguration': {
    fields: {
      DetectorArn: 'text',
      AutoEnable: 'flag',
      AutoEnableOrganizationMembers: 'text',
      Features: { list: { fields: { Name: 'text', AutoEnable: 'text' } } },
    },
    required: ['DetectorArn'],
  },
  'aws/guardduty/PublishingDestination': {
    fields: {
      Arn: 'text',
      DetectorId: 'text',
      DestinationId: 'text',
      Status: 'text',
      DestinationProperties: { fields: { DestinationArn: 'text', KmsKeyArn: 'text' } },
    },
    required: ['Arn', 'DetectorId', 'DestinationId'],
  },
  'aws/lambda/Function': { fields: { FunctionArn: 'text', Tags: 'labels' }, required: ['FunctionArn'] },
  'aws/logs/LogGroup': {
    fields: {
      arn: 'text',
      logGroupArn: 'text',
      logGroupName: 'text',
      retentionInDays: 'number',
      kmsKeyId: 'text',
      storedBytes: 'number',
      logGroupClass: 'text',
      dataProtectionStatus: 'text',
    },
    required: ['arn', 'logGroupName'],
  },
  'aws/logs/LogStreams': {
    fields: {
      logGroupArn: 'text',
      logGroupName: 'text',
      truncated: 'flag',
      logStreams: { list: { fields: { logStreamName: 'text', lastEventTimestamp: 'number', lastIngestionTime: 'number' } } },
    },
    required: ['logGroupArn', 'logGroupName', 'logStreams'],
  },
  'aws/logs/MetricFilter': {
    fields: { Id: 'text', filterName: 'text', logGroupName: 'text', filterPattern: 'text' },
    required: ['filterName', 'logGroupName'],
  },
  'aws/logs/ResourcePolicy': { fields: { Id: 'text', policyName: 'text' }, required: ['policyName'] },
  'aws/logs/SubscriptionFilters': {
    fields: {
      logGroupArn: 'text',
      logGroupName: 'text',
      subscriptionFilters: { list: { fields: { filterName: 'text', destinationArn: 'text', roleArn: 'text', filterPattern: 'text' } } },
    },
    required: ['logGroupArn', 'logGroupName', 'subscriptionFilters'],
  },
  'aws/securityhub/Hub': { fields: { HubArn: 'text', ProductSubscriptions: 'texts' }, required: ['HubArn'] },
  'aws/sns/Topic': {
    fields: { Attributes: { fields: { TopicArn: 'text', Owner: 'text', KmsMasterKeyId: 'text' }, required: ['TopicArn'] } },
    required: ['Attributes'],
  },
  'aws/sqs/Queue': {
    fields: { Attributes: { fields: { QueueArn: 'text', KmsMasterKeyId: 'text', SqsManagedSseEnabled: 'text' }, required: ['QueueArn'] } },
    required: ['Attributes'],
  },
  'aws/rds/DBCluster': {
    fields: { DBClusterArn: 'text', DBClusterIdentifier: 'text', DBSubnetGroup: 'text', VpcSecurityGroups: databaseGroups },
    required: ['DBClusterArn', 'DBClusterIdentifier'],
  },
  'aws/rds/DBInstance': {
    fields: {
      DBInstanceArn: 'text',
      DBInstanceIdentifier: 'text',
      DBClusterIdentifier: 'text',
      VpcSecurityGroups: databaseGroups,
      DBSubnetGroup: { fields: { VpcId: 'text', Subnets: { list: { fields: { SubnetIdentifier: 'text' } } } } },
    },
    required: ['DBInstanceArn', 'DBInstanceIdentifier'],
  },
  'aws/ssm/Parameter': {
    fields: { ARN: 'text', Name: 'text', Type: 'text', KeyId: 'text', Version: 'number', Tier: 'text' },
    required: ['ARN', 'Name'],
  },
}

/** As `policyPlaces`, for the same kinds. */
export const servicePolicies: Partial<Readonly<Record<AwsKind, readonly (readonly (string | '*')[])[]>>> = {
  'aws/ecr/Repository': [['policyText']],
  'aws/lambda/Function': [['Policy']],
  'aws/logs/ResourcePolicy': [['policyDocument']],
  'aws/sns/Topic': [['Attributes', 'Policy']],
  'aws/sqs/Queue': [['Attributes', 'Policy']],
}
