import { account, region, roleArn } from './healthy-shop.ts'
import { faultOf, type FaultRow } from './fault-rows.ts'
import type { Fault, Said } from './fault.ts'
import type { Body, WorldEditor } from './world-editor.ts'

const key = `arn:aws:kms:${region}:${account}:key/7c2e9d10-4b1f-4e57-8a3d-90b6a1f4c201`
const claim = { kind: 'PersistentVolumeClaim', name: 'data-stock-0' }
const provisioning = (says: string): Said => ({
  event: 'ProvisioningFailed',
  of: claim,
  says: `failed to provision volume with StorageClass "encrypted": rpc error: code = Internal desc = Could not create volume "pvc-7d1f": ${says}`,
})
/** EC2 takes the request and deletes the volume behind it: what a key that cannot be used looks like. */
const ghost = provisioning(
  "timed out waiting for volume to create: operation error EC2: DescribeVolumes, https response error StatusCode: 400, api error InvalidVolume.NotFound: The volume 'vol-0d8f3a1b2c4d5e6f7' does not exist.",
)
const unauthorized = (action: string): Said =>
  provisioning(
    `could not create volume in EC2: operation error EC2: CreateVolume, https response error StatusCode: 403, api error UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:sts::${account}:assumed-role/platform-ebs-csi/1732435200 is not authorized to perform: ${action} on resource: arn:aws:ec2:${region}:${account}:volume/* because no identity-based policy allows the ${action} action.`,
  )
const attach = (says: string): Said => ({
  event: 'FailedAttachVolume',
  says: `AttachVolume.Attach failed for volume "pvc-stock" : rpc error: code = Internal desc = could not attach volume "vol-0c0000000000000c1" to node "i-0a1b2c3d4e5f60718": ${says}`,
})

const storageClass = (world: WorldEditor, change: (body: Body) => void) => world.edit('k8s/StorageClass', 'encrypted', change)

/** The claim has not been bound yet. */
function unbound(world: WorldEditor): void {
  world.remove('k8s/PersistentVolume', 'pvc-stock')
  world.remove('aws/ec2/Volume', 'vol-0c0000000000000c1')
  world.edit('k8s/PersistentVolumeClaim', 'warehouse/data-stock-0', body => {
    delete body.spec.volumeName
    body.status.phase = 'Pending'
  })
}

const allowed = (world: WorldEditor, keep: (sid: string) => boolean) =>
  world.edit('aws/iam/Role', roleArn('platform-ebs-csi'), body => {
    const document = body.RolePolicyList[0].PolicyDocument
    document.Statement = document.Statement.filter(({ Sid }: Body) => keep(Sid))
  })

