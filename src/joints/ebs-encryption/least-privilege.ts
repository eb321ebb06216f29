import type { Statement } from '#iam/document.ts'

/** What the driver's KMS permissions depend on. */
export interface KeyPlace {
  /** ARNs of the keys that classes name and volumes are encrypted with. */
  readonly keys: readonly string[]
  readonly partition: string
  /** Where the volumes are. */
  readonly region: string
  /** Volumes are made from snapshots, or copied, that another key encrypts. */
  readonly reencrypts?: boolean
}

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

/** EC2 as `kms:ViaService` names it. https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service */
export const ec2Service = ({ partition, region }: Pick<KeyPlace, 'partition' | 'region'>): string =>
  `ec2.${region}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`

/**
 * What making and attaching encrypted volumes takes; the first three are the driver's own list.
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
 * https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/install.md
 */
const useOf = ({ reencrypts }: KeyPlace): readonly string[] => [
  'kms:Decrypt',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:DescribeKey',
  ...(reencrypts === true ? ['kms:ReEncryptFrom', 'kms:ReEncryptTo'] : []),
]

const one = (list: readonly string[]): string | readonly string[] => (list.length === 1 ? (list[0] ?? '') : list)

const viaEc2 = (place: KeyPlace) => ({ StringEquals: { 'kms:ViaService': ec2Service(place) } })
/** EC2 gets a grant for each attachment. Without the condition whoever has the role could grant the key to anybody. */
const forAwsAlone = { Bool: { 'kms:GrantIsForAWSResource': 'true' } }

/** The statements about keys for the role of the controller, beside AmazonEBSCSIDriverPolicyV2, which says nothing of keys. */
export const controllerKeyStatements = (place: KeyPlace): readonly Statement[] => [
  { Sid: 'UseKeysThroughEC2', Effect: 'Allow', Action: useOf(place), Resource: one(place.keys), Condition: viaEc2(place) },
  { Sid: 'LetEC2UseKeysOfAttachedVolumes', Effect: 'Allow', Action: 'kms:CreateGrant', Resource: one(place.keys), Condition: forAwsAlone },
]

export const controllerKeyPolicy = (place: KeyPlace): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: controllerKeyStatements(place),
})

/** The statements of the policy of each key that let the role of the controller in; the key calls itself `*`. */
export const keyPolicyStatements = (roleArn: string, place: Omit<KeyPlace, 'keys'>): readonly Statement[] =>
  controllerKeyStatements({ ...place, keys: ['*'] }).map(({ Sid, Effect, ...rest }) => ({
    ...(Sid === undefined ? {} : { Sid: `Ebs${Sid}` }),
    Effect,
    Principal: { AWS: roleArn },
    ...rest,
  }))

/** Key policies without the first statement give the key away for good: nobody could change them. */
export const keyPolicy = (roleArn: string, account: string, place: Omit<KeyPlace, 'keys'>): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'AccountDecides',
      Effect: 'Allow',
      Principal: { AWS: `arn:${place.partition}:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
    ...keyPolicyStatements(roleArn, place),
  ],
})
