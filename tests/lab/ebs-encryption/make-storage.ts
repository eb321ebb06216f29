import { CreateVolumeCommand, DeleteVolumeCommand, EC2Client } from '@aws-sdk/client-ec2'
import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { controllerKeyStatements } from '#joints/ebs-encryption/least-privilege.ts'
import { accountOf, trustWith } from '../irsa/account.ts'
import { apply, deployment, namespaceOf, serviceAccount, untilPodsExist } from '../irsa/workloads.ts'
import { policyText } from '../iam-principal.ts'
import type { Lab } from '../lab.ts'

type Json = Readonly<Record<string, unknown>>
export type KeyName = 'used' | 'disabled' | 'closed'

/** A workload with one claim, its class, and the volume that it really has. Of the key of a volume ministack tells nothing: that it is encrypted, and no more. */
export interface Storage {
  readonly name: string
  /** What the class says of the key: one that was made, or any text. */
  readonly classKey: KeyName | { readonly text: string }
  /** Of the volume: a key, none, or no volume at all. */
  readonly volume: KeyName | 'plain' | 'gone'
  /** Which check finds it, on which link; none for what holds. */
  readonly check?: string
  readonly link?: string
}

export const storages: readonly Storage[] = [
  { name: 'stock', classKey: 'used', volume: 'used' },
  { name: 'plain', classKey: 'used', volume: 'plain', check: 'ebs-encryption/volume-not-encrypted', link: 'volume' },
  { name: 'ghost', classKey: 'used', volume: 'gone', check: 'ebs-encryption/volume-missing', link: 'volume' },
  { name: 'disabled', classKey: 'disabled', volume: 'disabled', check: 'ebs-encryption/key-unusable', link: 'key' },
  { name: 'closed', classKey: 'closed', volume: 'closed', check: 'ebs-encryption/key-denies-controller', link: 'key' },
  { name: 'nameless', classKey: { text: 'alias/nobody-made-it' }, volume: 'used', check: 'ebs-encryption/class-key-missing', link: 'key' },
]

export const namespace = 'ebs-lab'
const roleName = 'ebs-lab-controller'

export interface Made {
  readonly keys: Readonly<Record<KeyName, string>>
  enable(key: KeyName): Promise<void>
  allow(...keys: readonly KeyName[]): Promise<void>
  undo(): Promise<void>
}

/** The driver's controller with its role, the keys, and every storage, or none. */
export async function makeStorage(lab: Lab, wanted: readonly Storage[] = storages): Promise<Made> {
  const [ec2, kms, iam] = [new EC2Client(lab.aws()), new KMSClient(lab.aws()), new IAMClient(lab.aws())]
  const keys = await makeKeys(kms, lab.accountId)
  const account = accountOf(lab)
  const undoProvider = await account.makeProvider()
  await account.makeRole(roleName, [
    trustWith(account, {
      StringEquals: {
        [`${account.issuerKey}:sub`]: 'system:serviceaccount:kube-system:ebs-csi-controller-sa',
        [`${account.issuerKey}:aud`]: 'sts.amazonaws.com',
      },
    }),
  ])
  const allow = async (...names: readonly KeyName[]) => {
    const statements = [
      ...ec2Statements,
      ...controllerKeyStatements({ keys: names.map(name => keys[name]), partition: 'aws', region: lab.region }),
    ]
    await iam.send(new PutRolePolicyCommand({ RoleName: roleName, PolicyName: 'volumes', PolicyDocument: policyText(statements) }))
  }
  await allow('used', 'disabled')
  const volumes = new Map<string, string>()
  for (const { name, volume } of wanted) volumes.set(name, await makeVolume(ec2, lab.region, volume, keys))
  await apply(lab, [
    namespaceOf(namespace),
    ...controller(account.roleArn(roleName)),
    ...wanted.flatMap(each => objectsOf(each, keys, volumes)),
  ])
  await untilPodsExist(lab, namespace, Object.fromEntries(wanted.map(({ name }) => [name, 1])))
  return {
    keys,
    allow,
    enable: async name => void (await kms.send(new EnableKeyCommand({ KeyId: keys[name] }))),
    async undo() {
      await lab.kubectl('delete', 'deployment,serviceaccount', '-n', 'kube-system', '-l', 'lab=ebs', '--ignore-not-found')
      await lab.kubectl('delete', 'namespace', namespace, '--wait=false')
      await lab.kubectl('delete', 'persistentvolume,storageclass', '-l', 'lab=ebs', '--wait=false')
      for (const id of volumes.values()) if (id !== missing) await ec2.send(new DeleteVolumeCommand({ VolumeId: id }))
      for (const KeyId of Object.values(keys)) await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
      await iam.send(new DeleteRolePolicyCommand({ RoleName: roleName, PolicyName: 'volumes' }))
      await iam.send(new DeleteRoleCommand({ RoleName: roleName }))
      await undoProvider()
    },
  }
}

