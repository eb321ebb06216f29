import type { Kinds } from '#model/kinds.ts'
import { addressText, containsAddress, parseAddress, parseCidr, type Address, type Cidr } from '../addresses.ts'

type Interface = Kinds['aws/ec2/NetworkInterface']

/** Network interfaces by what holds to them. An address is only unique within a VPC. */
export interface Interfaces {
  readonly byId: (id: string) => Interface | undefined
  /** By private address, or by a prefix that is delegated to it. */
  readonly holding: (address: Address, vpcId: string | undefined) => Interface | undefined
  /** The one that an instance begins with. */
  readonly primaryOf: (instanceId: string) => Interface | undefined
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html */
export function indexInterfaces(all: readonly Interface[]): Interfaces {
  const byId = new Map<string, Interface>()
  const byAddress = new Map<string, Interface>()
  const prefixes: { readonly of: Interface; readonly cidr: Cidr }[] = []
  const primaries = new Map<string, Interface>()
  for (const one of all) {
    byId.set(one.NetworkInterfaceId, one)
    for (const text of addressesOf(one)) byAddress.set(`${one.VpcId ?? ''} ${normal(text)}`, one)
    for (const cidr of prefixesOf(one)) prefixes.push({ of: one, cidr })
    const { Attachment } = one
    const isFirst = Attachment?.DeviceIndex === 0 && (Attachment.NetworkCardIndex ?? 0) === 0
    if (isFirst && Attachment.InstanceId !== undefined) primaries.set(Attachment.InstanceId, one)
  }
  const byPrefix = indexPrefixes(prefixes)
  return {
    byId: id => byId.get(id),
    holding: (address, vpcId) => byAddress.get(`${vpcId ?? ''} ${addressText(address)}`) ?? byPrefix(address, vpcId),
    primaryOf: id => primaries.get(id),
  }
}

const normal = (text: string): string => {
  const address = parseAddress(text)
  return address === undefined ? text : addressText(address)
}

function addressesOf({ PrivateIpAddress, PrivateIpAddresses = [], Ipv6Addresses = [] }: Interface): readonly string[] {
  const four = [PrivateIpAddress, ...PrivateIpAddresses.map(address => address.PrivateIpAddress)]
  return [...four, ...Ipv6Addresses.map(address => address.Ipv6Address)].flatMap(text => text ?? [])
}

const prefixesOf = ({ Ipv4Prefixes = [], Ipv6Prefixes = [] }: Interface): readonly Cidr[] =>
  [...Ipv4Prefixes.map(of => of.Ipv4Prefix), ...Ipv6Prefixes.map(of => of.Ipv6Prefix)].flatMap(text => parseCidr(text ?? '') ?? [])

/** Prefixes have one of two lengths, so the block that an address would be in names them. */
function indexPrefixes(prefixes: readonly { readonly of: Interface; readonly cidr: Cidr }[]) {
  const lengths = new Set(prefixes.map(({ cidr }) => `${cidr.family} ${cidr.prefix}`))
  const byBlock = new Map(prefixes.map(({ of, cidr }) => [`${of.VpcId ?? ''} ${cidr.family} ${cidr.prefix} ${cidr.value}`, of]))
  return (address: Address, vpcId: string | undefined): Interface | undefined => {
    for (const length of lengths) {
      const [family, prefix] = length.split(' ').map(Number) as [4 | 6, number]
      if (family !== address.family) continue
      const host = BigInt((family === 4 ? 32 : 128) - prefix)
      const found = byBlock.get(`${vpcId ?? ''} ${length} ${(address.value >> host) << host}`)
      if (found !== undefined) return found
    }
    return undefined
  }
}

const tag = ({ TagSet = [] }: Interface, key: string): string | undefined => TagSet.find(({ Key }) => Key === key)?.Value

/** The VPC resource controller makes them, with this tag. https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/config/type.go */
export const isBranch = (one: Interface): boolean =>
  tag(one, 'eks:eni:owner') === 'eks-vpc-resource-controller' && tag(one, 'vpcresources.k8s.aws/trunk-eni-id') !== undefined

/** Sorts of interfaces that have no security groups of their own. */
const unfiltered = new Set([
  'nat_gateway',
  'gateway_load_balancer',
  'gateway_load_balancer_endpoint',
  'network_load_balancer',
  'transit_gateway',
])

/** Nothing filters at it: a network load balancer or a NAT gateway without groups. */
export const isUnfiltered = ({ Groups = [], InterfaceType }: Interface): boolean =>
  Groups.length === 0 && unfiltered.has(InterfaceType ?? '')

/** Addresses of a VPC, a subnet or a peer, IPv4 and IPv6. */
export function blocksOfVpc({ CidrBlock, CidrBlockAssociationSet = [], Ipv6CidrBlockAssociationSet = [] }: Kinds['aws/ec2/Vpc']): Cidr[] {
  const four = CidrBlockAssociationSet.filter(of => isAssociated(of.CidrBlockState)).map(of => of.CidrBlock)
  const six = Ipv6CidrBlockAssociationSet.filter(of => isAssociated(of.Ipv6CidrBlockState)).map(of => of.Ipv6CidrBlock)
  return [CidrBlock, ...four, ...six].flatMap(text => parseCidr(text ?? '') ?? [])
}

const isAssociated = (state: { readonly State?: string | undefined } | undefined): boolean =>
  state?.State === undefined || state.State === 'associated'

export const blocksOfSubnet = ({ CidrBlock, Ipv6CidrBlockAssociationSet = [] }: Kinds['aws/ec2/Subnet']): Cidr[] =>
  [CidrBlock, ...Ipv6CidrBlockAssociationSet.map(of => of.Ipv6CidrBlock)].flatMap(text => parseCidr(text ?? '') ?? [])

export const isInBlocks = (blocks: readonly Cidr[], address: Address): boolean => blocks.some(block => containsAddress(block, address))
