import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runMortise } from './run-mortise.ts'

/** Odd and large input of mounted secrets, volumes, keys and logs: a verdict for each, and no crash. */
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortise-e2e-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const account = '111122223333'
const region = 'eu-west-1'
const regional = { account, region }
const keyArn = (id: string) => `arn:aws:kms:${region}:${account}:key/5b1f0c00-0000-4000-8000-00000000000${id}`

interface Finding {
  readonly check: { readonly id: string }
  readonly message: string
}
interface Outcome {
  readonly findings: readonly Finding[]
  readonly problems: readonly unknown[]
}

/** Scans these objects; what it gives are the messages of a check. */
async function scan(name: string, read: readonly unknown[], objects: readonly object[], ...flags: readonly string[]) {
  const header = { kind: 'mortise/World', version: 1, cluster: 'prod', readAt: '2026-11-20T09:00:00Z', read }
  const path = join(folder, name)
  writeFileSync(path, [header, ...objects].map(each => JSON.stringify(each)).join('\n---\n'))
  const ran = await runMortise(['scan', path, '--format', 'json', ...flags])
  expect(`${ran.stdout}${ran.stderr}`).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
  expect(ran.code, ran.stderr).toBe(1)
  const outcome = JSON.parse(ran.stdout) as Outcome
  expect(outcome.problems).toEqual([])
  const messages = (check: string) => outcome.findings.filter(finding => finding.check.id === check).map(({ message }) => message)
  return messages
}

const many = <Item>(count: number, make: (index: number) => Item): Item[] => Array.from({ length: count }, (_, index) => make(index))
const secretProviderClass = (name: string, objects: unknown) => ({
  apiVersion: 'secrets-store.csi.x-k8s.io/v1',
  kind: 'SecretProviderClass',
  metadata: { name, namespace: 'shop' },
  spec: { provider: 'aws', parameters: { region, objects } },
})
const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        serviceAccountName: 'api',
        containers: [{ name: 'api', image: 'shop/api:2.4.0', volumeMounts: [{ name: 'secrets', mountPath: '/secrets', readOnly: true }] }],
        volumes: [
          {
            name: 'secrets',
            csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass: name } },
          },
        ],
      },
    },
  },
})
const cluster = {
  kind: 'aws/eks/Cluster',
  name: 'prod',
  arn: `arn:aws:eks:${region}:${account}:cluster/prod`,
  identity: { oidc: { issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E' } },
}

const wrong: Readonly<Record<string, unknown>> = {
  'no-yaml': '- {',
  scalar: 'shop/db',
  number: '5',
  mapping: 'objectName: shop/db',
  empty: '',
  comment: '# shop/db',
  list: '- - shop/db',
  hollow: '-',
  twice: '- {objectName: a, objectType: secretsmanager, objectAlias: x}\n- {objectName: b, objectType: secretsmanager, objectAlias: x}',
  loop: '- &a {objectName: db, objectType: secretsmanager, more: *a}',
  laughs: `- &a0 {objectName: x, objectType: secretsmanager}\n${many(30, level => `- &a${level + 1} {objectName: x${level}, objectType: secretsmanager, more: [*a${level}, *a${level}, *a${level}]}`).join('\n')}`,
  brackets: '['.repeat(100_000),
  control: '- {objectName: "a\u0001b", objectType: secretsmanager}',
}

it('each text that the provider refuses is a finding of its class', async () => {
  const names = Object.keys(wrong)
  const objects = names.flatMap(name => [secretProviderClass(name, wrong[name]), deployment(name)])
  const messages = await scan('wrong.yaml', ['k8s/SecretProviderClass', 'k8s/ServiceAccount'], objects, '--joint', 'secrets-store')
  const refused = messages('secrets-store/class-invalid').map(
    message => /SecretProviderClass shop\/(\S+) mounts nothing: ./.exec(message)?.[1],
  )
  expect(refused.sort()).toEqual(names.toSorted())
})

it('parameters that are no texts make a problem or a finding, never a crash', async () => {
  const odd = [5, true, null, {}, [], [[]], { objectName: 'a' }]
  const objects = odd.map((value, index) => secretProviderClass(`odd-${index}`, value))
  const ran = await runMortise(['scan', '-', '--format', 'json'], { stdin: objects.map(each => JSON.stringify(each)).join('\n---\n') })
  expect(ran.stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
  expect(ran.code, ran.stderr).toBeLessThan(3)
})

const anyone = (action: string) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] })
const role = {
  kind: 'aws/iam/Role',
  Arn: `arn:aws:iam::${account}:role/api`,
  RoleName: 'api',
  AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] },
  AttachedManagedPolicies: [],
  RolePolicyList: [{ PolicyName: 'all', PolicyDocument: anyone('*') }],
}
const serviceAccount = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'api', namespace: 'shop', annotations: { 'eks.amazonaws.com/role-arn': role.Arn } },
}
const key = {
  kind: 'aws/kms/Key',
  Arn: keyArn('1'),
  KeyId: keyArn('1').split('/')[1],
  KeyManager: 'CUSTOMER',
  KeyState: 'PendingDeletion',
  DeletionDate: '2026-11-28T09:00:00.000Z',
  KeySpec: 'SYMMETRIC_DEFAULT',
  Aliases: [],
  Grants: [],
  Policy: { ...anyone('kms:*'), Statement: [{ ...anyone('kms:*').Statement[0], Principal: { AWS: `arn:aws:iam::${account}:root` } }] },
}
const secret = (name: string, KmsKeyId?: string) => ({
  kind: 'aws/secretsmanager/Secret',
  ARN: `arn:aws:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`,
  Name: name,
  ResourcePolicy: null,
  VersionIdsToStages: { '7d1f0b3a-0f6e-4c9b-9a57-2b8c1d4e6f70': ['AWSCURRENT'] },
  ...(KmsKeyId === undefined ? {} : { KmsKeyId }),
})

