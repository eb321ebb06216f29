import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { awsKinds, type AwsKind } from '#model/kinds.ts'
import { awsOperationsKinds } from '#model/kinds-aws-operations.ts'
import { World } from '#model/world.ts'
import { writeSnapshot } from '#sources/snapshot/write-snapshot.ts'
import { readFiles } from './read-files.ts'

const read = (...documents: readonly unknown[]) =>
  readFiles(['-'], { stdin: Readable.from([documents.map(document => JSON.stringify(document, null, 2)).join('\n---\n')]) })
const found = async (...documents: readonly unknown[]) => {
  const gathered = await read(...documents)
  return { gathered, ids: gathered.resources.map(({ kind, id }) => `${kind} ${id}`), world: new World(gathered) }
}

const account = '111122223333'
const region = 'eu-west-1'
const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`
const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] }
const text = JSON.stringify(policy)
/** What says where everything else is. */
const cluster = { cluster: { name: 'prod', arn: arn('eks', 'cluster/prod') } }
const group = (name: string) => arn('logs', `log-group:${name}`)

/** Each output as the AWS CLI writes it, what it gives, and where something in it stands. */
const outputs: readonly (readonly [
  command: string,
  output: object,
  kind: AwsKind,
  id: string,
  path: readonly (string | number)[],
  line: number,
])[] = [
  [
    'ec2 describe-volumes',
    { Volumes: [{ VolumeId: 'vol-1', AvailabilityZone: 'eu-west-1a', Encrypted: true }] },
    'aws/ec2/Volume',
    arn('ec2', 'volume/vol-1'),
    ['Encrypted'],
    6,
  ],
  [
    'ec2 describe-snapshots',
    { Snapshots: [{ SnapshotId: 'snap-1', OwnerId: account, Encrypted: false }] },
    'aws/ec2/Snapshot',
    arn('ec2', 'snapshot/snap-1'),
    ['Encrypted'],
    6,
  ],
  [
    'ec2 describe-launch-template-versions',
    {
      LaunchTemplateVersions: [
        {
          LaunchTemplateId: 'lt-1',
          VersionNumber: 3,
          CreatedBy: `arn:aws:iam::${account}:root`,
          LaunchTemplateData: { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }], UserData: 'bmV2ZXI=' },
        },
      ],
    },
    'aws/ec2/LaunchTemplateVersion',
    `${account}:${region}:lt-1:3`,
    ['LaunchTemplateData', 'BlockDeviceMappings', 0, 'Ebs', 'Encrypted'],
    12,
  ],
  [
    'ec2 get-ebs-encryption-by-default',
    { EbsEncryptionByDefault: false },
    'aws/ec2/EbsEncryptionByDefault',
    `${account}:${region}`,
    ['EbsEncryptionByDefault'],
    2,
  ],
  [
    'ssm describe-parameters',
    { Parameters: [{ Name: '/a/b', Type: 'SecureString', KeyId: 'alias/aws/ssm' }] },
    'aws/ssm/Parameter',
    arn('ssm', 'parameter/a/b'),
    ['KeyId'],
    6,
  ],
  [
    'logs describe-log-groups',
    { logGroups: [{ logGroupName: '/a', arn: `${group('/a')}:*`, retentionInDays: 7 }] },
    'aws/logs/LogGroup',
    group('/a'),
    ['retentionInDays'],
    6,
  ],
  [
    'logs describe-log-streams',
    { logStreams: [{ logStreamName: 's', arn: `${group('/a')}:log-stream:s`, lastIngestionTime: 1 }] },
    'aws/logs/LogStreams',
    group('/a'),
    ['logStreams', 0, 'lastIngestionTime'],
    6,
  ],
  [
    'logs describe-metric-filters',
    { metricFilters: [{ filterName: 'f', logGroupName: '/a' }] },
    'aws/logs/MetricFilter',
    `${account}:${region}:/a:f`,
    ['filterName'],
    4,
  ],
  [
    'logs describe-subscription-filters',
    { subscriptionFilters: [{ filterName: 'f', logGroupName: '/a' }] },
    'aws/logs/SubscriptionFilters',
    group('/a'),
    ['subscriptionFilters', 0, 'filterName'],
    4,
  ],
  [
    'logs describe-resource-policies',
    { resourcePolicies: [{ policyName: 'p', policyDocument: text }] },
    'aws/logs/ResourcePolicy',
    `${account}:${region}:p`,
    ['policyName'],
    4,
  ],
  [
    'cloudwatch describe-alarms',
    { MetricAlarms: [{ AlarmName: 'a', AlarmArn: arn('cloudwatch', 'alarm:a') }], CompositeAlarms: [] },
    'aws/cloudwatch/Alarm',
    arn('cloudwatch', 'alarm:a'),
    ['AlarmName'],
    4,
  ],
  [
    'guardduty list-coverage',
    { Resources: [{ ResourceId: 'r', DetectorId: 'd', CoverageStatus: 'HEALTHY' }] },
    'aws/guardduty/Coverage',
    `${account}:${region}:d:r`,
    ['CoverageStatus'],
    6,
  ],
  [
    'events list-rules',
    { Rules: [{ Name: 'r', Arn: arn('events', 'rule/r'), EventPattern: '{}' }] },
    'aws/events/Rule',
    arn('events', 'rule/r'),
    ['EventPattern'],
    6,
  ],
  ['events describe-rule', { Name: 'r', Arn: arn('events', 'rule/r') }, 'aws/events/Rule', arn('events', 'rule/r'), ['Name'], 2],
  [
    'securityhub describe-hub',
    { HubArn: arn('securityhub', 'hub/default'), AutoEnableControls: true },
    'aws/securityhub/Hub',
    arn('securityhub', 'hub/default'),
    ['HubArn'],
    2,
  ],
  [
    'eks describe-addon-versions',
    { addons: [{ addonName: 'vpc-cni', addonVersions: [{ addonVersion: 'v1' }] }] },
    'aws/eks/AddonVersions',
    `${account}:${region}:vpc-cni`,
    ['addonVersions', 0, 'addonVersion'],
    7,
  ],
  [
    'sqs get-queue-attributes',
    { Attributes: { QueueArn: arn('sqs', 'q'), Policy: text } },
    'aws/sqs/Queue',
    arn('sqs', 'q'),
    ['Attributes', 'QueueArn'],
    3,
  ],
  [
    'rds describe-db-instances',
    { DBInstances: [{ DBInstanceArn: arn('rds', 'db:orders'), DBInstanceIdentifier: 'orders' }] },
    'aws/rds/DBInstance',
    arn('rds', 'db:orders'),
    ['DBInstanceIdentifier'],
    5,
  ],
  [
    'rds describe-db-clusters',
    { DBClusters: [{ DBClusterArn: arn('rds', 'cluster:orders'), DBClusterIdentifier: 'orders' }] },
    'aws/rds/DBCluster',
    arn('rds', 'cluster:orders'),
    ['DBClusterIdentifier'],
    5,
  ],
  [
    'sns get-topic-attributes',
    { Attributes: { TopicArn: arn('sns', 't'), Policy: text } },
    'aws/sns/Topic',
    arn('sns', 't'),
    ['Attributes', 'TopicArn'],
    3,
  ],
  [
    'ecr describe-repositories',
    { repositories: [{ repositoryArn: arn('ecr', 'repository/r'), repositoryName: 'r', registryId: account }] },
    'aws/ecr/Repository',
    arn('ecr', 'repository/r'),
    ['registryId'],
    6,
  ],
]

describe('outputs of the AWS CLI about storage, logs, detection and messaging', () => {
  it.each(outputs)('aws %s', async (_, output, kind, id, path, line) => {
    const { gathered, world } = await found(output, cluster)
    expect(gathered.problems).toEqual([])
    expect([...gathered.ignored]).toEqual([])
    expect(gathered.read).toEqual([])
    const resource = world.find(kind, id)
    expect(resource?.scope).toEqual({ account, region })
    expect(resource?.origin.locate(path, 'value')).toMatchObject({ in: 'file', line })
    expect(() => world.list(kind, { account, region })).toThrow('was not read')
  })

  it('of GuardDuty belong to the detector that a list names', async () => {
    const serviceRole = `arn:aws:iam::${account}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty`
    const parts = [
      { ServiceRole: serviceRole, Status: 'ENABLED', Features: [{ Name: 'EKS_AUDIT_LOGS', Status: 'DISABLED' }] },
      { Administrator: { AccountId: '999999999999', RelationshipStatus: 'Enabled' } },
      {
        MemberAccountLimitReached: false,
        AutoEnableOrganizationMembers: 'NONE',
        Features: [{ Name: 'EKS_AUDIT_LOGS', AutoEnable: 'NONE' }],
      },
      { Name: 'noise', Action: 'ARCHIVE', FindingCriteria: { Criterion: {} } },
      { DestinationId: 'p1', DestinationType: 'S3', Status: 'PUBLISHING', DestinationProperties: { DestinationArn: 'arn:aws:s3:::f' } },
    ]
    const { ids, gathered } = await found(...parts, { DetectorIds: ['d1'] }, cluster)
    expect(gathered.problems).toEqual([])
    const detector = arn('guardduty', 'detector/d1')
    expect(ids.slice(1)).toEqual([
      `aws/guardduty/Detector ${detector}`,
      `aws/guardduty/Administrator ${detector}`,
      `aws/guardduty/OrganizationConfiguration ${detector}`,
      `aws/guardduty/Filter ${detector}/filter/noise`,
      `aws/guardduty/PublishingDestination ${detector}/publishingdestination/p1`,
    ])
    const loose = await found(...parts, cluster)
    expect(loose.gathered.problems.map(({ code, help }) => [code, help?.includes('list-detectors')])).toEqual(
      Array(5).fill(['NO_ACCOUNT', true]),
    )
    expect(() => loose.world.list('aws/guardduty/Detector')).toThrow('an object could not be read: <stdin>:1')
  })

  it('that say nowhere where they are from are unread when the input names no place, or two', async () => {
    const alone = await found({ EbsEncryptionByDefault: true })
    expect(alone.gathered.problems).toMatchObject([
      { code: 'NO_ACCOUNT', line: 1, message: 'this output does not say in which account and region it is' },
    ])
    const other = { cluster: { name: 'test', arn: `arn:aws:eks:us-east-1:${account}:cluster/test` } }
    const two = await found({ EbsEncryptionByDefault: true }, cluster, other)
    expect(two.gathered.resources.map(({ kind }) => kind)).toEqual(['aws/eks/Cluster', 'aws/eks/Cluster'])
    expect(two.gathered.unread).toMatchObject([{ kind: 'aws/ec2/EbsEncryptionByDefault' }])
    // The zone of a volume decides between two regions.
    const volume = await found({ Volumes: [{ VolumeId: 'vol-1', AvailabilityZone: 'us-east-1b' }] }, cluster, other)
    expect(volume.ids.at(-1)).toBe(`aws/ec2/Volume arn:aws:ec2:us-east-1:${account}:volume/vol-1`)
  })

  it('tell a policy, that there is none, or nothing of it', async () => {
    const queue = (more: object) => ({ Attributes: { QueueArn: arn('sqs', 'q'), ...more } })
    const policyOf = async (output: object) => (await found(output)).world.find('aws/sqs/Queue', arn('sqs', 'q'))?.body.Attributes.Policy
    expect(await policyOf(queue({ Policy: text }))).toEqual(policy)
    expect(await policyOf(queue({ CreatedTimestamp: '1' }))).toBeNull()
    expect(await policyOf(queue({}))).toBeUndefined()
    const repository = { repositories: [{ repositoryArn: arn('ecr', 'repository/r'), repositoryName: 'r', registryId: account }] }
    const joined = await found({ registryId: account, repositoryName: 'r', policyText: text }, repository)
    expect(joined.world.find('aws/ecr/Repository', arn('ecr', 'repository/r'))?.body.policyText).toEqual(policy)
    const products = await found(
      { ProductSubscriptions: [arn('securityhub', 'product-subscription/aws/guardduty')] },
      { HubArn: arn('securityhub', 'hub/default') },
    )
    expect(products.world.find('aws/securityhub/Hub', arn('securityhub', 'hub/default'))?.body.ProductSubscriptions).toHaveLength(1)
    const ofFunction = { Policy: JSON.stringify({ Statement: [{ Resource: arn('lambda', 'function:f') }] }), RevisionId: 'r' }
    expect((await found(ofFunction)).ids).toEqual([`aws/lambda/Function ${arn('lambda', 'function:f')}`])
    expect((await found({ Policy: '{"Statement":[]}', RevisionId: 'r' })).gathered.problems).toMatchObject([{ code: 'PART_WITHOUT_WHOLE' }])
  })

  it('that hold values are left alone, and values that stand in saved objects are not kept', async () => {
    const values = [
      { Parameters: [{ Name: 'a', Type: 'String', Value: 'never-to-be-kept' }], InvalidParameters: [] },
      { Parameter: { Name: 'a', Type: 'String', Value: 'never-to-be-kept' } },
      { kind: 'aws/ssm/Parameter', ARN: arn('ssm', 'parameter/a'), Name: 'a', Value: 'never-to-be-kept' },
      {
        kind: 'aws/rds/DBInstance',
        DBInstanceArn: arn('rds', 'db:a'),
        DBInstanceIdentifier: 'a',
        PendingModifiedValues: { MasterUserPassword: 'never-to-be-kept' },
      },
      { kind: 'aws/events/Rule', Arn: arn('events', 'rule/r'), Name: 'r', Targets: [{ Id: '1', Input: 'never-to-be-kept' }] },
      {
        kind: 'aws/ec2/LaunchTemplateVersion',
        account,
        region,
        LaunchTemplateId: 'lt-1',
        VersionNumber: 1,
        LaunchTemplateData: { UserData: 'never-to-be-kept' },
      },
      { kind: 'aws/lambda/Function', FunctionArn: arn('lambda', 'function:f'), Environment: { Variables: { A: 'never-to-be-kept' } } },
    ]
    const { gathered, world } = await found(...values)
    expect([...gathered.ignored]).toEqual([['the value of a parameter', 2]])
    expect(gathered.resources).toHaveLength(5)
    expect(writeSnapshot(world)).not.toContain('never-to-be-kept')
  })

  it.each([
    [
      { Volumes: [{ VolumeId: 'vol-1', AvailabilityZone: 'eu-west-1a', OwnerId: account, Encrypted: 'yes' }] },
      'aws/ec2/Volume',
      '.Encrypted must be true or false, not a text',
    ],
    [
      { logGroups: [{ logGroupName: '/a', arn: `${group('/a')}:*`, retentionInDays: '7' }] },
      'aws/logs/LogGroup',
      '.retentionInDays must be a number, not a text',
    ],
    [{ logStreams: [{ logStreamName: 's' }] }, 'aws/logs/LogStreams', 'these streams do not say of which group they are'],
    [
      { Attributes: { QueueArn: arn('sqs', 'q'), Policy: 'nonsense' } },
      'aws/sqs/Queue',
      'the policy document at .Attributes.Policy is not JSON: it does not start with {',
    ],
    [{ kind: 'aws/eks/AddonVersions', addonName: 'vpc-cni' }, 'aws/eks/AddonVersions', 'this aws/eks/AddonVersions has no ARN'],
  ])('of a wrong shape are told, and unread: %#', async (output, kind, message) => {
    const { gathered } = await found(output)
    expect(gathered.resources).toEqual([])
    expect(gathered.problems.map(problem => problem.message)).toEqual([message])
    expect(gathered.unread).toMatchObject([{ kind }])
  })
})

/** One of each kind that no ARN or output above gives. */
const saved: readonly object[] = [
  {
    kind: 'aws/cloudwatch/ClusterMetric',
    account,
    region,
    Namespace: 'ContainerInsights',
    MetricName: 'm',
    ClusterName: 'prod',
    Metrics: [],
  },
  { kind: 'aws/guardduty/Administrator', DetectorArn: arn('guardduty', 'detector/d'), Administrator: null },
  { kind: 'aws/guardduty/OrganizationConfiguration', account, region, DetectorId: 'd', AutoEnableOrganizationMembers: 'NEW' },
  { kind: 'aws/guardduty/Detector', account, region, DetectorId: 'd', Status: 'ENABLED' },
  { kind: 'aws/guardduty/Filter', account, region, DetectorId: 'd', Name: 'f', Action: 'NOOP' },
  { kind: 'aws/guardduty/PublishingDestination', account, region, DetectorId: 'd', DestinationId: 'p' },
  { kind: 'aws/lambda/Function', FunctionArn: arn('lambda', 'function:f'), Policy: null },
]

it('every kind goes through a snapshot unchanged', async () => {
  const first = await read(...outputs.map(([, output]) => output), ...saved, cluster)
  expect(first.problems).toEqual([])
  const world = new World(first)
  const kinds = Object.keys(awsOperationsKinds) as AwsKind[]
  expect(kinds.filter(kind => world.seen(kind).length === 0)).toEqual([])
  expect(kinds.filter(kind => awsKinds[kind].global)).toEqual([])
  const once = writeSnapshot(world)
  const again = await readFiles(['-'], { stdin: Readable.from([once]) })
  expect(again.problems).toEqual([])
  expect(writeSnapshot(new World(again))).toBe(once)
  expect(again.resources).toHaveLength(world.size)
})
