import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AwsKind } from '#model/kinds.ts'
import { json, plainXml, stubAws, stubEnvironment, unknownCall, xml, type Answer, type Call } from '../../../tests/sources/stub-aws.ts'
import { readAws } from './read.ts'
import type { Wanted } from './wanted.ts'

stubEnvironment()

const account = '111122223333'
let there: readonly string[] = []
const many = (count: number) => Array.from({ length: count }, (_, index) => String(index))
const group = (id: string) => `/aws/containerinsights/c/${id}`

/** The names that the call asks for next, and the token of the page after them. */
function page({ input, parameters, name }: Call, fallback: number) {
  const query = new URLSearchParams(name.split('?')[1])
  const said = (...names: string[]) =>
    names.map(one => input[one] ?? parameters.get(one) ?? query.get(one)).find(value => value !== undefined && value !== null)
  const from = Number(said('NextToken', 'nextToken', 'Marker') ?? 0)
  const size = Number(said('MaxResults', 'maxResults', 'limit', 'Limit', 'MaxRecords') ?? fallback)
  const next = from + size < there.length ? String(from + size) : undefined
  return { ids: there.slice(from, from + size), next }
}

/** A list in JSON under `key`, its token under `token`. */
const list =
  (key: string, item: (id: string) => unknown, token = 'NextToken', fallback = 500) =>
  (call: Call): Answer => {
    const { ids, next } = page(call, fallback)
    return json({ [key]: ids.map(item), ...(next === undefined ? {} : { [token]: next }) })
  }

const ec2 =
  (operation: string, set: string, element: string) =>
  (call: Call): Answer => {
    const { ids, next } = page(call, 1000)
    const items = ids.map(id => `<item><${element}>${id}</${element}></item>`).join('')
    return plainXml(`${operation}Response`, `<${set}>${items}</${set}>${next === undefined ? '' : `<nextToken>${next}</nextToken>`}`)
  }

/** A list in XML, each with a password that waits to be set. */
const databases =
  (element: string, type: string) =>
  (call: Call): Answer => {
    const { ids, next } = page(call, 100)
    const item = (id: string) =>
      `<${element}><${element}Arn>${arn('rds', `${type}:${id}`)}</${element}Arn><PendingModifiedValues><MasterUserPassword>****</MasterUserPassword></PendingModifiedValues></${element}>`
    return xml(
      `Describe${element}s`,
      `<${element}s>${ids.map(item).join('')}</${element}s>${next === undefined ? '' : `<Marker>${next}</Marker>`}`,
    )
  }

const arn = (service: string, rest: string) => `arn:aws:${service}:eu-west-1:${account}:${rest}`
const groups = list('logGroups', id => ({ logGroupName: group(id), arn: `${arn('logs', `log-group:${group(id)}`)}:*` }), 'nextToken')

const answers: Readonly<Record<string, (call: Call) => Answer>> = {
  'ssm:DescribeParameters': list('Parameters', Name => ({ Name })),
  'ec2:DescribeVolumes': ec2('DescribeVolumes', 'volumeSet', 'volumeId'),
  'ec2:DescribeSnapshots': ec2('DescribeSnapshots', 'snapshotSet', 'snapshotId'),
  'ec2:GetEbsEncryptionByDefault': () =>
    plainXml('GetEbsEncryptionByDefaultResponse', '<ebsEncryptionByDefault>true</ebsEncryptionByDefault>'),
  'ec2:GetEbsDefaultKmsKeyId': () => plainXml('GetEbsDefaultKmsKeyIdResponse', '<kmsKeyId>k</kmsKeyId>'),
  'logs:DescribeLogGroups': groups,
  'logs:DescribeLogStreams': () => json({ logStreams: [] }),
  'logs:DescribeMetricFilters': list('metricFilters', filterName => ({ filterName, logGroupName: 'g' }), 'nextToken'),
  'logs:DescribeSubscriptionFilters': () => json({ subscriptionFilters: [] }),
  'monitoring:DescribeAlarms': list('MetricAlarms', AlarmName => ({ AlarmName, AlarmArn: arn('cloudwatch', `alarm:${AlarmName}`) })),
  'monitoring:ListMetrics': list('Metrics', Value => ({
    Dimensions: [
      { Name: 'ClusterName', Value: 'c' },
      { Name: 'NodeName', Value },
    ],
  })),
  'guardduty:GET /detector': () => json({ detectorIds: ['d'] }),
  'guardduty:POST /detector/d/coverage': list('resources', resourceId => ({ resourceId }), 'nextToken'),
  'guardduty:GET /detector/d/filter': list('filterNames', id => id, 'nextToken'),
  'events:ListRules': list('Rules', Name => ({ Name, Arn: arn('events', `rule/${Name}`), EventPattern: '{}' })),
  'events:ListTargetsByRule': () => json({ Targets: [] }),
  'sqs:GetQueueUrl': () => json({ QueueUrl: 'https://sqs.invalid/q' }),
  'sqs:GetQueueAttributes': () => json({ Attributes: {} }),
  'sns:GetTopicAttributes': () => xml('GetTopicAttributes', '<Attributes/>'),
  'rds:DescribeDBInstances': databases('DBInstance', 'db'),
  'rds:DescribeDBClusters': databases('DBCluster', 'cluster'),
  'ecr:DescribeRepositories': ({ input }) => {
    const [repositoryName = ''] = input['repositoryNames'] as string[]
    return json({ repositories: [{ repositoryName, repositoryArn: arn('ecr', `repository/${repositoryName}`) }] })
  },
  'ecr:GetRepositoryPolicy': () => json({ policyText: '{}' }),
  'secretsmanager:ListSecrets': list('SecretList', id => ({ ARN: arn('secretsmanager', `secret:${id}-AbCdEf`), Name: id })),
  'secretsmanager:DescribeSecret': ({ input }) => json({ ARN: input['SecretId'], Name: 's' }),
  'secretsmanager:GetResourcePolicy': () => json({}),
  'kms:ListKeys': list('Keys', KeyId => ({ KeyId, KeyArn: arn('kms', `key/${KeyId}`) }), 'NextMarker'),
  'kms:ListAliases': list(
    'Aliases',
    id => ({ AliasName: `alias/${id}`, AliasArn: arn('kms', `alias/${id}`), TargetKeyId: id }),
    'NextMarker',
  ),
  'kms:DescribeKey': ({ input }) =>
    json({ KeyMetadata: { KeyId: input['KeyId'], Arn: arn('kms', `key/${String(input['KeyId'])}`), KeyManager: 'CUSTOMER' } }),
  'kms:GetKeyRotationStatus': () => json({ KeyRotationEnabled: true }),
  'kms:GetKeyPolicy': () => json({ Policy: '{}' }),
  'kms:ListGrants': () => json({ Grants: [] }),
}

