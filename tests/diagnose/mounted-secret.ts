import { account, region, roleArn } from './healthy-shop.ts'
import type { FaultRow } from './fault-rows.ts'
import type { Said } from './fault.ts'
import type { Body, WorldEditor } from './world-editor.ts'

/** A workload that mounts one secret. */
export interface Who {
  readonly name: string
  readonly secret: string
  readonly version: string
  readonly suffix: string
}

/** As the kubelet writes what the driver answers. */
export const mount = (says: string): Said => ({
  event: 'FailedMount',
  says: `MountVolume.SetUp failed for volume "secrets" : rpc error: code = Unknown desc = ${says}`,
})
export const provided = ({ name }: Who, says: string): Said =>
  mount(`failed to mount secrets store objects for pod orders/${name}-7d4f9c6b8-x2v9q, err: rpc error: code = Unknown desc = ${says}`)
export const masked = (who: Who): Said =>
  provided(who, `Failed to fetch secret from all regions. Verify secret exists and required permissions are granted for: ${who.secret}`)
export const arnOf = ({ secret, suffix }: Who): string => `arn:aws:secretsmanager:${region}:${account}:secret:${secret}-${suffix}`
export const noProvider = (who: Who): Said =>
  mount(
    `failed to mount secrets store objects for pod orders/${who.name}-7d4f9c6b8-x2v9q, err: error connecting to provider "aws": provider not found: provider "aws"`,
  )

/** One break of what a workload mounts, for any of them. */
export type MountFault = FaultRow<Who>

export const classOf = (world: WorldEditor, { name }: Who, change: (spec: Body) => void) =>
  world.edit('k8s/SecretProviderClass', `orders/${name}`, body => change(body.spec))
export const objectsOf = (world: WorldEditor, who: Who, change: (text: string) => string) =>
  classOf(world, who, spec => (spec.parameters.objects = change(spec.parameters.objects)))
export const addField = (line: string) => (text: string) =>
  text.replace('objectType: secretsmanager', `objectType: secretsmanager\n  ${line}`)
export const shapes = (world: WorldEditor, { name }: Who, change: (spec: Body) => void): void => {
  world.edit('k8s/Deployment', `orders/${name}`, body => change(body.spec.template.spec))
  world.edit('k8s/Pod', `orders/${name}-7d4f9c6b8-x2v9q`, body => change(body.spec))
}
export const driver = (world: WorldEditor, change: (body: Body) => void) =>
  world.edit('k8s/DaemonSet', 'kube-system/secrets-store-csi-driver', change)
export const notMounted = (world: WorldEditor, { name }: Who) =>
  world.remove('k8s/SecretProviderClassPodStatus', `orders/${name}-7d4f9c6b8-x2v9q-orders-${name}`)
export const aKey = (state: string): Body => ({
  Arn: `arn:aws:kms:${region}:${account}:key/00000000-1111-4222-8333-444444444444`,
  KeyId: '00000000-1111-4222-8333-444444444444',
  KeyManager: 'CUSTOMER',
  KeySpec: 'SYMMETRIC_DEFAULT',
  KeyState: state,
  Policy: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:role/security` }, Action: 'kms:*', Resource: '*' }],
  },
  Grants: [],
  Aliases: [],
})
export const encryptWith = (world: WorldEditor, who: Who, key: Body) => {
  world.add('aws/kms/Key', key.Arn, { account, region }, key)
  world.edit('aws/secretsmanager/Secret', arnOf(who), body => (body.KmsKeyId = key.Arn))
}
export const allow = (world: WorldEditor, { name }: Who, action: string) =>
  world.edit('aws/iam/Role', roleArn(`orders-${name}`), body =>
    body.RolePolicyList[0].PolicyDocument.Statement.push({ Effect: 'Allow', Action: action, Resource: '*' }),
  )
