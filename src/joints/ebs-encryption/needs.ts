import { principalAccount } from '#iam/question.ts'
import type { Context } from '#iam/request.ts'
import type { AccessReader } from '#joints/access.ts'
import { does } from '#joints/component-versions/define.ts'
import { ebsCsiDriver } from '#joints/component-versions/ebs-csi.ts'
import { judgeNeed, type JudgedNeed } from '../irsa/need.ts'
import { parameterOf, type StorageClass } from './classes.ts'
import type { Home } from './home.ts'
import type { KeyUse } from './keys.ts'
import { ec2Service } from './least-privilege.ts'
import type { InstalledController, Operator } from './operator.ts'
import type { Volume } from './volumes.ts'

/**
 * What EC2 asks of KMS in the name of the caller. At an attachment it makes a grant for itself.
 * https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html
 */
export const keyActions: Readonly<Record<KeyUse['by'], readonly string[]>> = {
  class: ['kms:GenerateDataKeyWithoutPlaintext', 'kms:CreateGrant', 'kms:Decrypt'],
  volume: ['kms:CreateGrant', 'kms:Decrypt'],
}

/** The context of a call that EC2 makes for a caller. */
export function keyContext(home: Pick<Home, 'partition' | 'region'>, account: string, action: string): Context {
  return {
    'aws:ViaAWSService': 'true',
    'aws:CalledVia': { unknown: 'whether EC2 names itself there is not documented' },
    'aws:CalledViaFirst': { unknown: 'whether EC2 names itself there is not documented' },
    'aws:CalledViaLast': { unknown: 'whether EC2 names itself there is not documented' },
    'aws:SourceVpce': null,
    'kms:CallerAccount': account,
    'kms:ViaService': ec2Service(home),
    'kms:GrantIsForAWSResource': action === 'kms:CreateGrant' ? 'true' : null,
  }
}

export function judgeKey(
  world: AccessReader,
  { caller }: Pick<Operator, 'caller'>,
  home: Home,
  key: string,
  by: KeyUse['by'],
): readonly JudgedNeed[] {
  const account = principalAccount(caller.principal) ?? ''
  return keyActions[by].map(action =>
    judgeNeed(world, caller, { action, resource: key, by: 'controller', context: keyContext(home, account, action) }),
  )
}

/** Making a volume of a class, with the tags that the driver gives. https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md */
export function judgeCreation(
  world: AccessReader,
  { caller, controller }: Operator,
  { partition, region, account }: Home,
  storageClass: StorageClass,
  isEncrypted: boolean,
): JudgedNeed {
  const resource = `arn:${partition}:ec2:${region}:${account}:volume/*`
  const cluster = controller === undefined ? undefined : clusterTag(controller)
  const context: Context = {
    'ec2:Encrypted': String(isEncrypted),
    'ec2:VolumeType': parameterOf(storageClass, 'type')?.value ?? 'gp3',
    'aws:RequestTag/ebs.csi.aws.com/cluster': 'true',
    ...(cluster === undefined ? {} : { 'aws:RequestTag/ebs.csi.aws.com/cluster-name': cluster }),
  }
  return judgeNeed(world, caller, { action: 'ec2:CreateVolume', resource, by: 'controller', context })
}

/** The name that the driver writes on volumes; null when it writes none, undefined when its version does not tell. */
function clusterTag({ container: { args = [] }, version }: InstalledController): string | null | undefined {
  const name = args.flatMap(text => /^--k8s-tag-cluster-id=(.+)$/.exec(text)?.[1] ?? [])[0]
  if (name === undefined) return null
  if (version === undefined) return undefined
  return does(ebsCsiDriver, version, 'tags-cluster-name') ? name : null
}

/** What the driver does with a volume that exists: the volume carries the tags that it has and no others. */
export function judgeVolume(world: AccessReader, { caller }: Operator, volume: Volume, actions: readonly string[]): readonly JudgedNeed[] {
  const tags = (volume.body.Tags ?? []).flatMap(({ Key, Value = '' }) =>
    Key === undefined ? [] : ([`ec2:ResourceTag/${Key}`, `aws:ResourceTag/${Key}`] as const).map(name => [name, Value] as const),
  )
  const { unlistedKeys } = caller
  const absent = typeof unlistedKeys === 'object' && 'absent' in unlistedKeys ? unlistedKeys.absent : []
  const tagged = { ...caller, unlistedKeys: { absent: [...absent, 'ec2:resourcetag/', 'aws:resourcetag/'] } }
  const context: Context = { ...Object.fromEntries(tags), 'ec2:Encrypted': String(volume.body.Encrypted === true) }
  return actions.map(action => judgeNeed(world, tagged, { action, resource: volume.id, by: 'controller', context }))
}