it('2,000 objects of one class and 2,000 secrets: the one that is missing, and the one whose key will be deleted', async () => {
  const names = many(2_000, index => `shop/s${index}`)
  const mounted = (of: readonly string[]) => of.map(name => `- {objectName: ${name}, objectType: secretsmanager}`).join('\n')
  const read = [
    'k8s/ServiceAccount',
    'k8s/SecretProviderClass',
    { kind: 'aws/iam/Role', account },
    'aws/iam/OpenIDConnectProvider',
    'aws/organizations/Organization',
    'aws/organizations/Target',
    { kind: 'aws/secretsmanager/Secret', ...regional },
    { kind: 'aws/kms/Key', ...regional },
  ]
  const objects = [
    secretProviderClass('api', mounted(names)),
    deployment('api'),
    secretProviderClass('doomed', mounted(['doomed'])),
    deployment('doomed'),
    secret('doomed', key.Arn),
    // Nothing says which key an alias of no key stands for: that is no finding.
    secretProviderClass('gone', mounted(['gone'])),
    deployment('gone'),
    secret('gone', 'alias/nothing'),
    serviceAccount,
    role,
    key,
    cluster,
    ...names.filter(name => name !== 'shop/s1234').map(name => secret(name)),
  ]
  const messages = await scan('secrets.yaml', read, objects, '--joint', 'secrets-store')
  expect(messages('secrets-store/secret-missing')).toEqual([expect.stringContaining('secret shop/s1234, which does not exist')])
  expect(messages('secrets-store/key-unusable')).toEqual([expect.stringMatching(/^secret doomed .* is to be deleted$/)])
})

it('2,000 volumes: the one that is not encrypted, and the one whose key will be deleted', async () => {
  const id = (index: number) => `vol-${index.toString(16).padStart(17, '0')}`
  const volumes = many(2_000, index => ({
    kind: 'aws/ec2/Volume',
    Arn: `arn:aws:ec2:${region}:${account}:volume/${id(index)}`,
    VolumeId: id(index),
    State: 'in-use',
    Tags: [{ Key: 'ebs.csi.aws.com/cluster', Value: 'true' }],
    ...(index === 1_234 ? { Encrypted: false } : { Encrypted: true, KmsKeyId: index === 99 ? key.Arn : keyArn('2') }),
  }))
  const persistent = many(2_000, index => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${index}`, annotations: { 'pv.kubernetes.io/provisioned-by': 'ebs.csi.aws.com' } },
    spec: {
      capacity: { storage: '8Gi' },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: 'encrypted',
      claimRef: { namespace: 'shop', name: `data-${index}` },
      csi: { driver: 'ebs.csi.aws.com', volumeHandle: id(index) },
    },
  }))
  const usable = { ...key, Arn: keyArn('2'), KeyId: keyArn('2').split('/')[1], KeyState: 'Enabled' }
  const read = [{ kind: 'aws/ec2/Volume', ...regional }, { kind: 'aws/kms/Key', ...regional }, 'k8s/PersistentVolume']
  const storageClass = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'encrypted' },
    provisioner: 'ebs.csi.aws.com',
    parameters: { encrypted: 'true' },
  }
  const objects = [...volumes, ...persistent, storageClass, cluster, key, usable]
  const messages = await scan('volumes.yaml', read, objects, '--joint', 'ebs-encryption')
  expect(messages('ebs-encryption/volume-not-encrypted')).toEqual([expect.stringContaining('data-1234')])
  expect(messages('ebs-encryption/key-unusable')).toEqual([expect.stringMatching(/data-99 is to be deleted in 8 days$/)])
})