const hundred = many(100)

/**
 * How many calls so many of a kind cost, the one that says who is asking left out: of what comes in pages for 1,000, of what is read one by one for
 * 100. The guide tells them, too.
 */
const prices: readonly (readonly [number, AwsKind, number, Partial<Wanted>])[] = [
  [150, 'aws/secretsmanager/Secret', 2 + 2 * 150, {}],
  [150, 'aws/kms/Key', 1 + 2 + 3 * 150, {}],
  [150, 'aws/kms/KeyRotation', 1 + 2 + 4 * 150, {}],
  [1000, 'aws/ssm/Parameter', 20, {}],
  [1000, 'aws/ec2/Volume', 2, {}],
  [1000, 'aws/rds/DBInstance', 10, {}],
  [1000, 'aws/rds/DBCluster', 10, {}],
  [1000, 'aws/ec2/Snapshot', 2, {}],
  [1, 'aws/ec2/EbsEncryptionByDefault', 2, {}],
  [1000, 'aws/logs/LogGroup', 20, {}],
  [1000, 'aws/logs/MetricFilter', 20, {}],
  [100, 'aws/logs/LogStreams', 2 + 100, {}],
  [100, 'aws/logs/SubscriptionFilters', 2 + 100, {}],
  [1000, 'aws/cloudwatch/Alarm', 10, {}],
  [1000, 'aws/cloudwatch/ClusterMetric', 2 * 2, {}],
  [1000, 'aws/guardduty/Coverage', 1 + 20, {}],
  [100, 'aws/guardduty/Filter', 1 + 2 + 100, {}],
  [100, 'aws/events/Rule', 1 + 100, {}],
  [100, 'aws/sqs/Queue', 200, { resources: hundred.map(id => arn('sqs', id)) }],
  [100, 'aws/sns/Topic', 100, { resources: hundred.map(id => arn('sns', id)) }],
  [100, 'aws/ecr/Repository', 200, { resources: hundred.map(id => arn('ecr', `repository/${id}`)) }],
  [100, 'aws/lambda/Function', 200, { resources: hundred.map(id => arn('lambda', `function:${id}`)) }],
]

test.each(prices)('%i of %s cost %i calls', async (count, kind, price, wanted) => {
  there = many(count)
  const calls = await stubAws(call => {
    const known = answers[call.name] ?? answers[call.name.split('?')[0] ?? '']
    if (known !== undefined) return known(call)
    if (call.name.startsWith('guardduty:GET /detector/d/filter/')) return json({ name: 'f' })
    return call.name.startsWith('lambda:') ? json({ Policy: '{}', Tags: {} }) : unknownCall
  })
  const gathered = await readAws({ kinds: [kind], clusters: [], wanted: { roleArns: [], ...wanted } })
  expect(gathered.unread).toEqual([])
  expect(JSON.stringify(gathered.resources.map(({ body }) => body))).not.toContain('Password')
  // The nodes of one cluster are in one resource for each of the two metrics.
  expect(gathered.resources.filter(resource => resource.kind === kind).length).toBe(kind === 'aws/cloudwatch/ClusterMetric' ? 2 : count)
  expect(calls.length - 1).toBe(price)
})

/** Operations whose answers hold values, messages, log lines or variables, or that change something. */
const forbidden =
  /^(GetSecretValue|BatchGetSecretValue|GetParameters?|GetParametersByPath|GetParameterHistory|GetLogEvents|FilterLogEvents|GetLogRecord|GetQueryResults|StartQuery|StartLiveTail|GetMetricData|GetMetricStatistics|ReceiveMessage|GetFunction|GetFunctionConfiguration|ListFunctions|GetObject|BatchGetImage|GetDownloadUrlForLayer|GetAuthorizationToken|GetSnapshotBlock|GetFindings|Decrypt|GenerateDataKey|GetFederationToken)$/
const reading = /^(Assume|BatchGet|Describe|Generate|Get|List)/

test('no client is asked for a value, a message, a log line or a variable, nor to change anything', () => {
  const commands = readdirSync(import.meta.dirname)
    .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap(name => [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(/\bnew (\w+)Command\(/g)])
    .map(([, operation = '']) => operation)
  expect(commands.length).toBeGreaterThan(50)
  expect(commands.filter(operation => forbidden.test(operation))).toEqual([])
  expect(commands.filter(operation => !reading.test(operation))).toEqual([])
})
