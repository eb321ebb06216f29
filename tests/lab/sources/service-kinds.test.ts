import { Readable } from 'node:stream'
import {
  GetFindingsCommand,
  GuardDutyClient,
  CreateSampleFindingsCommand,
  ListFindingsCommand,
  UpdateDetectorCommand,
} from '@aws-sdk/client-guardduty'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { AwsKind } from '#model/kinds.ts'
import { awsOperationsKinds, regionalId } from '#model/kinds-aws-operations.ts'
import { World } from '#model/world.ts'
import { awsOperations, awsPermissions } from '#sources/aws/operations.ts'
import { readAws } from '#sources/aws/read.ts'
import { readFiles } from '#sources/files/read-files.ts'
import { writeSnapshot } from '#sources/snapshot/write-snapshot.ts'
import type { AwsCredentials } from '../lab.ts'
import { describeLab } from '../shared-lab.ts'
import { makeServices, secret, type Services } from './make-services.ts'

/** The lab makes no databases: theirs are read over the wire in src/sources/aws. */
const kinds = (Object.keys(awsOperationsKinds) as AwsKind[]).filter(kind => !kind.startsWith('aws/rds/'))

/** For these the lab asks for another resource than AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html */
const onAnything = ['cloudwatch:DescribeAlarms', 'ecr:DescribeRepositories', 'events:ListTargetsByRule', 'logs:DescribeMetricFilters']

