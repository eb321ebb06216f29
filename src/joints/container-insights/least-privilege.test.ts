import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import { actionCatalogue } from '#iam/known-actions.ts'
import { clusterLogKeyStatement, logKeyStatement, shipperPolicy, type ShipperDuties } from './least-privilege.ts'

const place = { partition: 'aws', region: 'eu-west-1', account: '111122223333', cluster: 'prod' }
// Not sts: every caller may ask who it is, whatever its policies say.
const catalogue = await actionCatalogue(['logs', 'cloudwatch', 'ec2', 'kms', 's3', 'xray', 'iam'])
const principal = { kind: 'roleSession', roleArn: 'arn:aws:iam::111122223333:role/container-insights', sessionName: 's' } as const

const group = (cluster: string, part = 'application') =>
  `arn:aws:logs:eu-west-1:111122223333:log-group:/aws/containerinsights/${cluster}/${part}`
/** As AWS names what is asked about: a group in both of its forms, and a stream of it. */
const forms = (arn: string) => [arn, `${arn}:log-stream:`, `${arn}:log-stream:ip-10-0-1-17-x`]

function allowed(duties: ShipperDuties, action: string, resource: string, context: Readonly<Record<string, string>> = {}): boolean {
  const identity = [compilePolicy(shipperPolicy(place, duties), 'identity')]
  return decide({ principal, action, resource, resourceAccount: '111122223333', context }, { identity }).answer === 'allow'
}

const everything: ShipperDuties = { makesGroups: true, setsRetention: true, metricNamespaces: ['CWAgent'] }
const writes = ['logs:CreateLogStream', 'logs:PutLogEvents']
const making = ['logs:CreateLogGroup', 'logs:PutRetentionPolicy']
const names = ['ec2:DescribeTags', 'ec2:DescribeVolumes']

describe('the smallest policy of a shipper', () => {
  it('has no problem that the compiler knows', () => {
    expect(compilePolicy(shipperPolicy(place, everything), 'identity').problems).toEqual([])
  })
  it.each([
    ['groups that are there', {}, writes],
    ['groups that it makes', { makesGroups: true }, [...writes, 'logs:CreateLogGroup']],
    ['groups that it makes with a retention', everything, [...writes, ...making]],
  ] as const)('of %s it allows exactly that on them, in every form of their ARNs', (_, duties, expected) => {
    for (const part of ['application', 'dataplane', 'host', 'performance'])
      for (const resource of forms(group('prod', part)))
        expect(catalogue.actions('logs:*').filter(action => allowed(duties, action, resource))).toEqual(
          expect.arrayContaining([...expected]),
        )
    const may = new Set(catalogue.actions('*').filter(action => forms(group('prod')).some(resource => allowed(duties, action, resource))))
    expect([...may].sort()).toEqual([...expected, ...names].sort())
  })
  it.each([
    ...forms(group('staging')),
    ...forms(group('prod-eu')),
    'arn:aws:logs:us-east-1:111122223333:log-group:/aws/containerinsights/prod/application',
    'arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/prod/cluster',
    '*',
  ])('allows no action of logs on %s', resource =>
    expect(catalogue.actions('logs:*').filter(action => allowed(everything, action, resource))).toEqual([]),
  )
  it('sends metrics of its namespaces and of no other', () => {
    expect(allowed(everything, 'cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'CWAgent' })).toBe(true)
    expect(allowed(everything, 'cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'Payments' })).toBe(false)
    expect(allowed({}, 'cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'CWAgent' })).toBe(false)
  })
})

const key = 'arn:aws:kms:eu-west-1:111122223333:key/1b9c6f0e-0f4d-4f0a-8f0e-5d2c7b6a9e10'

function mayUse(name: string, action: string, about: string): boolean {
  const policy = compilePolicy({ Version: '2012-10-17', Statement: clusterLogKeyStatement(place) }, 'key')
  const context = { 'kms:EncryptionContext:aws:logs:arn': about, 'kms:EncryptionContextKeys': ['aws:logs:arn'] }
  const request = { principal: { kind: 'service', name } as const, action, resource: key, resourceAccount: '111122223333', context }
  return decide(request, { resource: [policy], grants: [] }).answer === 'allow'
}

describe('the statement of a key policy for a cluster’s groups', () => {
  const logs = 'logs.eu-west-1.amazonaws.com'
  const controlPlane = 'arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/prod/cluster'
  it.each([group('prod'), group('prod', 'performance'), controlPlane])('lets CloudWatch Logs encrypt %s', about => {
    for (const action of ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'])
      expect(mayUse(logs, action, about)).toBe(true)
  })
  it('lets it do nothing that changes or deletes the key, or that signs', () => {
    const may = catalogue.actions('kms:*').filter(action => mayUse(logs, action, group('prod')))
    expect(may.filter(action => !/:(?:Encrypt|Decrypt|ReEncrypt|GenerateDataKey|Describe)/.test(action))).toEqual([])
  })
  it.each([
    [logs, group('staging')],
    [logs, 'arn:aws:logs:eu-west-1:444455556666:log-group:/aws/eks/prod/cluster'],
    ['logs.us-east-1.amazonaws.com', group('prod')],
    ['ec2.amazonaws.com', group('prod')],
  ])('does not let %s use it for %s', (name, about) => {
    expect(catalogue.actions('kms:*').filter(action => mayUse(name, action, about))).toEqual([])
  })
  it('names the principal as each partition does', () => {
    expect(logKeyStatement({ partition: 'aws-cn', region: 'cn-north-1' }, ['x']).Principal).toEqual({
      Service: 'logs.cn-north-1.amazonaws.com.cn',
    })
    expect(logKeyStatement({ partition: 'aws-us-gov', region: 'us-gov-west-1' }, ['x']).Principal).toEqual({
      Service: 'logs.us-gov-west-1.amazonaws.com',
    })
  })
})

describe('the page about this joint', () => {
  it('shows these documents', () => {
    const page = readFileSync(new URL('../../../docs/guide/joints/container-insights.md', import.meta.url), 'utf8')
    const shown = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text) as unknown)
    expect(shown).toEqual([shipperPolicy(place), shipperPolicy(place, everything), clusterLogKeyStatement(place)])
  })
})
