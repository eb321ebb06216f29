import { Unread } from '#base/errors.ts'
import { parseCidr, type Cidr } from '#network/addresses.ts'
import type { Evidence } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Group } from './pod-groups.ts'

export interface VpcBlock {
  readonly text: string
  readonly block: Cidr
  readonly at: Evidence
}

/**
 * The IPv4 blocks of the VPC that a group is in.
 * @throws Unread when the VPC was not read, which peers often are not
 */
export function blocksOfVpc(world: Reader<'aws/ec2/Vpc'>, group: Group): readonly VpcBlock[] {
  const [, partition = '', , region = '', account = ''] = group.id.split(':')
  const id = group.body.VpcId ?? ''
  const seen = world.seen('aws/ec2/Vpc').find(({ body }) => body.VpcId === id)
  const vpc = seen ?? world.find('aws/ec2/Vpc', `arn:${partition}:ec2:${region}:${account}:vpc/${id}`)
  if (vpc === undefined) throw new Unread({ kind: 'aws/ec2/Vpc', id, reason: 'the VPC of the group was not read' })
  const all = (vpc.body.CidrBlockAssociationSet ?? []).map(({ CidrBlock }, index) => ({
    text: CidrBlock ?? '',
    path: ['CidrBlockAssociationSet', index, 'CidrBlock'],
  }))
  return all.flatMap(({ text, path }) => {
    const block = parseCidr(text)
    return block === undefined ? [] : [{ text, block, at: vpc.at(path, 'a block of the other VPC') }]
  })
}
