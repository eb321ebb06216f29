import {
  arn,
  clusterArn,
  clusterName,
  keyArn,
  nodeName,
  nodesOf,
  numbered,
  readAt,
  region,
  account,
  roleArn,
  type WorldSize,
} from './workload-sorts.ts'

const now = Date.parse(readAt)
const mostStreams = 1_000
const otherGroups = 300

/** The add-on and its role, log groups with the streams that a live read gives of each, and what watches them. DaemonSets come with the others. */
export const generateMonitoring = (size: WorldSize): readonly object[] => [
  addon('amazon-cloudwatch-observability', 'v5.2.3-eksbuild.1'),
  addon('eks-pod-identity-agent', 'v1.3.9-eksbuild.1'),
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'cloudwatch-agent', namespace: 'amazon-cloudwatch' } },
  ...configurations(),
  {
    kind: 'aws/eks/PodIdentityAssociation',
    associationArn: arn('eks', `podidentityassociation/${clusterName}/a-cloudwatch`),
    associationId: 'a-cloudwatch',
    clusterName,
    namespace: 'amazon-cloudwatch',
    serviceAccount: 'cloudwatch-agent',
    roleArn: roleArn('monitoring'),
    createdAt: '2025-03-05T08:00:00.000Z',
  },
  role(),
  ...clusterGroups(size),
  ...numbered(otherGroups, index => logGroup(`/aws/lambda/function-${index}`, index % 3 === 0 ? {} : { retentionInDays: 30 })),
  ...numbered(otherGroups, index => metricFilter(`/aws/lambda/function-${index}`, `errors-${index}`, 'lambda')),
  ...numbered(otherGroups, index => alarm(`errors-${index}`, 'lambda')),
  metricFilter(controlPlaneGroup, 'forbidden', 'eks/audit'),
  alarm('forbidden', 'eks/audit'),
]

const controlPlaneGroup = `/aws/eks/${clusterName}/cluster`
const insightsGroup = (name: string): string => `/aws/containerinsights/${clusterName}/${name}`
const groupArn = (name: string): string => arn('logs', `log-group:${name}`)

export const addon = (addonName: string, addonVersion: string): object => ({
  kind: 'aws/eks/Addon',
  addonName,
  addonArn: arn('eks', `addon/${clusterName}/${addonName}/5ec1b2a3`),
  clusterName,
  status: 'ACTIVE',
  addonVersion,
  health: { issues: [] },
})

const configurations = (): object[] => [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cloudwatch-agent', namespace: 'amazon-cloudwatch' },
    data: {
      'cwagentconfig.json': JSON.stringify({
        logs: { metrics_collected: { kubernetes: { cluster_name: clusterName, enhanced_container_insights: true } } },
      }),
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'fluent-bit-config', namespace: 'amazon-cloudwatch' },
    data: {
      'application-log.conf': [
        '[INPUT]',
        '  Name                tail',
        '  Tag                 application.*',
        '  Path                /var/log/containers/*.log',
        '',
        '[OUTPUT]',
        '  Name                cloudwatch_logs',
        '  Match               application.*',
        '  region              ${AWS_REGION}',
        '  log_group_name      /aws/containerinsights/${CLUSTER_NAME}/application',
        '  log_stream_prefix   ${HOST_NAME}-',
        '  auto_create_group   false',
        '',
      ].join('\n'),
    },
  },
]

function role(): object {
  const statement = (Action: string[], Resource: string): object => ({ Effect: 'Allow', Action, Resource })
  return {
    kind: 'aws/iam/Role',
    Arn: roleArn('monitoring'),
    RoleName: 'monitoring',
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'pods.eks.amazonaws.com' },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
          Condition: {
            StringEquals: {
              'aws:RequestTag/eks-cluster-arn': clusterArn,
              'aws:RequestTag/kubernetes-namespace': 'amazon-cloudwatch',
              'aws:RequestTag/kubernetes-service-account': 'cloudwatch-agent',
            },
          },
        },
      ],
    },
    RolePolicyList: [
      {
        PolicyName: 'write',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            statement(['logs:CreateLogStream', 'logs:PutLogEvents'], `${groupArn(insightsGroup('*'))}`),
            statement(['ec2:DescribeTags', 'ec2:DescribeVolumes'], '*'),
          ],
        },
      },
    ],
    AttachedManagedPolicies: [],
    InstanceProfileList: [],
  }
}

/** A stream for each node, and in the group of applications one for each container: of those the newest 1,000, as a live read gives them. */
function clusterGroups(size: WorldSize): object[] {
  const nodes = nodesOf(size)
  const containers = numbered(size.pods, pod => `${nodeName(pod % nodes)}-application.var.log.containers.pod-${pod}.log`)
  const ofNodes = numbered(nodes, nodeName)
  return [
    ...withStreams(insightsGroup('performance'), ofNodes, { retentionInDays: 30 }),
    ...withStreams(insightsGroup('application'), containers, { retentionInDays: 90, kmsKeyId: keyArn(0) }),
    ...withStreams(insightsGroup('dataplane'), ofNodes, { retentionInDays: 30 }),
    ...withStreams(insightsGroup('host'), ofNodes, { retentionInDays: 30 }),
    ...withStreams(
      controlPlaneGroup,
      ['kube-apiserver-audit', 'kube-apiserver', 'authenticator'].map(name => `${name}-77c0aa10e2`),
      { retentionInDays: 365 },
    ),
  ]
}

const withStreams = (logGroupName: string, streams: readonly string[], settings: object): object[] => [
  logGroup(logGroupName, settings),
  {
    kind: 'aws/logs/LogStreams',
    logGroupArn: groupArn(logGroupName),
    logGroupName,
    logStreams: streams.slice(0, mostStreams).map((logStreamName, index) => ({
      logStreamName,
      firstEventTimestamp: now - 86_400_000,
      lastEventTimestamp: now - 60_000 - index,
    })),
    ...(streams.length > mostStreams ? { truncated: true } : {}),
  },
  { kind: 'aws/logs/SubscriptionFilters', logGroupArn: groupArn(logGroupName), logGroupName, subscriptionFilters: [] },
]

const logGroup = (logGroupName: string, settings: object): object => ({
  kind: 'aws/logs/LogGroup',
  arn: `${groupArn(logGroupName)}:*`,
  logGroupArn: groupArn(logGroupName),
  logGroupName,
  storedBytes: 81_264_512,
  ...settings,
})

const metricFilter = (logGroupName: string, filterName: string, metricNamespace: string): object => ({
  kind: 'aws/logs/MetricFilter',
  Id: `${account}:${region}:${logGroupName}:${filterName}`,
  account,
  region,
  filterName,
  logGroupName,
  filterPattern: '{ $.responseStatus.code = 403 }',
  metricTransformations: [{ metricName: filterName, metricNamespace, metricValue: '1' }],
})

const alarm = (MetricName: string, Namespace: string): object => ({
  kind: 'aws/cloudwatch/Alarm',
  AlarmArn: arn('cloudwatch', `alarm:${MetricName}`),
  AlarmName: MetricName,
  Namespace,
  MetricName,
  ActionsEnabled: true,
  AlarmActions: [arn('sns', 'security')],
})
