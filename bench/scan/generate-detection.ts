import { account, arn, clusterName, nodesOf, numbered, region, type WorldSize } from './workload-sorts.ts'
import { addon } from './generate-monitoring.ts'

const DetectorId = '12abc34d567e8fa901bc2d34e56789f0'
const detectorArn = arn('guardduty', `detector/${DetectorId}`)
const addonVersion = 'v1.12.1-eksbuild.1'
const otherClusters = 20

/** GuardDuty with its agent managed by the add-on; its endpoint; and coverage of this cluster and of those of twenty other accounts. */
export const generateDetection = (size: WorldSize): readonly object[] => [
  detector(),
  { kind: 'aws/guardduty/Administrator', DetectorArn: detectorArn, Administrator: null },
  coverage(account, clusterName, nodesOf(size)),
  ...numbered(otherClusters, index => coverage(`${222_200_000_000 + index}`, `other-${index}`, 10)),
  ...numbered(otherClusters, filter),
  {
    kind: 'aws/guardduty/PublishingDestination',
    Arn: `${detectorArn}/publishingdestination/5ab12345c6789d0e1f2a3b4c5d6e7f80`,
    DetectorId,
    DestinationId: '5ab12345c6789d0e1f2a3b4c5d6e7f80',
    Status: 'PUBLISHING',
    DestinationProperties: { DestinationArn: `arn:aws:s3:::findings-${account}` },
  },
  rule('findings', '{"source":["aws.guardduty"]}'),
  rule('coverage', '{"source":["aws.guardduty"],"detail-type":["GuardDuty Runtime Protection Unhealthy"]}'),
  ...numbered(100, index => rule(`other-${index}`, `{"source":["team.${index}"]}`)),
  addon('aws-guardduty-agent', addonVersion),
  addonVersions(),
  endpoint(),
]

function detector(): object {
  const feature = (Name: string, Status: string, ...additional: readonly (readonly [string, string])[]): object => ({
    Name,
    Status,
    ...(additional.length === 0 ? {} : { AdditionalConfiguration: additional.map(([name, status]) => ({ Name: name, Status: status })) }),
  })
  return {
    kind: 'aws/guardduty/Detector',
    Arn: detectorArn,
    DetectorId,
    Status: 'ENABLED',
    FindingPublishingFrequency: 'FIFTEEN_MINUTES',
    Features: [
      feature('EKS_AUDIT_LOGS', 'ENABLED'),
      feature('EBS_MALWARE_PROTECTION', 'ENABLED'),
      feature('EKS_RUNTIME_MONITORING', 'DISABLED', ['EKS_ADDON_MANAGEMENT', 'DISABLED']),
      feature('RUNTIME_MONITORING', 'ENABLED', ['EKS_ADDON_MANAGEMENT', 'ENABLED'], ['EC2_AGENT_MANAGEMENT', 'DISABLED']),
    ],
  }
}

const coverage = (AccountId: string, ClusterName: string, nodes: number): object => ({
  kind: 'aws/guardduty/Coverage',
  Id: `${account}:${region}:${DetectorId}:${AccountId}-${ClusterName}`,
  account,
  region,
  ResourceId: `${AccountId}-${ClusterName}`,
  DetectorId,
  AccountId,
  CoverageStatus: 'HEALTHY',
  ResourceDetails: {
    ResourceType: 'EKS',
    EksClusterDetails: { ClusterName, CoveredNodes: nodes, CompatibleNodes: nodes, ManagementType: 'AUTO_MANAGED' },
  },
  UpdatedAt: '2025-12-31T23:40:00.000Z',
})

const filter = (index: number): object => ({
  kind: 'aws/guardduty/Filter',
  Arn: `${detectorArn}/filter/expected-${index}`,
  DetectorId,
  Name: `expected-${index}`,
  Action: 'ARCHIVE',
  FindingCriteria: {
    Criterion: { 'resource.kubernetesDetails.kubernetesWorkloadDetails.namespace': { Eq: [`team-${index}`] } },
  },
})

const rule = (Name: string, EventPattern: string): object => ({
  kind: 'aws/events/Rule',
  Arn: arn('events', `rule/${Name}`),
  Name,
  EventBusName: 'default',
  State: 'ENABLED',
  EventPattern,
  Targets: [{ Id: '1', Arn: arn('sns', 'security') }],
})

const addonVersions = (): object => ({
  kind: 'aws/eks/AddonVersions',
  Id: `${account}:${region}:aws-guardduty-agent`,
  account,
  region,
  addonName: 'aws-guardduty-agent',
  addonVersions: [{ addonVersion, compatibilities: [{ clusterVersion: '1.35', defaultVersion: true }] }],
})

const endpoint = (): object => ({
  kind: 'aws/ec2/VpcEndpoint',
  Arn: arn('ec2', 'vpc-endpoint/vpce-1'),
  VpcEndpointId: 'vpce-1',
  VpcEndpointType: 'Interface',
  ServiceName: `com.amazonaws.${region}.guardduty-data`,
  VpcId: 'vpc-1',
  OwnerId: account,
  State: 'available',
  PrivateDnsEnabled: true,
  SubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
  Groups: [{ GroupId: 'sg-0e0000000000000e1', GroupName: 'guardduty' }],
  PolicyDocument: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: '*',
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:PrincipalAccount': account } },
      },
    ],
  },
})
