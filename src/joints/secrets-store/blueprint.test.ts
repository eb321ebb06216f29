import { describe, expect, it } from 'vitest'
import { UserError } from '#base/errors.ts'
import { accessAllowed } from '../../../tests/blueprints/access-allowed.ts'
import { faultsOf, made, undone, wholeWorld } from '../../../tests/blueprints/made-world.ts'
import { secretsStoreInstalled } from '../../../tests/blueprints/secrets-store-installed.ts'
import secretsStore from './joint.ts'

const key = 'arn:aws:kms:eu-west-1:111122223333:key/5b1f0c00-0000-4000-8000-000000000001'
const cluster = `
kind: aws/eks/Cluster
name: prod
arn: arn:aws:eks:eu-west-1:111122223333:cluster/prod
version: "1.36"
identity: { oidc: { issuer: "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE" } }
---
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: api, namespace: shop }
---
kind: aws/secretsmanager/Secret
ARN: arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf
Name: shop/db
KmsKeyId: ${key}
RotationEnabled: true
ResourcePolicy: null
VersionIdsToStages: { 7d1f0b3a-0f6e-4c9b-9a57-2b8c1d4e6f70: [AWSCURRENT] }
---
kind: aws/secretsmanager/Secret
ARN: arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/mail-GhIjKl
Name: shop/mail
ResourcePolicy: null
VersionIdsToStages: { 9d1f0b3a-0f6e-4c9b-9a57-2b8c1d4e6f71: [AWSCURRENT] }
---
kind: aws/kms/Key
Arn: ${key}
KeyId: 5b1f0c00-0000-4000-8000-000000000001
KeyState: Enabled
KeySpec: SYMMETRIC_DEFAULT
KeyManager: CUSTOMER
Aliases: []
Grants: []
Policy:
  Version: "2012-10-17"
  Statement:
    - { Effect: Allow, Principal: { AWS: "arn:aws:iam::111122223333:root" }, Action: "kms:*", Resource: "*" }
`
/** As the add-on brings them. */
const installed = (...how: Parameters<typeof secretsStoreInstalled>) =>
  secretsStoreInstalled(...how)
    .map(object => `---\n${JSON.stringify(object)}\n`)
    .join('')
const deployment = (annotations = '{}', more = '') => `
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop, annotations: ${annotations} }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      serviceAccountName: api
      containers:
        - { name: api, image: "shop/api:2.4.0"${more} }
`
const blueprint = (mounts = '{ shop/db: /var/run/secrets/db }', identity = 'pod-identity') =>
  `cluster: prod\nworkloads:\n  shop/api:\n    identity: ${identity}\n    mounts: ${mounts}\n`
const joints = ['irsa', 'pod-identity', 'secrets-store']
const titles = (steps: readonly { readonly title: string }[]) => steps.map(({ title }) => title)
const ofSecrets = (steps: readonly { readonly title: string; readonly makes: string }[]) =>
  titles(steps.filter(({ makes }) => makes.startsWith('secrets-store')))

