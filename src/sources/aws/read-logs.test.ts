import { expect, test } from 'vitest'
import type { AwsKind } from '#model/kinds.ts'
import { World } from '#model/world.ts'
import { json, jsonError, stubAws, stubEnvironment, unknownCall, type Call } from '../../../tests/sources/stub-aws.ts'
import { readAws, type ReadAwsOptions } from './read.ts'
import type { Wanted } from './wanted.ts'

stubEnvironment()

const account = '111122223333'
const here = { account, region: 'eu-west-1' }
const refusal = jsonError('AccessDeniedException')
const prod = { clusters: [{ name: 'prod' }] }

async function read(kinds: readonly AwsKind[], options: Partial<ReadAwsOptions> = {}, wanted: Partial<Wanted> = {}) {
  const gathered = await readAws({ kinds, clusters: [], wanted: { roleArns: [], ...wanted }, ...options })
  return { gathered, world: new World(gathered) }
}

const groupArn = (name: string) => `arn:aws:logs:eu-west-1:${account}:log-group:${name}`
const group = (name: string, more = {}) => ({ logGroupName: name, arn: `${groupArn(name)}:*`, storedBytes: 0, ...more })
const groups = ['/aws/eks/prod/cluster', '/aws/eks/other/cluster', '/aws/containerinsights/prod/custom', '/app'].map(name => group(name))
const stream = (name: string, lastEventTimestamp?: number) => ({
  logStreamName: name,
  lastEventTimestamp,
  lastIngestionTime: lastEventTimestamp,
})

test('log groups of the whole region, by ARN and by name', async () => {
  const kind = 'aws/logs/LogGroup'
  const calls = await stubAws(({ input }) =>
    input['nextToken'] === undefined
      ? json({ logGroups: [group('/app', { retentionInDays: 30, kmsKeyId: 'k', logGroupClass: 'STANDARD' })], nextToken: 't' })
      : json({ logGroups: [group('/b', { logGroupArn: groupArn('/b') })] }),
  )
  const { world } = await read([kind])
  expect(calls.slice(1).map(({ name, input }) => [name, input])).toEqual([
    ['logs:DescribeLogGroups', { limit: 50 }],
    ['logs:DescribeLogGroups', { limit: 50, nextToken: 't' }],
  ])
  expect(world.find(kind, groupArn('/app'))?.body).toEqual(group('/app', { retentionInDays: 30, kmsKeyId: 'k', logGroupClass: 'STANDARD' }))
  expect(world.where(kind, 'name', '/b', here)).toHaveLength(1)
  expect(world.find(kind, groupArn('/gone'))).toBeUndefined()
})

/** Two pages of two groups, and how often each was asked for. */
function logs(streamsOf: (call: Call) => unknown[] | undefined) {
  return stubAws(call => {
    const { name, input } = call
    if (name === 'logs:DescribeLogGroups') return json({ logGroups: groups })
    if (name !== 'logs:DescribeLogStreams') return unknownCall
    const streams = streamsOf(call)
    if (streams === undefined) return jsonError('ResourceNotFoundException')
    const from = Number(input['nextToken'] ?? 0)
    const logStreams = streams.slice(from, from + Number(input['limit']))
    return json({ logStreams, ...(from + 50 < streams.length ? { nextToken: String(from + 50) } : {}) })
  })
}

test("streams of the clusters' groups and of the wanted ones; a group that is not there has none, and of others nothing is known", async () => {
  const kind = 'aws/logs/LogStreams'
  const now = Date.now()
  const calls = await logs(({ input }) => {
    const name = String(input['logGroupName'])
    return name.endsWith('/performance') || name.endsWith('/host') ? undefined : [stream(name, now)]
  })
  const { world } = await read([kind], prod, { logGroups: ['/app'] })
  const asked = calls.filter(({ name }) => name === 'logs:DescribeLogStreams').map(({ input }) => input['logGroupName'])
  expect(asked.sort()).toEqual([
    '/app',
    '/aws/containerinsights/prod/application',
    '/aws/containerinsights/prod/custom',
    '/aws/containerinsights/prod/dataplane',
    '/aws/containerinsights/prod/host',
    '/aws/containerinsights/prod/performance',
    '/aws/eks/prod/cluster',
  ])
  expect(calls.at(-1)?.input).toMatchObject({ orderBy: 'LastEventTime', descending: true, limit: 50 })
  expect(world.find(kind, groupArn('/app'))?.body).toEqual({
    logGroupArn: groupArn('/app'),
    logGroupName: '/app',
    logStreams: [stream('/app', now)],
  })
  expect(world.find(kind, groupArn('/aws/containerinsights/prod/performance'))).toBeUndefined()
  expect(() => world.find(kind, groupArn('/aws/eks/other/cluster'))).toThrow('was not read')
  expect(() => world.list(kind, here)).toThrow('was not read')
})

