import { describe, expect, it } from 'vitest'
import { Resource } from '#model/resource.ts'
import { nearAnnotation } from './near-annotation.ts'

const arn = 'arn:aws:iam::111122223333:role/s3-reader'

function near(annotations: Record<string, string>) {
  const origin = { locate: () => ({ in: 'api', call: 'test', path: '.', excerpt: '' }) as const }
  return nearAnnotation(
    new Resource('k8s/ServiceAccount', 'n/s', { cluster: 'prod' }, { metadata: { name: 's', namespace: 'n', annotations } }, origin),
  )?.key
}

describe('a key that was meant to name the role', () => {
  it.each([
    'eks.amazon.com/role-arn',
    'eks.amazonaws.com/role_arn',
    'eks.amazonaws.com/rolearn',
    'eks.amazonaws.com/roleArn',
    'eks.amazonaws.com/role-arns',
    'eks.amazonaws.com/iam-role',
    'eks.amazonaws.com/role',
    'EKS.amazonaws.com/role-arn',
    'eks.amazonaws.com.cn/role-arn',
    'eks.aws/role-arn',
    'ekss.amazonaws.com/role-arn',
    'iam.amazonaws.com/role-arn',
    'pods.eks.amazonaws.com/role-arn',
    'eks.amazonaws.com-role-arn',
    'iam.amazonaws.com/role',
  ])('%s', key => {
    expect(near({ [key]: arn })).toBe(key)
  })
  it('is the nearest of several', () => {
    expect(near({ 'iam.amazonaws.com/role': 's3-reader', 'eks.amazonaws.com/role_arn': arn })).toBe('eks.amazonaws.com/role_arn')
  })
})

describe('other keys', () => {
  it.each([
    ['eks.amazonaws.com/audience', 'sts.amazonaws.com'],
    ['eks.amazonaws.com/sts-regional-endpoints', 'true'],
    ['eks.amazonaws.com/token-expiration', '3600'],
    ['iam.amazonaws.com/allowed-roles', `["${arn}"]`],
    ['iam.amazonaws.com/permitted', '.*'],
    ['iam.amazonaws.com/session-name', 'reader'],
    ['services.k8s.aws/role-arn', arn],
    ['iam.gke.io/gcp-service-account', 'reader@project.iam.gserviceaccount.com'],
    ['azure.workload.identity/client-id', '00000000-0000-0000-0000-000000000000'],
    ['vault.hashicorp.com/role', 'arn-reader-role'],
    ['example.com/role-arn', arn],
    ['eks.amazonaws.com/nodegroup', `used with ${arn}`],
    ['kubectl.kubernetes.io/last-applied-configuration', `{"eks.amazonaws.com/role-arn":"${arn}"}`],
    ['eks.amazonaws.com/role_arn', ''],
  ])('%s is left alone', (key, value) => {
    expect(near({ [key]: value })).toBeUndefined()
  })
  it('do not matter beside the right one', () => {
    expect(near({ 'eks.amazonaws.com/role-arn': arn, 'iam.amazonaws.com/role': 's3-reader' })).toBeUndefined()
  })
})