describe('mounts of a blueprint', () => {
  it('in an empty cluster: the add-on, the class, the volume; then nothing more; and taken back, nothing is left', async () => {
    const world = await wholeWorld(cluster + deployment())
    const { steps, world: then } = made(world, blueprint(), ...joints)
    expect(ofSecrets(steps)).toEqual([
      'install add-on aws-secrets-store-csi-driver-provider',
      'create SecretProviderClass shop/api-db',
      'mount /var/run/secrets/db in deploy/api of shop',
    ])
    expect(made(then, blueprint(), ...joints).steps).toEqual([])
    expect([...undone(then, steps).resources()].map(({ id, body }) => [id, body]).sort()).toEqual(
      [...world.resources()].map(({ id, body }) => [id, body]).sort(),
    )
  })

  it.each(['pod-identity', 'irsa'])('what is made holds, by %s, and the pods may read that secret and no other', async identity => {
    const { world } = made(await wholeWorld(cluster + installed() + deployment()), blueprint(undefined, identity), ...joints)
    expect(faultsOf(secretsStore, world)).toEqual([])
    const own = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf'
    const other = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/mail-GhIjKl'
    expect(accessAllowed(world, 'shop/api', 'secretsmanager:GetSecretValue', own)).toBe('allow')
    expect(accessAllowed(world, 'shop/api', 'secretsmanager:GetSecretValue', other)).toBe('implicitDeny')
  })

  it('asks for tokens that the CSIDriver of nobody does not request, and makes a Helm release ask its keeper', async () => {
    const own = await wholeWorld(cluster + installed({ audiences: ['sts.amazonaws.com'] }) + deployment())
    const { steps, world } = made(own, blueprint(), ...joints)
    expect(ofSecrets(steps)[0]).toBe('request tokens for pods.eks.amazonaws.com')
    expect(faultsOf(secretsStore, world)).toEqual([])
    const helm = await wholeWorld(
      cluster + installed({ audiences: [], annotations: { 'meta.helm.sh/release-name': 'csi' } }) + deployment(),
    )
    expect(notOurs(() => made(helm, blueprint(), ...joints))).toContain('Helm release csi keeps CSIDriver secrets-store.csi.k8s.io')
  })

  it('two secrets of one folder share a class; folders that end alike do not', async () => {
    const world = await wholeWorld(cluster + installed() + deployment())
    const same = made(world, blueprint('{ shop/mail: /secrets, shop/db: /secrets/ }'), ...joints)
    expect(ofSecrets(same.steps)).toEqual(['create SecretProviderClass shop/api-secrets', 'mount /secrets in deploy/api of shop'])
    expect(JSON.stringify(same.steps)).toContain(
      String.raw`- objectName: \"shop/db\"\n  objectType: secretsmanager\n- objectName: \"shop/mail\"`,
    )
    expect(faultsOf(secretsStore, same.world)).toEqual([])
    const alike = made(world, blueprint('{ shop/mail: /a/x, shop/db: /b/x }'), ...joints)
    expect(ofSecrets(alike.steps)).toContain('create SecretProviderClass shop/api-b-x')
  })

  it('a class of somebody that mounts the secret there already is left as it is, and one that does not is not touched', async () => {
    const volume = (secret: string) => `
---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: { name: theirs, namespace: shop }
spec: { provider: aws, parameters: { usePodIdentity: "true", objects: "- { objectName: ${secret}, objectType: secretsmanager }" } }
`
    const mounts = ', volumeMounts: [{ name: v, mountPath: /var/run/secrets/db }]'
    const theirs =
      deployment('{}', mounts).trimEnd() +
      '\n      volumes: [{ name: v, csi: { driver: secrets-store.csi.k8s.io, readOnly: true, volumeAttributes: { secretProviderClass: theirs } } }]\n'
    const holds = await wholeWorld(cluster + installed() + theirs + volume('shop/db'))
    expect(ofSecrets(made(holds, blueprint(), ...joints).steps)).toEqual([])
    const other = await wholeWorld(cluster + installed() + theirs + volume('shop/mail'))
    expect(notOurs(() => made(other, blueprint(), ...joints))).toContain(
      'SecretProviderClass theirs is mounted there, without secret shop/db',
    )
  })

  it.each([
    ['{ meta.helm.sh/release-name: shop }', 'Helm release shop keeps it as it is'],
    ['{ argocd.argoproj.io/tracking-id: "shop:apps/Deployment:shop/api" }', 'Argo CD application shop keeps it as it is'],
  ])('a workload with %s is for its keeper to change', async (annotations, why) => {
    const world = await wholeWorld(cluster + installed() + deployment(annotations))
    expect(notOurs(() => made(world, blueprint(), ...joints))).toContain(why)
  })
})

function notOurs(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof UserError && error.code === 'NOT_OURS') return error.message
    throw error
  }
  return 'it was planned'
}