const templates: readonly FaultRow[] = [
  {
    name: 'key disabled, new claim',
    breaks: world => {
      unbound(world)
      world.edit('aws/kms/Key', key, body => (body.KeyState = 'Disabled'))
    },
    says: [ghost],
    link: 'key',
    check: 'key-unusable',
  },
  {
    name: 'key being deleted, new claim',
    breaks: world => {
      unbound(world)
      world.edit('aws/kms/Key', key, body => Object.assign(body, { KeyState: 'PendingDeletion', DeletionDate: '2026-11-09T08:00:00.000Z' }))
    },
    says: [ghost],
    link: 'key',
    check: 'key-unusable',
  },
  {
    name: 'key disabled, volume there',
    breaks: world => world.edit('aws/kms/Key', key, body => (body.KeyState = 'Disabled')),
    says: [
      attach(
        'operation error EC2: AttachVolume, api error CustomerKeyHasBeenRevoked: Volume vol-0c0000000000000c1 cannot be attached. The encrypted volume was unable to access the KMS master key.',
      ),
    ],
    link: 'key',
    check: 'key-unusable',
  },
  {
    name: 'key of another region',
    breaks: world => {
      unbound(world)
      storageClass(world, body => (body.parameters.kmsKeyId = key.replace(region, 'us-east-1')))
    },
    says: [ghost],
    link: 'key',
    check: 'class-key-missing',
  },
  {
    name: 'key that is not there',
    breaks: world => {
      unbound(world)
      storageClass(world, body => (body.parameters.kmsKeyId = key.replace('c201', 'c299')))
    },
    says: [ghost],
    link: 'key',
    check: 'class-key-missing',
  },
  {
    name: 'key that is no key',
    breaks: world => {
      unbound(world)
      storageClass(world, body => (body.parameters.kmsKeyId = 'my key'))
    },
    says: [ghost],
    link: 'key',
    check: 'class-key-malformed',
  },
  {
    name: 'role without the key',
    breaks: world => {
      unbound(world)
      allowed(world, sid => sid !== 'UseKeysThroughEC2')
    },
    says: [ghost],
    link: 'key',
    check: 'key-denies-controller',
  },
  {
    name: 'role without grants',
    breaks: world => allowed(world, sid => sid !== 'LetEC2UseKeysOfAttachedVolumes'),
    says: [
      attach(
        'operation error EC2: AttachVolume, api error CustomerKeyHasBeenRevoked: Volume vol-0c0000000000000c1 cannot be attached. The encrypted volume was unable to access the KMS master key.',
      ),
    ],
    link: 'key',
    check: 'key-denies-controller',
  },
  {
    name: 'key policy closed',
    breaks: world => {
      unbound(world)
      world.edit('aws/kms/Key', key, body => (body.Policy.Statement[0].Principal = { AWS: roleArn('security') }))
    },
    says: [ghost],
    link: 'key',
    check: 'key-denies-controller',
  },
  {
    name: 'role may not create volumes',
    breaks: world => {
      unbound(world)
      allowed(world, sid => sid !== 'Make')
    },
    says: [unauthorized('ec2:CreateVolume')],
    link: 'permission',
    check: 'volume-creation-denied',
  },
  {
    name: 'role may not attach volumes',
    breaks: world => allowed(world, sid => sid !== 'Move'),
    says: [
      attach(
        `operation error EC2: AttachVolume, api error UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:sts::${account}:assumed-role/platform-ebs-csi/1732435200 is not authorized to perform: ec2:AttachVolume on resource: arn:aws:ec2:${region}:${account}:volume/vol-0c0000000000000c1`,
      ),
    ],
    link: 'permission',
    check: 'volume-action-denied',
  },
  {
    name: 'class deleted',
    breaks: world => {
      unbound(world)
      world.remove('k8s/StorageClass', 'encrypted')
    },
    says: [{ event: 'ProvisioningFailed', of: claim, says: 'storageclass.storage.k8s.io "encrypted" not found' }],
    link: 'claim',
    check: 'claim-class-missing',
  },
  {
    name: 'parameter misspelt',
    breaks: world => {
      unbound(world)
      storageClass(world, body => (body.parameters['kms-key'] = key))
    },
    says: [
      {
        event: 'ProvisioningFailed',
        of: claim,
        says: 'failed to provision volume with StorageClass "encrypted": rpc error: code = InvalidArgument desc = Invalid parameter key kms-key for CreateVolume',
      },
    ],
    link: 'class',
    check: 'class-parameters-invalid',
  },
  {
    name: 'driver not on the node',
    breaks: world =>
      world.edit('k8s/CSINode', 'ip-10-0-1-17.eu-west-1.compute.internal', body => {
        body.spec.drivers = body.spec.drivers.filter(({ name }: Body) => name !== 'ebs.csi.aws.com')
      }),
    says: [
      {
        event: 'FailedMount',
        says: 'MountVolume.MountDevice failed for volume "pvc-stock" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of registered CSI drivers',
      },
    ],
    link: 'driver',
    check: 'node-driver-missing',
  },
  {
    name: 'controller gone',
    breaks: world => {
      unbound(world)
      world.remove('k8s/Deployment', 'kube-system/ebs-csi-controller')
    },
    says: [
      {
        event: 'ExternalProvisioning',
        of: claim,
        says: "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
      },
    ],
    link: 'driver',
    check: 'class-driver-missing',
  },
  {
    name: 'trust of the controller',
    breaks: world => {
      unbound(world)
      world.edit('aws/iam/Role', roleArn('platform-ebs-csi'), body => {
        const { StringEquals } = body.AssumeRolePolicyDocument.Statement[0].Condition
        for (const name of Object.keys(StringEquals))
          if (name.endsWith(':sub')) StringEquals[name] = 'system:serviceaccount:default:ebs-csi-controller-sa'
      })
    },
    says: [
      provisioning(
        'could not create volume in EC2: operation error EC2: CreateVolume, get identity: get credentials: failed to refresh cached credentials, failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, api error AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity',
      ),
    ],
    link: 'identity',
    check: 'controller-has-no-session',
  },
  {
    name: 'volume deleted behind its claim',
    breaks: world => world.remove('aws/ec2/Volume', 'vol-0c0000000000000c1'),
    says: [
      attach("operation error EC2: AttachVolume, api error InvalidVolume.NotFound: The volume 'vol-0c0000000000000c1' does not exist."),
    ],
    link: 'volume',
    check: 'volume-missing',
  },
  {
    name: 'not encrypted, and nobody said anything',
    breaks: world =>
      world.edit('aws/ec2/Volume', 'vol-0c0000000000000c1', body => {
        body.Encrypted = false
        delete body.KmsKeyId
      }),
    says: [],
    link: 'volume',
    check: 'volume-not-encrypted',
  },
]

/** A StatefulSet makes its claims anew; a Deployment waits for its own. */
const noClaim: Fault = {
  name: 'storage web: claim that is not there',
  of: 'deploy/web in shop',
  breaks: world => {
    const mount = (spec: Body) =>
      (spec.volumes = [...(spec.volumes ?? []), { name: 'exports', persistentVolumeClaim: { claimName: 'exports' } }])
    world.edit('k8s/Deployment', 'shop/web', body => mount(body.spec.template.spec))
    world.editAll(
      'k8s/Pod',
      body => body.metadata.name.startsWith('web-'),
      body => mount(body.spec),
    )
  },
  says: [{ event: 'FailedScheduling', says: '0/2 nodes are available: persistentvolumeclaim "exports" not found. not found' }],
  expected: { link: 'ebs-encryption/claim', check: 'ebs-encryption/claim-missing' },
}

const ofStock = templates.map(faultOf({ title: 'storage', joint: 'ebs-encryption', of: 'sts/stock in warehouse' }, undefined))

export const storageFaults: readonly Fault[] = [...ofStock, noClaim]
