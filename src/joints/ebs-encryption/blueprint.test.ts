import { describe, expect, it } from 'vitest'
import { roleCaller } from '#joints/access-caller.ts'
import type { World } from '#model/world.ts'
import { accessAllowed } from '../../../tests/blueprints/access-allowed.ts'
import { ebsCsiInstalled } from '../../../tests/blueprints/ebs-csi-installed.ts'
import { faultsOf, made, undone, wholeWorld } from '../../../tests/blueprints/made-world.ts'
import { managedPolicy } from '../../../tests/blueprints/managed-policy.ts'
import { homeOf } from './home.ts'
import ebsEncryption from './joint.ts'
import { judgeKey } from './needs.ts'

const account = '111122223333'
const arn = (id: string) => `arn:aws:kms:eu-west-1:${account}:key/${id}`
const used = '5b1f0c00-0000-4000-8000-000000000001'
const other = '5b1f0c00-0000-4000-8000-000000000002'
const root = `{ Effect: Allow, Principal: { AWS: "arn:aws:iam::${account}:root" }, Action: "kms:*", Resource: "*" }`
const keyText = (id: string, alias: string, statement = root) => `
kind: aws/kms/Key
Arn: ${arn(id)}
KeyId: ${id}
KeyState: Enabled
KeySpec: SYMMETRIC_DEFAULT
KeyManager: CUSTOMER
Aliases: [{ AliasName: ${alias}, AliasArn: "arn:aws:kms:eu-west-1:${account}:${alias}" }]
Grants: []
Policy: { Version: "2012-10-17", Statement: [${statement}] }
---`
const cluster = (more = '') => `
kind: aws/eks/Cluster
name: prod
arn: arn:aws:eks:eu-west-1:${account}:cluster/prod
version: "1.36"
roleArn: arn:aws:iam::${account}:role/cluster
encryptionConfig: [{ resources: [secrets], provider: { keyArn: "${arn(other)}" } }]
identity: { oidc: { issuer: "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE" } }
${more}
---
kind: aws/ec2/EbsEncryptionByDefault
account: "${account}"
region: eu-west-1
EbsEncryptionByDefault: false
KmsKeyId: alias/aws/ebs
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: gp2, annotations: { storageclass.kubernetes.io/is-default-class: "true" } }
provisioner: ebs.csi.aws.com
parameters: { type: gp3, encrypted: "true" }
volumeBindingMode: WaitForFirstConsumer
---
${JSON.stringify(managedPolicy('AmazonEBSCSIDriverPolicyV2'))}
---`
const keys = keyText(used, 'alias/ebs') + keyText(other, 'alias/other')
const installed = ebsCsiInstalled.map(object => `\n${JSON.stringify(object)}\n---`).join('')
const blueprint = (more = 'key: alias/ebs') => `cluster: prod\nstorage: { class: encrypted, ${more} }\n`
const whole = blueprint('key: alias/ebs, default: true, accountDefault: true')
/** In a planned world no pod runs, and nobody has encrypted the cluster's own secrets. */
const faults = (world: World) =>
  faultsOf(ebsEncryption, world).filter(text => !/controller-not-ready|cluster-secrets|cluster-key/.test(text))
const titles = (steps: readonly { readonly title: string }[]) => steps.map(({ title }) => title)

/** What the engine says of the controller's role and a key. */
function keyAnswers(world: World, key: string): readonly string[] {
  const role = world.find('aws/iam/Role', `arn:aws:iam::${account}:role/prod-kube-system-ebs-csi-controller-sa`)
  if (role === undefined) throw new Error('there is no role')
  return judgeKey(world, { caller: roleCaller(world, role) }, homeOf(world, 'prod'), key, 'class').map(({ is }) => is)
}

