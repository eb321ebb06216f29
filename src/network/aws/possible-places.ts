import type { Kinds } from '#model/kinds.ts'
import type { AddressClass } from './address-classes.ts'
import type { AwsWorld } from './aws-world.ts'
import type { PodInterface } from './find-interface.ts'
import type { Platform } from './platform.ts'

type Interface = Kinds['aws/ec2/NetworkInterface']

/** It will share a node with others, and its interface will be in the node's own subnet, which only custom networking departs from. */
export function isOnAnyNode({ input: { settings } }: AwsWorld, { holder, address }: PodInterface, platform: Platform | undefined): boolean {
  const isShared = holder === 'planned' && address === undefined && platform !== 'fargate' && platform !== 'hybrid' && platform !== 'auto'
  return isShared && 'value' in settings && !settings.value.customNetworking
}

/** Undefined: not known of some. */
export const subnetsOf = (primaries: readonly Interface[] | undefined): readonly string[] | undefined =>
  primaries === undefined || primaries.length === 0 || primaries.some(({ SubnetId }) => SubnetId === undefined)
    ? undefined
    : [...new Set(primaries.flatMap(({ SubnetId }) => SubnetId ?? []))].sort()

/** Any address of the subnet that it will be in; of any node's subnet, or of the VPC, when that is not known. */
export function possibleAddresses(
  aws: AwsWorld,
  subnetId: string | undefined,
  primaries: readonly Interface[] | undefined,
): AddressClass[] {
  const subnets = subnetId === undefined ? (primaries ?? []).flatMap(({ SubnetId }) => SubnetId ?? []) : [subnetId]
  const blocks = subnets.flatMap(id => aws.subnetBlocks(id) ?? [])
  const all = blocks.length > 0 ? blocks : aws.clusterVpc === undefined ? [] : aws.vpcBlocks(aws.clusterVpc)
  const classes = new Set(all.filter(({ family }) => family === 4).flatMap(block => aws.classes.within(block)))
  return [...classes].sort((a, b) => a - b)
}
