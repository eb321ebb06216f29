import { expect, test } from 'vitest'
import type { AwsKind } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import { json, jsonError, stubAws, stubEnvironment, unknownCall, type Answer } from '../../../tests/sources/stub-aws.ts'
import { readAws, type ReadAwsOptions } from './read.ts'

stubEnvironment()

const account = '111122223333'
const here = { account, region: 'eu-west-1' }
const refusal = jsonError('AccessDeniedException', 'no', 403)

async function read(kinds: readonly AwsKind[], options: Partial<ReadAwsOptions> = {}) {
  const gathered = await readAws({ kinds, clusters: [], wanted: { roleArns: [] }, ...options })
  return { gathered, world: new World(gathered) }
}

const detectorArn = `arn:aws:guardduty:eu-west-1:${account}:detector/d1`
const kinds = [
  'aws/guardduty/Administrator',
  'aws/guardduty/Coverage',
  'aws/guardduty/Detector',
  'aws/guardduty/Filter',
  'aws/guardduty/OrganizationConfiguration',
  'aws/guardduty/PublishingDestination',
] as const
const eks = (ClusterName: string, AccountId = account) => ({
  resourceId: `eks-${ClusterName}-${AccountId}`,
  detectorId: 'd1',
  accountId: AccountId,
  resourceDetails: { resourceType: 'EKS', eksClusterDetails: { clusterName: ClusterName, coveredNodes: 1, compatibleNodes: 2 } },
  coverageStatus: 'UNHEALTHY',
  issue: 'Addon Creation Failed',
  updatedAt: 1767323045,
})

const answers: Readonly<Record<string, Answer>> = {
  'GET /detector?maxResults=50': json({ detectorIds: ['d1'] }),
  'GET /detector/d1': json({
    status: 'ENABLED',
    findingPublishingFrequency: 'SIX_HOURS',
    createdAt: '2026-01-02T03:04:05.000Z',
    dataSources: { kubernetes: { auditLogs: { status: 'DISABLED' } } },
    features: [
      { name: 'EKS_AUDIT_LOGS', status: 'ENABLED', updatedAt: 1767323045 },
      { name: 'RUNTIME_MONITORING', status: 'ENABLED', additionalConfiguration: [{ name: 'EKS_ADDON_MANAGEMENT', status: 'DISABLED' }] },
    ],
  }),
  'GET /detector/d1/administrator': json({ administrator: { accountId: '999999999999', relationshipStatus: 'Enabled' } }),
  'GET /detector/d1/admin': json({
    memberAccountLimitReached: false,
    autoEnableOrganizationMembers: 'NEW',
    features: [{ name: 'EKS_AUDIT_LOGS', autoEnable: 'NEW' }],
    nextToken: 'more',
  }),
  'GET /detector/d1/admin?nextToken=more': json({
    memberAccountLimitReached: false,
    autoEnableOrganizationMembers: 'NEW',
    features: [{ name: 'RUNTIME_MONITORING', autoEnable: 'NONE' }],
  }),
  'POST /detector/d1/coverage': json({ resources: [eks('prod'), eks('prod', '222233334444')] }),
  'GET /detector/d1/filter?maxResults=50': json({ filterNames: ['noise'] }),
  'GET /detector/d1/filter/noise': json({
    name: 'noise',
    action: 'ARCHIVE',
    rank: 1,
    findingCriteria: { criterion: { severity: { gte: 7 } } },
  }),
  'GET /detector/d1/publishingDestination?maxResults=50': json({ destinations: [{ destinationId: 'p1', destinationType: 'S3' }] }),
  'GET /detector/d1/publishingDestination/p1': json({
    destinationId: 'p1',
    destinationType: 'S3',
    status: 'UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY',
    destinationProperties: { destinationArn: 'arn:aws:s3:::findings' },
  }),
}

const guardduty = (changed: Readonly<Record<string, Answer>> = {}) =>
  stubAws(({ name }) => {
    const path = name.slice('guardduty:'.length)
    return changed[path] ?? answers[path] ?? unknownCall
  })