test('without a cluster: the streams of the groups that are named for some cluster', async () => {
  await logs(({ input }) => [stream(String(input['logGroupName']), Date.now())])
  const { world } = await read(['aws/logs/LogStreams'])
  expect(world.seen('aws/logs/LogStreams').map(({ body }) => body.logGroupName)).toEqual([
    '/aws/containerinsights/prod/custom',
    '/aws/eks/other/cluster',
    '/aws/eks/prod/cluster',
  ])
})

test('no more streams than those of the last day, and no more than 1,000: the rest is said to be there', async () => {
  const kind = 'aws/logs/LogStreams'
  const now = Date.now()
  const old = now - 25 * 3600 * 1000
  const streams: Record<string, unknown[]> = {
    '/aws/eks/prod/cluster': [stream('audit', now), ...Array.from({ length: 199 }, (_, at) => stream(`audit-${at}`, old))],
    '/aws/containerinsights/prod/application': Array.from({ length: 1500 }, (_, at) => stream(`pod-${at}`, now)),
    '/aws/containerinsights/prod/host': Array.from({ length: 50 }, (_, at) => stream(`node-${at}`, old)),
    '/aws/containerinsights/prod/dataplane': [...Array.from({ length: 50 }, (_, at) => stream(`empty-${at}`)), stream('node', now)],
  }
  const calls = await logs(({ input }) => streams[String(input['logGroupName'])])
  const { world } = await read([kind], prod)
  const counts = world
    .seen(kind)
    .map(({ body }) => [
      body.logGroupName,
      body.logStreams.length,
      body.truncated,
      calls.filter(({ input }) => input['orderBy'] !== undefined && input['logGroupName'] === body.logGroupName).length,
    ])
  expect(counts).toEqual([
    ['/aws/containerinsights/prod/application', 1000, true, 20],
    ['/aws/containerinsights/prod/dataplane', 51, undefined, 2],
    ['/aws/containerinsights/prod/host', 50, undefined, 1],
    ['/aws/eks/prod/cluster', 50, true, 1],
  ])
})

test('groups that may not be listed: those of the named clusters are asked for all the same, and the others are unread', async () => {
  const kind = 'aws/logs/LogStreams'
  await stubAws(({ name, input }) => {
    if (name === 'logs:DescribeLogGroups') return refusal
    return input['logGroupName'] === '/aws/eks/prod/cluster' ? json({ logStreams: [] }) : refusal
  })
  const { world } = await read([kind, 'aws/logs/LogGroup'], prod)
  expect(world.find(kind, groupArn('/aws/eks/prod/cluster'))?.body.logStreams).toEqual([])
  expect(() => world.find(kind, groupArn('/aws/containerinsights/prod/host'))).toThrow('access denied to logs:DescribeLogStreams')
  expect(() => world.find(kind, groupArn('/app'))).toThrow('access denied to logs:DescribeLogGroups')
  expect(() => world.find('aws/logs/LogGroup', groupArn('/app'))).toThrow('access denied to logs:DescribeLogGroups')
})

