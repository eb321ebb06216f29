import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import type { Context } from '#iam/request.ts'
import { lintPolicy } from '#iam/lint.ts'
import { endpointPolicy, exportBucketPolicy, exportKeyPolicy, type PolicyText } from './least-privilege.ts'

const account = '111122223333'
const detectorArn = `arn:aws:guardduty:eu-west-1:${account}:detector/12abc34d567e8fa901bc2d34e56789f0`
const bucketArn = 'arn:aws:s3:::findings-111122223333'
const key = `arn:aws:kms:eu-west-1:${account}:key/1a2b3c4d-5678-90ab-cdef-1234567890ab`
const everything = compilePolicy({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }, 'identity')

function throughEndpoint(policy: PolicyText, caller: string, action = 'guardduty:SendSecurityTelemetry'): string {
  return decide(
    {
      principal: { kind: 'roleSession', roleArn: `arn:aws:iam::${caller}:role/node`, sessionName: 'i-0a1b2c3d4e5f60718' },
      action,
      resource: '*',
      context: { 'aws:PrincipalAccount': caller },
    },
    { identity: [everything], endpoint: [compilePolicy(policy, 'endpoint')] },
  ).answer
}

describe('the policy of the endpoint', () => {
  it('lets agents of the account send, nobody else, and nothing else', () => {
    const policy = endpointPolicy([account])
    expect(throughEndpoint(policy, account)).toBe('allow')
    expect(throughEndpoint(policy, '444455556666')).toBe('implicitDeny')
    expect(throughEndpoint(policy, account, 'guardduty:ArchiveFindings')).toBe('implicitDeny')
  })
  it('names every account that shares the VPC', () => {
    const policy = endpointPolicy([account, '444455556666'])
    expect([account, '444455556666', '777788889999'].map(caller => throughEndpoint(policy, caller))).toEqual([
      'allow',
      'allow',
      'implicitDeny',
    ])
  })
})

function byService(policy: PolicyText, action: string, resource: string, kind: 'resource' | 'key', context: Context): string {
  return decide(
    { principal: { kind: 'service', name: 'guardduty.amazonaws.com' }, action, resource, resourceAccount: account, context },
    { resource: [compilePolicy(policy, kind)] },
  ).answer
}

const from = (arn: string): Context => ({
  'aws:SourceArn': arn,
  'aws:SourceAccount': arn.split(':')[4] ?? '',
  'aws:SecureTransport': 'true',
})
const other = detectorArn.replaceAll(account, '444455556666')

describe('the policies of bucket and key', () => {
  const bucket = exportBucketPolicy({ detectorArn, bucketArn, prefix: 'eu/' })
  it.each([
    ['s3:PutObject', `${bucketArn}/eu/AWSLogs/f.jsonl.gz`, detectorArn, 'allow'],
    ['s3:GetBucketLocation', bucketArn, detectorArn, 'allow'],
    ['s3:PutObject', `${bucketArn}/other/f`, detectorArn, 'implicitDeny'],
    ['s3:GetObject', `${bucketArn}/eu/f`, detectorArn, 'implicitDeny'],
    ['s3:PutObject', `${bucketArn}/eu/f`, other, 'implicitDeny'],
  ])('%s on %s for %s: %s', (action, resource, detector, answer) =>
    expect(byService(bucket, action, resource, 'resource', from(detector))).toBe(answer),
  )
  it('refuse what does not come over TLS', () => {
    const plain = { ...from(detectorArn), 'aws:SecureTransport': 'false' }
    expect(byService(bucket, 's3:PutObject', `${bucketArn}/eu/f`, 'resource', plain)).toBe('explicitDeny')
  })
  it('let GuardDuty encrypt for that detector, and never decrypt', () => {
    const policy = exportKeyPolicy({ detectorArn })
    expect(byService(policy, 'kms:GenerateDataKey', key, 'key', from(detectorArn))).toBe('allow')
    expect(byService(policy, 'kms:Decrypt', key, 'key', from(detectorArn))).toBe('implicitDeny')
    expect(byService(policy, 'kms:GenerateDataKey', key, 'key', from(other))).toBe('implicitDeny')
  })
  it('have nothing to find fault with', async () => {
    for (const [policy, kind] of [
      [endpointPolicy([account]), 'endpoint'],
      [bucket, 'resource'],
      [exportKeyPolicy({ detectorArn }), 'key'],
    ] as const)
      expect(await lintPolicy(compilePolicy(policy, kind))).toEqual([])
  })
})

describe('the guide', () => {
  it('shows the documents that the joint makes', () => {
    const guide = readFileSync(fileURLToPath(new URL('../../../docs/guide/joints/guardduty.md', import.meta.url)), 'utf8')
    const blocks = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text) as unknown)
    expect(blocks).toEqual([endpointPolicy([account]), exportBucketPolicy({ detectorArn, bucketArn }), exportKeyPolicy({ detectorArn })])
  })
})