describe('storage of a blueprint', () => {
  it('in an empty cluster: role, association, add-on, class, default and account; then nothing more; and taken back, nothing is left', async () => {
    const world = await wholeWorld(cluster() + keys)
    const { steps, world: then } = made(world, whole, 'ebs-encryption')
    expect(titles(steps)).toEqual([
      'create role prod-kube-system-ebs-csi-controller-sa',
      'give kube-system/ebs-csi-controller-sa the role prod-kube-system-ebs-csi-controller-sa',
      'install add-on aws-ebs-csi-driver',
      'install add-on eks-pod-identity-agent',
      'create StorageClass encrypted',
      'no longer make StorageClass gp2 the default',
      `let EC2 encrypt volumes that name no key with ${used}`,
      `switch on EBS encryption by default in ${account}/eu-west-1`,
    ])
    expect(made(then, whole, 'ebs-encryption').steps).toEqual([])
    const all = (each: World) => [...each.resources()].map(({ id, body }) => JSON.stringify([id, body])).sort()
    expect(all(undone(then, steps))).toEqual(all(world))
  })

  it('what is made holds: the controller may use this key through EC2, and no other, and may make volumes with the tag alone', async () => {
    const { world } = made(await wholeWorld(cluster() + keys + installed), whole, 'ebs-encryption')
    expect(faults(world)).toEqual([])
    expect(keyAnswers(world, arn(used))).toEqual(['allowed', 'allowed', 'allowed'])
    expect(keyAnswers(world, arn(other))).toEqual(['denied', 'denied', 'denied'])
    const volume = `arn:aws:ec2:eu-west-1:${account}:volume/*`
    const may = (context: Readonly<Record<string, string | null>>) =>
      accessAllowed(world, 'kube-system/ebs-csi-controller-sa', 'ec2:CreateVolume', volume, context)
    expect(may({ 'aws:RequestTag/ebs.csi.aws.com/cluster': 'true' })).toBe('allow')
    expect(may({ 'aws:RequestTag/ebs.csi.aws.com/cluster': null, 'aws:RequestTag/CSIVolumeName': null })).toBe('implicitDeny')
    // Not by itself: only EC2 asks with kms:ViaService.
    expect(accessAllowed(world, 'kube-system/ebs-csi-controller-sa', 'kms:Decrypt', arn(used), { 'kms:ViaService': null })).toBe(
      'implicitDeny',
    )
  })

  it('a key that does not leave it to IAM lets the role in by its own policy; a Deny in it is for its administrator', async () => {
    const admins =
      '{ Sid: Admins, Effect: Allow, Principal: { AWS: "arn:aws:iam::111122223333:role/admins" }, Action: "kms:*", Resource: "*" }'
    const closed = await wholeWorld(cluster() + keyText(used, 'alias/ebs', admins) + keyText(other, 'alias/other') + installed)
    const { steps, world } = made(closed, whole, 'ebs-encryption')
    expect(titles(steps)).toContain(`let role prod-kube-system-ebs-csi-controller-sa use key ${used} through EC2`)
    expect(faults(world)).toEqual([])
    expect(made(world, whole, 'ebs-encryption').steps).toEqual([])
    const deny = `${admins}, { Effect: Deny, Principal: "*", Action: "kms:CreateGrant", Resource: "*" }`
    const refused = await wholeWorld(cluster() + keyText(used, 'alias/ebs', deny) + keyText(other, 'alias/other') + installed)
    expect(() => made(refused, blueprint(), 'ebs-encryption')).toThrow(
      /^role prod-kube-system-ebs-csi-controller-sa may not kms:CreateGrant with key/,
    )
  })

  it('another key later: the class is made anew, and the role keeps the key that volumes have', async () => {
    const { world } = made(await wholeWorld(cluster() + keys + installed), blueprint(), 'ebs-encryption')
    const then = made(world, blueprint('key: alias/other'), 'ebs-encryption')
    expect(titles(then.steps)).toEqual([
      `let role prod-kube-system-ebs-csi-controller-sa use key ${other} through EC2`,
      `delete StorageClass encrypted, which names key ${arn(used)}`,
      'create StorageClass encrypted',
    ])
    expect([...keyAnswers(then.world, arn(used)), ...keyAnswers(then.world, arn(other))]).toEqual(
      Array.from({ length: 6 }, () => 'allowed'),
    )
  })

  it.each([
    ['key: alias/eks', 'there is no key alias/eks in 111122223333/eu-west-1', 'did you mean alias/ebs?'],
    ['key: alias/quite-another', 'there is no key alias/quite-another', 'make it first: aws kms create-key, then aws kms create-alias'],
  ])('%s is told where it stands', async (more, message, help) => {
    const world = await wholeWorld(cluster() + keys)
    expect(() => made(world, blueprint(more), 'ebs-encryption')).toThrow(
      expect.objectContaining({
        code: 'BAD_BLUEPRINT',
        message: expect.stringContaining(message) as string,
        help,
        where: expect.stringContaining('mortise.yaml:2') as string,
      }) as Error,
    )
  })

  it('a class of that name that is somebody else’s and not encrypted is not touched', async () => {
    const theirs =
      '\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: { name: encrypted }\nprovisioner: ebs.csi.aws.com\nvolumeBindingMode: WaitForFirstConsumer\n---'
    const world = await wholeWorld(cluster() + keys + theirs)
    expect(() => made(world, blueprint(), 'ebs-encryption')).toThrow(
      'StorageClass encrypted is there, and asks for no encryption; a class cannot be changed',
    )
  })

  it('in Auto Mode the class is of its driver, no add-on is installed, and the role of the cluster may use the key', async () => {
    const role = `\nkind: aws/iam/Role\nArn: arn:aws:iam::${account}:role/cluster\nRoleName: cluster\nAssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] }\nRolePolicyList: []\nAttachedManagedPolicies: []\n---`
    const world = await wholeWorld(
      cluster('storageConfig: { blockStorage: { enabled: true } }\ncomputeConfig: { enabled: true }') + keys + role,
    )
    const { steps } = made(world, blueprint(), 'ebs-encryption')
    expect(titles(steps)).toEqual([`let role cluster use key ${used} through EC2`, 'create StorageClass encrypted'])
    expect(JSON.stringify(steps)).toContain('ebs.csi.eks.amazonaws.com')
  })
})