test('metric filters of the region, subscriptions of the groups, policies of the account', async () => {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'es.amazonaws.com' } }] }
  await stubAws(({ name, input }) => {
    if (name === 'logs:DescribeLogGroups') return json({ logGroups: groups })
    if (name === 'logs:DescribeMetricFilters')
      return json({
        metricFilters: [{ filterName: 'denied', logGroupName: '/aws/eks/prod/cluster', filterPattern: '{ $.verb = "create" }' }],
      })
    if (name === 'logs:DescribeResourcePolicies')
      return json({ resourcePolicies: [{ policyName: 'es', policyDocument: JSON.stringify(policy), lastUpdatedTime: 1 }] })
    if (name !== 'logs:DescribeSubscriptionFilters') return unknownCall
    const { logGroupName } = input
    if (logGroupName === '/aws/containerinsights/prod/host') return jsonError('ResourceNotFoundException')
    return json({
      subscriptionFilters: [{ filterName: 'siem', logGroupName, destinationArn: `arn:aws:lambda:eu-west-1:${account}:function:f` }],
    })
  })
  const { world } = await read(['aws/logs/MetricFilter', 'aws/logs/SubscriptionFilters', 'aws/logs/ResourcePolicy'], prod)
  const [filter] = world.where('aws/logs/MetricFilter', 'group', '/aws/eks/prod/cluster', here)
  expect([filter?.id, filter?.body.filterName]).toEqual([`${account}:eu-west-1:/aws/eks/prod/cluster:denied`, 'denied'])
  const subscriptions = world.find('aws/logs/SubscriptionFilters', groupArn('/aws/eks/prod/cluster'))
  expect(subscriptions?.body.subscriptionFilters.map(({ filterName }) => filterName)).toEqual(['siem'])
  expect(world.find('aws/logs/SubscriptionFilters', groupArn('/aws/containerinsights/prod/host'))).toBeUndefined()
  expect(world.list('aws/logs/ResourcePolicy', here).map(({ body }) => body.policyDocument)).toEqual([policy])
})

const alarm = { AlarmName: 'denied', AlarmArn: `arn:aws:cloudwatch:eu-west-1:${account}:alarm:denied` }

test('alarms by the metrics that they watch, those that they compute with among them', async () => {
  const kind = 'aws/cloudwatch/Alarm'
  const Metrics = [
    { Id: 'm', MetricStat: { Metric: { Namespace: 'B', MetricName: 'c' }, Period: 60, Stat: 'Sum' } },
    { Id: 'e', Expression: 'm*2' },
  ]
  const calls = await stubAws(() =>
    json({
      MetricAlarms: [
        { ...alarm, Namespace: 'A', MetricName: 'b' },
        { AlarmArn: `${alarm.AlarmArn}-2`, AlarmName: 'denied-2', Metrics },
      ],
    }),
  )
  const { world } = await read([kind])
  expect(calls[1]?.input).toMatchObject({ AlarmTypes: ['MetricAlarm'], MaxRecords: 100 })
  expect(world.where(kind, 'metric', 'A\nb', here).map(({ body }) => body.AlarmName)).toEqual(['denied'])
  expect(world.where(kind, 'metric', 'B\nc', here).map(({ body }) => body.AlarmName)).toEqual(['denied-2'])
})

test('metrics of a cluster: none is an empty list, and one that was not asked for is not known', async () => {
  const kind = 'aws/cloudwatch/ClusterMetric'
  const dimensions = (...nodes: string[]) => [{ Name: 'ClusterName', Value: 'prod' }, ...nodes.map(Value => ({ Name: 'NodeName', Value }))]
  const calls = await stubAws(({ input }) =>
    input['MetricName'] === 'cluster_node_count'
      ? json({ Metrics: [] })
      : json({ Metrics: [{ Namespace: 'ContainerInsights', MetricName: input['MetricName'], Dimensions: dimensions('n1') }] }),
  )
  const { world } = await read([kind], prod)
  expect(calls[1]?.input).toEqual({
    Namespace: 'ContainerInsights',
    MetricName: 'cluster_node_count',
    Dimensions: [{ Name: 'ClusterName', Value: 'prod' }],
    RecentlyActive: 'PT3H',
  })
  const metric = (name: string) => world.find(kind, `${account}:eu-west-1:prod:${name}`)?.body.Metrics
  expect(metric('cluster_node_count')).toEqual([])
  expect(metric('node_cpu_utilization')).toEqual([{ Dimensions: dimensions('n1') }])
  expect(() => metric('pod_cpu_utilization')).toThrow('no source listed them all')

  const all = await read([kind])
  expect(calls.at(-1)?.input['Dimensions']).toEqual([{ Name: 'ClusterName' }])
  expect(all.world.seen(kind).map(({ body }) => [body.ClusterName, body.MetricName])).toEqual([['prod', 'node_cpu_utilization']])
})
