import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { templateOf } from '#joints/node-templates.ts'

type Maker = Resource<'k8s/EC2NodeClass'> | Resource<'aws/eks/Nodegroup'>
type TemplateReader = Reader<'aws/ec2/LaunchTemplateVersion'>

/** An EBS volume of new nodes, as a launch template or a node class asks for it. */
export interface NodeVolume {
  /** `/dev/xvda`. */
  readonly device: string
  readonly resource: Resource<'aws/ec2/LaunchTemplateVersion'> | Resource<'k8s/EC2NodeClass'>
  /** Where the settings of the volume stand in it. */
  readonly path: Path
  /** How the setting is spelt there that encrypts it. */
  readonly field: 'Encrypted' | 'encrypted'
  readonly encrypted: boolean | undefined
  readonly key: string | undefined
  readonly snapshot: string | undefined
}

/**
 * None where nothing is asked for: then the image, the account and, with Karpenter, its own defaults say what there is.
 * @throws Unread when the launch template of a node group was not read
 */
export function nodeVolumes(world: TemplateReader, maker: Maker): readonly NodeVolume[] {
  if (maker.kind === 'k8s/EC2NodeClass')
    return (maker.body.spec?.blockDeviceMappings ?? []).flatMap(({ deviceName: device = 'a volume', ebs }, index) => {
      if (ebs === undefined) return []
      const path = ['spec', 'blockDeviceMappings', index, 'ebs']
      return [{ device, resource: maker, path, field: 'encrypted', encrypted: ebs.encrypted, key: ebs.kmsKeyID, snapshot: ebs.snapshotID }]
    })
  const template = templateOf(world, maker)
  if (template === undefined) return []
  return (template.body.LaunchTemplateData?.BlockDeviceMappings ?? []).flatMap(({ DeviceName: device = 'a volume', Ebs: ebs }, index) => {
    if (ebs === undefined) return []
    const path = ['LaunchTemplateData', 'BlockDeviceMappings', index, 'Ebs']
    return [{ device, resource: template, path, field: 'Encrypted', encrypted: ebs.Encrypted, key: ebs.KmsKeyId, snapshot: ebs.SnapshotId }]
  })
}

/**
 * Whether the nodes start from an image that AWS publishes. What is public has no encrypted snapshot; of other images nobody looked.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-intro.html
 */
export function ofAwsImage(world: TemplateReader, maker: Maker): boolean {
  if (maker.kind === 'k8s/EC2NodeClass') {
    const { amiSelectorTerms = [] } = maker.body.spec ?? {}
    return amiSelectorTerms.length > 0 && amiSelectorTerms.every(({ alias }) => alias !== undefined)
  }
  const { amiType } = maker.body
  return amiType !== undefined && amiType !== 'CUSTOM' && templateOf(world, maker)?.body.LaunchTemplateData?.ImageId === undefined
}
