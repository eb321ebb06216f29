import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { Resource } from '#model/resource.ts'
import { classFault } from './class-fault.ts'
import { encryptionAsked, type StorageClass } from './classes.ts'
import type { Home } from './home.ts'
import { parseKeyName } from './keys.ts'

const origin = { locate: () => ({ in: 'api' as const, call: 'test', path: '', excerpt: '' }) }
const cluster = new Resource(
  'aws/eks/Cluster',
  'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
  { account: '111122223333', region: 'eu-west-1' },
  { name: 'prod', arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod' },
  origin,
)
const home: Home = { partition: 'aws', region: 'eu-west-1', account: '111122223333', cluster }
const id = '1234abcd-12ab-34cd-56ef-1234567890ab'

/** The spellings that EC2 takes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html */
describe('parseKeyName', () => {
  it.each([
    [id, { is: 'key', arn: `arn:aws:kms:eu-west-1:111122223333:key/${id}` }],
    ['alias/ExampleAlias', { is: 'alias', arn: 'arn:aws:kms:eu-west-1:111122223333:alias/ExampleAlias' }],
    [`arn:aws:kms:us-east-1:012345678910:key/${id}`, { is: 'key', arn: `arn:aws:kms:us-east-1:012345678910:key/${id}` }],
    [
      'arn:aws:kms:us-east-1:012345678910:alias/ExampleAlias',
      { is: 'alias', arn: 'arn:aws:kms:us-east-1:012345678910:alias/ExampleAlias' },
    ],
    [
      `arn:aws-cn:kms:cn-north-1:012345678910:key/mrk-${'0'.repeat(32)}`,
      { is: 'key', arn: `arn:aws-cn:kms:cn-north-1:012345678910:key/mrk-${'0'.repeat(32)}` },
    ],
  ])('%s', (text, expected) => expect(parseKeyName(text, home)).toEqual(expected))
  it.each([
    'payments',
    'arn:aws:kms:eu-west-1:111122223333:key/KEY-ID',
    `arn:aws:kms:eu-west-1::key/${id}`,
    `key/${id}`,
    ` ${id}`,
    'alias/',
    '',
  ])('%j is none', text => expect(parseKeyName(text, home)).toEqual({ is: 'malformed' }))
})

const classWith = (parameters: Readonly<Record<string, string>>): StorageClass =>
  new Resource(
    'k8s/StorageClass',
    'c',
    { cluster: 'prod' },
    { metadata: { name: 'c' }, provisioner: 'ebs.csi.aws.com', parameters },
    origin,
  )

/** https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/pkg/driver/controller.go */
describe('a class asks for encryption', () => {
  it.each([
    [{ encrypted: 'true' }, true],
    [{ Encrypted: 'true' }, true],
    [{ encrypted: 'True' }, false],
    [{ encrypted: '1' }, false],
    [{ encrypted: 'false', kmsKeyId: id }, true],
    [{ KMSKEYID: id }, true],
    [{ kmsKeyId: '' }, false],
    [{}, false],
  ] as const)('%j: %s', (parameters, asks) => expect(encryptionAsked(classWith(parameters)) !== undefined).toBe(asks))
  it('in whatever case its parameters are written', () =>
    fc.assert(
      fc.property(fc.mixedCase(fc.constantFrom('encrypted', 'kmskeyid', 'iops', 'throughput', 'type')), name => {
        const value = name.toLowerCase() === 'type' ? 'gp3' : '3000'
        expect(classFault(classWith({ [name]: value }))).toBeUndefined()
      }),
    ))
})