test('the detector and all that is set on it; features and older data sources as they are given', async () => {
  const calls = await guardduty()
  const { world, gathered } = await read(kinds)
  expect(gathered.unread).toEqual([])
  expect(calls.map(({ name }) => name)).toHaveLength(11)
  expect(calls.find(({ name }) => name.startsWith('guardduty:POST'))?.input).toEqual({
    filterCriteria: { filterCriterion: [{ criterionKey: 'RESOURCE_TYPE', filterCondition: { equals: ['EKS'] } }] },
    maxResults: 50,
  })
  expect(world.find('aws/guardduty/Detector', detectorArn)?.body).toMatchObject({
    Arn: detectorArn,
    DetectorId: 'd1',
    Status: 'ENABLED',
    DataSources: { Kubernetes: { AuditLogs: { Status: 'DISABLED' } } },
    Features: [
      { Name: 'EKS_AUDIT_LOGS', Status: 'ENABLED', UpdatedAt: '2026-01-02T03:04:05.000Z' },
      { Name: 'RUNTIME_MONITORING', AdditionalConfiguration: [{ Name: 'EKS_ADDON_MANAGEMENT', Status: 'DISABLED' }] },
    ],
  })
  expect(world.list('aws/guardduty/Administrator', here).map(({ body }) => body.Administrator?.AccountId)).toEqual(['999999999999'])
  expect(world.find('aws/guardduty/OrganizationConfiguration', detectorArn)?.body).toEqual({
    DetectorArn: detectorArn,
    MemberAccountLimitReached: false,
    AutoEnableOrganizationMembers: 'NEW',
    Features: [
      { Name: 'EKS_AUDIT_LOGS', AutoEnable: 'NEW' },
      { Name: 'RUNTIME_MONITORING', AutoEnable: 'NONE' },
    ],
  })
  expect(world.where('aws/guardduty/Coverage', 'cluster', 'prod', here)).toHaveLength(2)
  expect(world.where('aws/guardduty/Coverage', 'cluster', `${account}\nprod`, here).map(({ body }) => body.Issue)).toEqual([
    'Addon Creation Failed',
  ])
  expect(world.where('aws/guardduty/Coverage', 'cluster', 'other', here)).toEqual([])
  expect(world.find('aws/guardduty/Filter', `${detectorArn}/filter/noise`)?.body).toMatchObject({
    Action: 'ARCHIVE',
    DetectorId: 'd1',
    FindingCriteria: { Criterion: { severity: { Gte: 7 } } },
  })
  expect(world.find('aws/guardduty/PublishingDestination', `${detectorArn}/publishingdestination/p1`)?.body.Status).toBe(
    'UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY',
  )
})

test('a region without a detector has none of it, and that is known', async () => {
  const calls = await guardduty({ 'GET /detector?maxResults=50': json({ detectorIds: [] }) })
  const { world } = await read(kinds)
  expect(calls).toHaveLength(2)
  for (const kind of kinds) expect(world.list(kind, here)).toEqual([])
  expect(world.find('aws/guardduty/Detector', detectorArn)).toBeUndefined()
})

test('whoever may not list detectors knows nothing of any', async () => {
  await guardduty({ 'GET /detector?maxResults=50': refusal })
  const { world } = await read(kinds)
  for (const kind of kinds) expect(() => world.list(kind, here)).toThrow('access denied to guardduty:ListDetectors')
})

test('an account that nobody administers has no administrator', async () => {
  await guardduty({ 'GET /detector/d1/administrator': json({}) })
  const { world } = await read(['aws/guardduty/Administrator'])
  expect(world.list('aws/guardduty/Administrator', here).map(({ body }) => body)).toEqual([
    { DetectorArn: detectorArn, Administrator: null },
  ])
})

test('an account that administers no organization has no configuration of one', async () => {
  await guardduty({ 'GET /detector/d1/admin': jsonError('BadRequestException', 'no administrator of an organization', 400) })
  const { world, gathered } = await read(['aws/guardduty/OrganizationConfiguration'])
  expect(gathered.unread).toEqual([])
  expect(world.list('aws/guardduty/OrganizationConfiguration', here)).toEqual([])
})

test.each([
  ['aws/guardduty/Detector', 'GET /detector/d1', 'guardduty:GetDetector'],
  ['aws/guardduty/Administrator', 'GET /detector/d1/administrator', 'guardduty:GetAdministratorAccount'],
  ['aws/guardduty/Coverage', 'POST /detector/d1/coverage', 'guardduty:ListCoverage'],
  ['aws/guardduty/Filter', 'GET /detector/d1/filter/noise', 'guardduty:GetFilter'],
  ['aws/guardduty/OrganizationConfiguration', 'GET /detector/d1/admin', 'guardduty:DescribeOrganizationConfiguration'],
  ['aws/guardduty/PublishingDestination', 'GET /detector/d1/publishingDestination/p1', 'guardduty:DescribePublishingDestination'],
] as const)('%s is unread when %s is refused', async (kind, path, action) => {
  await guardduty({ [path]: refusal })
  const { world, gathered } = await read([kind])
  expect(() => world.list(kind, here)).toThrow(`access denied to ${action}`)
  expect(gathered.unread).toMatchObject([{ kind, settle: { by: 'iam', action } }])
})

const ruleArn = (name: string) => `arn:aws:events:eu-west-1:${account}:rule/${name}`

