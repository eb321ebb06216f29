import { parseArn } from '#iam/arn.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf, homeOf, type Home, type HomeReader } from './home.ts'
import { templateOf } from '#joints/node-templates.ts'

export type NodeGroup = Resource<'aws/eks/Nodegroup'>
/** What new nodes are made by. */
export type NodeMaker = Resource<'k8s/EC2NodeClass'> | Resource<'k8s/NodeClass'> | NodeGroup

/** A key that the volumes of new nodes are to be encrypted with. */
export interface NodeKey {
  readonly value: string
  at(label: string): Evidence
}

/** `NodeClass default`, `node group blue`. */
export const makerText = (maker: NodeMaker): string =>
  maker.kind === 'aws/eks/Nodegroup' ? `node group ${maker.body.nodegroupName}` : `${maker.kind.slice(4)} ${maker.id}`

/**
 * Where the nodes are.
 * @throws Unread when the cluster was not read
 */
export function nodePlace(world: HomeReader, maker: NodeMaker): Omit<Home, 'cluster'> {
  const arn = maker.kind === 'aws/eks/Nodegroup' ? parseArn(maker.id) : undefined
  return arn ?? homeOf(world, clusterOf(maker))
}

/**
 * Of EKS Auto Mode one for all volumes of a node; of Karpenter and of the launch template of a node group one for each.
 * https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html, https://karpenter.sh/docs/concepts/nodeclasses/#specblockdevicemappings
 * @throws Unread when the launch template of a node group was not read
 */
export function nodeKeys(world: Reader<'aws/ec2/LaunchTemplateVersion'>, maker: NodeMaker): readonly NodeKey[] {
  if (maker.kind === 'aws/eks/Nodegroup') {
    const template = templateOf(world, maker)
    return (template?.body.LaunchTemplateData?.BlockDeviceMappings ?? []).flatMap(({ Ebs }, index) =>
      keyAt(template, Ebs?.KmsKeyId, ['LaunchTemplateData', 'BlockDeviceMappings', index, 'Ebs', 'KmsKeyId']),
    )
  }
  if (maker.kind === 'k8s/NodeClass')
    return keyAt(maker, maker.body.spec?.ephemeralStorage?.kmsKeyID, ['spec', 'ephemeralStorage', 'kmsKeyID'])
  return (maker.body.spec?.blockDeviceMappings ?? []).flatMap(({ ebs }, index) =>
    keyAt(maker, ebs?.kmsKeyID, ['spec', 'blockDeviceMappings', index, 'ebs', 'kmsKeyID']),
  )
}

const keyAt = (resource: Resource | undefined, value: string | undefined, path: Path): readonly NodeKey[] =>
  resource === undefined || value === undefined || value === '' ? [] : [{ value, at: label => resource.at(path, label) }]