async function makeKeys(kms: KMSClient, account: string): Promise<Readonly<Record<KeyName, string>>> {
  const root = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }
  const make = async () => (await kms.send(new CreateKeyCommand({ Policy: policyText([root]) }))).KeyMetadata?.Arn ?? ''
  const keys = { used: await make(), disabled: await make(), closed: await make() }
  await kms.send(new DisableKeyCommand({ KeyId: keys.disabled }))
  return keys
}

const missing = 'vol-0123456789abcdef0'

async function makeVolume(
  ec2: EC2Client,
  region: string,
  volume: Storage['volume'],
  keys: Readonly<Record<KeyName, string>>,
): Promise<string> {
  if (volume === 'gone') return missing
  const Tags = [{ Key: 'ebs.csi.aws.com/cluster', Value: 'true' }]
  const encryption = volume === 'plain' ? {} : { Encrypted: true, KmsKeyId: keys[volume] }
  const made = await ec2.send(
    new CreateVolumeCommand({
      AvailabilityZone: `${region}a`,
      Size: 1,
      TagSpecifications: [{ ResourceType: 'volume', Tags }],
      ...encryption,
    }),
  )
  return made.VolumeId ?? ''
}

/** As AmazonEBSCSIDriverPolicyV2 has them. */
const ec2Statements = [
  { Effect: 'Allow', Action: ['ec2:DescribeInstances', 'ec2:DescribeVolumes'], Resource: '*' },
  {
    Effect: 'Allow',
    Action: 'ec2:CreateVolume',
    Resource: 'arn:aws:ec2:*:*:volume/*',
    Condition: { StringEquals: { 'aws:RequestTag/ebs.csi.aws.com/cluster': 'true' } },
  },
  {
    Effect: 'Allow',
    Action: ['ec2:AttachVolume', 'ec2:DetachVolume', 'ec2:DeleteVolume'],
    Resource: 'arn:aws:ec2:*:*:volume/*',
    Condition: { StringEquals: { 'ec2:ResourceTag/ebs.csi.aws.com/cluster': 'true' } },
  },
]

function labelled<Made extends Json>(object: Made): Json {
  return { ...object, metadata: { ...(object['metadata'] as Json), labels: { lab: 'ebs' } } }
}

const controller = (roleArn: string): readonly Json[] => [
  labelled(serviceAccount('kube-system', 'ebs-csi-controller-sa', { 'eks.amazonaws.com/role-arn': roleArn })),
  labelled(
    deployment('kube-system', 'ebs-csi-controller', 'ebs-csi-controller-sa', {
      container: { name: 'ebs-plugin', image: 'public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.60.0' },
    }),
  ),
]

function objectsOf(
  { name, classKey }: Storage,
  keys: Readonly<Record<KeyName, string>>,
  volumes: ReadonlyMap<string, string>,
): readonly Json[] {
  const own = `ebs-lab-${name}`
  const size = { storage: '1Gi' }
  const accessModes = ['ReadWriteOnce']
  const parameters = { type: 'gp3', kmsKeyId: typeof classKey === 'string' ? keys[classKey] : classKey.text }
  return [
    labelled({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: own },
      provisioner: 'ebs.csi.aws.com',
      parameters,
      volumeBindingMode: 'WaitForFirstConsumer',
    }),
    labelled({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: own, annotations: { 'pv.kubernetes.io/provisioned-by': 'ebs.csi.aws.com' } },
      spec: {
        capacity: size,
        accessModes,
        storageClassName: own,
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { namespace, name },
        csi: { driver: 'ebs.csi.aws.com', volumeHandle: volumes.get(name) ?? '' },
      },
    }),
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace },
      spec: { accessModes, storageClassName: own, volumeName: own, resources: { requests: size } },
    },
    deployment(namespace, name, 'default', { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }] } }),
  ]
}