test('rules with the targets of those that wait for events, but not with what the targets are sent', async () => {
  const kind = 'aws/events/Rule'
  const EventPattern = '{"source":["aws.guardduty"]}'
  const calls = await stubAws(({ name, input }) => {
    if (name === 'events:ListRules')
      return input['NextToken'] === undefined
        ? json({ Rules: [{ Name: 'alert', Arn: ruleArn('alert'), State: 'ENABLED', EventPattern }], NextToken: 't' })
        : json({
            Rules: [
              { Name: 'nightly', Arn: ruleArn('nightly'), State: 'ENABLED', ScheduleExpression: 'rate(1 day)' },
              { Name: 'closed', Arn: ruleArn('closed'), State: 'DISABLED', EventPattern },
            ],
          })
    if (input['Rule'] === 'closed') return refusal
    const target = {
      Id: '1',
      Arn: `arn:aws:sns:eu-west-1:${account}:t`,
      DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-west-1:111122223333:dlq' },
    }
    return json({
      Targets: [{ ...target, Input: 'never-to-be-kept', HttpParameters: { HeaderParameters: { Authorization: 'never-to-be-kept' } } }],
    })
  })
  const { world, gathered } = await read([kind])
  expect(calls.slice(1).map(({ name, input }) => [name, input['EventBusName'], input['Rule']])).toEqual([
    ['events:ListRules', 'default', undefined],
    ['events:ListRules', 'default', undefined],
    ['events:ListTargetsByRule', 'default', 'alert'],
    ['events:ListTargetsByRule', 'default', 'closed'],
  ])
  expect(world.find(kind, ruleArn('alert'))?.body).toMatchObject({ EventPattern, Targets: [{ Id: '1', DeadLetterConfig: {} }] })
  expect(world.find(kind, ruleArn('nightly'))?.body.Targets).toBeUndefined()
  expect(world.find(kind, ruleArn('closed'))?.body.Targets).toBeUndefined()
  expect(() => world.list(kind, here)).toThrow('access denied to events:ListTargetsByRule')
  expect(JSON.stringify(gathered.resources)).not.toContain('never-to-be-kept')
})

const HubArn = `arn:aws:securityhub:eu-west-1:${account}:hub/default`

test.each([
  [
    'with its products',
    json({ ProductSubscriptions: ['arn:aws:securityhub:eu-west-1:111122223333:product-subscription/aws/guardduty'] }),
    1,
  ],
  ['without them, when they may not be listed', refusal, undefined],
])('the hub %s', async (_, products, count) => {
  const kind = 'aws/securityhub/Hub'
  await stubAws(({ name }) => (name.includes('productSubscriptions') ? products : json({ HubArn, SubscribedAt: '2026-01-02T03:04:05Z' })))
  const { world } = await read([kind])
  expect(world.find(kind, HubArn)?.body.ProductSubscriptions?.length).toBe(count)
  if (count === undefined) expect(() => world.list(kind, here)).toThrow('access denied to securityhub:ListEnabledProductsForImport')
  else expect(world.list(kind, here)).toHaveLength(1)
})

test('no hub is known to be none only where AWS says so', async () => {
  const kind = 'aws/securityhub/Hub'
  const answer = { now: jsonError('InvalidAccessException', `Account ${account} is not subscribed to AWS Security Hub`, 401) }
  await stubAws(() => answer.now)
  expect((await read([kind])).world.list(kind, here)).toEqual([])
  answer.now = jsonError('InvalidAccessException', 'There is an issue with the account', 401)
  const unclear = await read([kind])
  expect(() => unclear.world.list(kind, here)).toThrow('securityhub:DescribeHub answered InvalidAccessException')
})

test('versions of the add-ons of which joints speak, and of the wanted ones; an add-on that AWS does not have is none', async () => {
  const kind = 'aws/eks/AddonVersions'
  const version = (addonVersion: string) => ({ addonVersion, compatibilities: [{ clusterVersion: '1.34', defaultVersion: true }] })
  const asked: (string | null)[] = []
  await stubAws(({ name }) => {
    const query = new URLSearchParams(name.split('?')[1])
    const addonName = query.get('addonName')
    asked.push(addonName)
    if (addonName === 'ours') return json({ addons: [] })
    if (addonName === 'aws-guardduty-agent') return refusal
    const isLast = addonName !== 'vpc-cni' || query.has('nextToken')
    return json({ addons: [{ addonName, addonVersions: [version(isLast ? 'v1' : 'v2')] }], ...(isLast ? {} : { nextToken: 't' }) })
  })
  const { world } = await read([kind], { wanted: { roleArns: [], addons: ['ours', 'vpc-cni'] } })
  expect([...new Set(asked)]).toHaveLength(7)
  const find = (name: string) => world.find(kind, `${account}:eu-west-1:${name}`, here)
  expect(find('vpc-cni')?.body.addonVersions?.map(({ addonVersion }) => addonVersion)).toEqual(['v2', 'v1'])
  expect(find('ours')).toBeUndefined()
  expect(() => find('aws-guardduty-agent')).toThrow('access denied to eks:DescribeAddonVersions')
  expect(() => find('kube-proxy')).toThrow('was not read')
})