describeLab('the kinds of storage, logs, detection and messaging', lab => {
  let services: Services
  beforeAll(async () => {
    services = await makeServices(lab)
  })
  afterAll(() => services.undo())
  afterEach(() => vi.unstubAllEnvs())

  function read(asked: readonly AwsKind[], credentials: AwsCredentials = lab.adminCredentials, region = lab.region) {
    const environment = {
      AWS_ENDPOINT_URL: lab.awsEndpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    }
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    const wanted = { roleArns: [], resources: services.resources }
    return readAws({ kinds: asked, clusters: [{ name: lab.clusterName, region }], wanted })
  }

  test('are all there, and go through a snapshot unchanged, without a value, a log line or a variable', async () => {
    const gathered = await read(kinds)
    expect(gathered.unread).toEqual([])
    const world = new World(gathered)
    expect(kinds.filter(kind => world.seen(kind).length === 0)).toEqual([])
    const text = writeSnapshot(world)
    expect(text).not.toContain(secret)
    expect(writeSnapshot(new World(await readFiles(['-'], { stdin: Readable.from([text]) })))).toBe(text)
  })

  test('hold what joints look for', async () => {
    const world = new World(await read(kinds))
    const here = { account: lab.accountId, region: lab.region }
    const [volume] = world.where('aws/ec2/Volume', 'persistentVolume', 'services-pv', here)
    expect(volume?.body.VolumeId).toBe(services.volumeId)
    expect(world.list('aws/ec2/EbsEncryptionByDefault', here)[0]?.body).toMatchObject({
      EbsEncryptionByDefault: true,
      KmsKeyId: 'alias/aws/ebs',
    })
    expect(world.where('aws/ssm/Parameter', 'name', '/services/password', here)[0]?.body.Type).toBe('SecureString')
    const group = `arn:aws:logs:${lab.region}:${lab.accountId}:log-group:/aws/eks/${lab.clusterName}/cluster`
    expect(world.find('aws/logs/LogGroup', group)?.body.retentionInDays).toBe(90)
    const streams = world.find('aws/logs/LogStreams', group)?.body.logStreams
    expect(streams?.map(({ logStreamName }) => logStreamName)).toEqual(['kube-apiserver-audit-1'])
    expect(Date.now() - (streams?.[0]?.lastEventTimestamp ?? 0)).toBeLessThan(600_000)
    expect(
      world.find('aws/logs/LogStreams', group.replace('/aws/eks/', '/aws/containerinsights/').replace('cluster', 'host')),
    ).toBeUndefined()
    expect(world.find('aws/logs/SubscriptionFilters', group)?.body.subscriptionFilters).toHaveLength(1)
    expect(world.where('aws/cloudwatch/Alarm', 'metric', 'ContainerInsights\ncluster_node_count', here)).toHaveLength(1)
    const metric = (name: string) =>
      world.find('aws/cloudwatch/ClusterMetric', regionalId(lab.accountId, lab.region, lab.clusterName, name))
    expect(metric('cluster_node_count')?.body.Metrics).toHaveLength(1)
    expect(metric('node_cpu_utilization')?.body.Metrics).toEqual([])
    const versions = world.find('aws/eks/AddonVersions', regionalId(lab.accountId, lab.region, 'vpc-cni'))
    expect(versions?.body.addonVersions?.map(({ compatibilities }) => compatibilities?.[0]?.defaultVersion)).toEqual([true, false])
    const [detector] = world.list('aws/guardduty/Detector', here)
    const statusOf = (name: string) => detector?.body.Features?.find(feature => feature.Name === name)?.Status
    expect(['RUNTIME_MONITORING', 'EKS_RUNTIME_MONITORING', 'EKS_AUDIT_LOGS'].map(statusOf)).toEqual(['ENABLED', 'DISABLED', 'ENABLED'])
    expect(world.where('aws/guardduty/Coverage', 'cluster', `${lab.accountId}\n${lab.clusterName}`, here)[0]?.body.Issue).toBe('No agent')
    expect(world.list('aws/guardduty/Administrator', here)[0]?.body.Administrator).toBeNull()
    expect(world.list('aws/guardduty/OrganizationConfiguration', here)[0]?.body).toMatchObject({
      AutoEnableOrganizationMembers: 'NEW',
      Features: [{ Name: 'EKS_AUDIT_LOGS', AutoEnable: 'NEW' }],
    })
    const rule = world.list('aws/events/Rule', here).find(({ body }) => body.Name === 'services-findings')
    expect(rule?.body.Targets).toEqual([{ Id: '1', Arn: services.resources[1] }])
    const [queue = '', topic = '', repository = '', lambda = ''] = services.resources
    expect(world.find('aws/sqs/Queue', queue)?.body.Attributes.Policy).toMatchObject({ Statement: [{ Action: 'sqs:SendMessage' }] })
    expect(world.find('aws/sns/Topic', topic)?.body.Attributes.Policy).toBeDefined()
    expect(world.find('aws/ecr/Repository', repository)?.body.policyText).toMatchObject({ Statement: [{ Action: 'ecr:BatchGetImage' }] })
    expect(world.find('aws/lambda/Function', lambda)?.body.Policy).toMatchObject({ Statement: [{ Action: 'lambda:InvokeFunction' }] })
  })

  test('of a region where nothing was switched on are known to be none', async () => {
    const region = 'eu-north-1'
    const gathered = await read(
      ['aws/guardduty/Detector', 'aws/guardduty/Coverage', 'aws/securityhub/Hub', 'aws/ec2/EbsEncryptionByDefault'],
      undefined,
      region,
    )
    expect(gathered.unread).toEqual([])
    expect(gathered.resources.map(({ body }) => body)).toMatchObject([{ Id: `${lab.accountId}:${region}`, EbsEncryptionByDefault: false }])
    const world = new World(gathered)
    expect(world.list('aws/guardduty/Detector', { account: lab.accountId, region })).toEqual([])
    expect(world.list('aws/securityhub/Hub', { account: lab.accountId, region })).toEqual([])
  })

  test('are read with the least policy as with every permission', async () => {
    const statements = awsPermissions(kinds).Statement.map(({ Sid: _, ...statement }) => statement)
    const scanner = await lab.iamRole([...statements, { Effect: 'Allow', Action: onAnything, Resource: '*' }])
    const [whole, least] = [await read(kinds), await read(kinds, scanner.credentials)]
    expect(least.unread).toEqual([])
    const ids = ({ resources }: typeof whole) => resources.map(({ kind, id }) => `${kind} ${id}`).sort()
    expect(ids(least)).toEqual(ids(whole))
  })

  test('are unread, never absent, for someone who may read nothing', async () => {
    const gathered = await read(kinds, (await lab.iamRole()).credentials)
    expect(gathered.resources).toEqual([])
    expect(gathered.read).toEqual([])
    expect(kinds.filter(kind => !gathered.unread.some(entry => entry.kind === kind))).toEqual([])
  })

  test.each(kinds)('%s: every action that is taken away is named', async kind => {
    const { needs } = awsOperations[kind]
    for (const { action } of needs) {
      const left = needs.filter(need => need.action !== action).map(need => need.action)
      const scanner = await lab.iamRole(left.length === 0 ? undefined : [{ Effect: 'Allow', Action: left, Resource: '*' }])
      const { unread } = await read([kind], scanner.credentials)
      expect(
        unread.map(({ settle }) => (settle?.by === 'iam' ? settle.action : settle)),
        action,
      ).toContain(action)
    }
  })

  describe("the lab's GuardDuty", () => {
    const client = () => new GuardDutyClient(lab.aws())

    test('refuses both sorts of runtime monitoring at once, and a second detector', async () => {
      const Features = (['EKS_RUNTIME_MONITORING', 'RUNTIME_MONITORING'] as const).map(Name => ({ Name, Status: 'ENABLED' as const }))
      await expect(client().send(new UpdateDetectorCommand({ DetectorId: services.detectorId, Features }))).rejects.toMatchObject({
        name: 'BadRequestException',
      })
    })

    test('makes samples that say so', async () => {
      const DetectorId = services.detectorId
      await client().send(new CreateSampleFindingsCommand({ DetectorId, FindingTypes: ['Policy:Kubernetes/ExposedDashboard'] }))
      const { FindingIds } = await client().send(new ListFindingsCommand({ DetectorId }))
      const { Findings } = await client().send(new GetFindingsCommand({ DetectorId, FindingIds }))
      expect(Findings?.map(({ Title, Service }) => [Title, Service?.AdditionalInfo?.Value, Service?.Archived])).toEqual([
        ['[SAMPLE] Policy:Kubernetes/ExposedDashboard', '{"sample":true}', false],
      ])
    })
  })
})
