import { sameAddress, within } from './address.ts'

/** EC2 as its Describe calls give it: the fields that decide. */
export interface Ec2 {
  readonly NetworkInterfaces?: readonly NetworkInterface[]
  readonly SecurityGroups?: readonly SecurityGroup[]
  readonly Subnets?: readonly Subnet[]
  readonly NetworkAcls?: readonly NetworkAcl[]
  readonly Vpcs?: readonly Vpc[]
  readonly ManagedPrefixLists?: readonly PrefixList[]
  readonly RouteTables?: readonly RouteTable[]
  readonly NatGateways?: readonly { readonly NatGatewayId: string; readonly SubnetId?: string }[]
}
export interface RouteTable {
  readonly RouteTableId: string
  readonly VpcId?: string
  readonly Associations?: readonly { readonly SubnetId?: string; readonly Main?: boolean }[]
  readonly Routes?: readonly {
    readonly DestinationCidrBlock?: string
    readonly DestinationIpv6CidrBlock?: string
    readonly NatGatewayId?: string
  }[]
}
export interface NetworkInterface {
  readonly NetworkInterfaceId: string
  readonly SubnetId?: string
  readonly VpcId?: string
  readonly InterfaceType?: string
  readonly PrivateIpAddress?: string
  readonly PrivateIpAddresses?: readonly { readonly PrivateIpAddress?: string }[]
  readonly Ipv4Prefixes?: readonly { readonly Ipv4Prefix?: string }[]
  readonly Ipv6Addresses?: readonly { readonly Ipv6Address?: string }[]
  readonly Ipv6Prefixes?: readonly { readonly Ipv6Prefix?: string }[]
  readonly Groups?: readonly { readonly GroupId?: string }[]
  readonly Attachment?: { readonly InstanceId?: string; readonly DeviceIndex?: number }
}
export interface Permission {
  readonly IpProtocol?: string
  readonly FromPort?: number
  readonly ToPort?: number
  readonly IpRanges?: readonly { readonly CidrIp?: string }[]
  readonly Ipv6Ranges?: readonly { readonly CidrIpv6?: string }[]
  readonly PrefixListIds?: readonly { readonly PrefixListId?: string }[]
  readonly UserIdGroupPairs?: readonly { readonly GroupId?: string; readonly UserId?: string }[]
}
export interface SecurityGroup {
  readonly GroupId: string
  readonly GroupName?: string
  readonly VpcId?: string
  readonly IpPermissions?: readonly Permission[]
  readonly IpPermissionsEgress?: readonly Permission[]
}
export interface Subnet {
  readonly SubnetId: string
  readonly VpcId?: string
  readonly CidrBlock?: string
  readonly AvailabilityZone?: string
  readonly Ipv6CidrBlockAssociationSet?: readonly { readonly Ipv6CidrBlock?: string }[]
}
export interface AclEntry {
  readonly RuleNumber: number
  readonly Egress: boolean
  readonly Protocol: string
  readonly RuleAction: 'allow' | 'deny'
  readonly CidrBlock?: string
  readonly Ipv6CidrBlock?: string
  readonly PortRange?: { readonly From?: number; readonly To?: number }
  readonly IcmpTypeCode?: { readonly Type?: number; readonly Code?: number }
}
export interface NetworkAcl {
  readonly NetworkAclId: string
  readonly VpcId?: string
  readonly Associations?: readonly { readonly SubnetId?: string }[]
  readonly Entries?: readonly AclEntry[]
}
export interface Vpc {
  readonly VpcId: string
  readonly CidrBlock?: string
  readonly CidrBlockAssociationSet?: readonly { readonly CidrBlock?: string }[]
  readonly Ipv6CidrBlockAssociationSet?: readonly { readonly Ipv6CidrBlock?: string }[]
}
export interface PrefixList {
  readonly PrefixListId: string
  readonly Entries?: readonly { readonly Cidr?: string }[]
}

export type Term = 'allow' | 'deny' | 'unknown'

/** Deny beats unknown beats allow. */
export const all = (terms: readonly Term[]): Term => (terms.includes('deny') ? 'deny' : terms.includes('unknown') ? 'unknown' : 'allow')
/** Allow beats unknown beats deny. */
export const any = (terms: readonly Term[]): Term => (terms.includes('allow') ? 'allow' : terms.includes('unknown') ? 'unknown' : 'deny')

const numbers: Readonly<Record<string, string>> = { TCP: '6', UDP: '17', ICMP: '1', ICMPv6: '58', SCTP: '132' }
const groupNames: Readonly<Record<string, string>> = { tcp: '6', udp: '17', icmp: '1', icmpv6: '58', sctp: '132' }
const protocolNumber = (protocol: string): string => numbers[protocol] ?? groupNames[protocol] ?? protocol

/** What an ICMP question asks about: an echo request, answered with an echo reply. */
const echo: Readonly<Record<string, { readonly request: number; readonly reply: number }>> = {
  '1': { request: 8, reply: 0 },
  '58': { request: 128, reply: 129 },
}

export interface Packet {
  readonly protocol: string
  readonly port: number | undefined
}

/** Interfaces that hold an address as primary, secondary or out of a delegated prefix. */
export function holders(ec2: Ec2, address: string): readonly NetworkInterface[] {
  return (ec2.NetworkInterfaces ?? []).filter(each => {
    const single = [
      each.PrivateIpAddress,
      ...(each.PrivateIpAddresses ?? []).map(({ PrivateIpAddress }) => PrivateIpAddress),
      ...(each.Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address),
    ]
    const prefixes = [
      ...(each.Ipv4Prefixes ?? []).map(({ Ipv4Prefix }) => Ipv4Prefix),
      ...(each.Ipv6Prefixes ?? []).map(({ Ipv6Prefix }) => Ipv6Prefix),
    ]
    return (
      single.some(mine => mine !== undefined && sameAddress(mine, address)) ||
      prefixes.some(mine => mine !== undefined && within(mine, address))
    )
  })
}

export const groupIds = ({ Groups = [] }: NetworkInterface): readonly string[] => Groups.flatMap(({ GroupId }) => GroupId ?? [])

/**
 * Security groups allow only, and the rules of all groups of an interface add up. A rule that names a group takes the private addresses of the
 * interfaces that have it. https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */
export function groupsAllow(ec2: Ec2, ids: readonly string[], direction: 'ingress' | 'egress', peer: string, packet: Packet): Term {
  const peers = holders(ec2, peer)
  // An address of a VPC that no interface is known to have: somebody's whose groups nobody knows.
  const isNobody = peers.length === 0 && (ec2.Vpcs ?? []).some(vpc => vpcBlocks(vpc).some(cidr => within(cidr, peer)))
  const peerGroups = isNobody ? 'unknown' : peers.flatMap(groupIds)
  return any(
    ids.map(id => {
      const group = (ec2.SecurityGroups ?? []).find(({ GroupId }) => GroupId === id)
      if (group === undefined) return 'unknown'
      const permissions = direction === 'ingress' ? group.IpPermissions : group.IpPermissionsEgress
      return any((permissions ?? []).map(permission => permits(ec2, permission, peer, peerGroups, packet)))
    }),
  )
}

function permits(ec2: Ec2, permission: Permission, peer: string, peerGroups: readonly string[] | 'unknown', packet: Packet): Term {
  if (!permissionTakes(permission, packet)) return 'deny'
  const blocks = [
    ...(permission.IpRanges ?? []).map(({ CidrIp }) => CidrIp),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
  ].flatMap(cidr => cidr ?? [])
  if (blocks.some(cidr => within(cidr, peer))) return 'allow'
  const references = (permission.UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId ?? [])
  if (peerGroups === 'unknown' ? false : references.some(id => peerGroups.includes(id))) return 'allow'
  return any([
    ...(peerGroups === 'unknown' && references.length > 0 ? (['unknown'] as const) : []),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId }) => {
      const list = (ec2.ManagedPrefixLists ?? []).find(each => each.PrefixListId === PrefixListId)
      if (list?.Entries === undefined) return 'unknown'
      return list.Entries.some(({ Cidr }) => Cidr !== undefined && within(Cidr, peer)) ? 'allow' : 'deny'
    }),
  ])
}

/** With -1 for all the ports are ignored; of ICMP the ports are type and code, -1 for any; other protocols have no ports. */
function permissionTakes({ IpProtocol = '-1', FromPort, ToPort }: Permission, { protocol, port }: Packet): boolean {
  if (IpProtocol === '-1') return true
  const number = protocolNumber(IpProtocol)
  if (number !== protocolNumber(protocol)) return false
  if (number === '6' || number === '17')
    return FromPort === undefined || (port !== undefined && port >= FromPort && port <= (ToPort ?? FromPort))
  const type = echo[number]
  if (type === undefined || FromPort === undefined || FromPort === -1) return true
  return FromPort === type.request && (ToPort === undefined || ToPort === -1 || ToPort === 0)
}

/** One-way, by number, first match decides. https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html */
function aclSays(
  entries: readonly AclEntry[],
  egress: boolean,
  peer: string,
  protocol: string,
  port: number | undefined,
  icmpType: number,
): Term {
  const number = protocolNumber(protocol)
  const decides = entries
    .filter(entry => entry.Egress === egress)
    .toSorted((a, b) => a.RuleNumber - b.RuleNumber)
    .find(entry => {
      const cidr = peer.includes(':') ? entry.Ipv6CidrBlock : entry.CidrBlock
      if (cidr === undefined || !within(cidr, peer)) return false
      if (entry.Protocol === '-1') return true
      if (protocolNumber(entry.Protocol) !== number) return false
      if (number === '6' || number === '17') {
        const { From = 0, To = 65535 } = entry.PortRange ?? {}
        return port !== undefined && port >= From && port <= To
      }
      const { Type = -1 } = entry.IcmpTypeCode ?? {}
      return echo[number] === undefined || Type === -1 || Type === icmpType
    })
  return decides?.RuleAction === 'allow' ? 'allow' : 'deny'
}

/** Replies go to any of the ports that the client's kernel, or the translation of addresses on its node, may draw. */
export interface Ephemeral {
  readonly from: number
  readonly to: number
}

function aclReturns(entries: readonly AclEntry[], egress: boolean, peer: string, protocol: string, ports: Ephemeral): Term {
  const number = protocolNumber(protocol)
  if (number !== '6' && number !== '17') return aclSays(entries, egress, peer, protocol, undefined, echo[number]?.reply ?? 0)
  // Where a rule begins or ends the answer may change, and nowhere else.
  const edges = entries.flatMap(({ PortRange }) => [PortRange?.From ?? 0, (PortRange?.To ?? 65535) + 1])
  const asked = [ports.from, ...edges.filter(edge => edge > ports.from && edge <= ports.to)]
  const answers = new Set(asked.map(port => aclSays(entries, egress, peer, protocol, port, 0)))
  return answers.size === 1 ? ([...answers][0] as Term) : 'unknown'
}

export const aclOf = (ec2: Ec2, subnet: string | undefined): NetworkAcl | undefined =>
  (ec2.NetworkAcls ?? []).find(({ Associations = [] }) => Associations.some(({ SubnetId }) => subnet !== undefined && SubnetId === subnet))

/** Both ways through one subnet: out and the reply in at the client's, in and the reply out at the server's. */
export function aclAllows(
  ec2: Ec2,
  subnet: string | undefined,
  end: 'client' | 'server',
  peer: string,
  packet: Packet,
  ports: Ephemeral,
): Term {
  const acl = aclOf(ec2, subnet)
  if (acl?.Entries === undefined) return 'unknown'
  const request = echo[protocolNumber(packet.protocol)]?.request ?? 0
  return all([
    aclSays(acl.Entries, end === 'client', peer, packet.protocol, packet.port, request),
    end === 'client'
      ? aclReturns(acl.Entries, false, peer, packet.protocol, ports)
      : aclReturns(acl.Entries, true, peer, packet.protocol, ports),
  ])
}

export function vpcBlocks({ CidrBlock, CidrBlockAssociationSet = [], Ipv6CidrBlockAssociationSet = [] }: Vpc): readonly string[] {
  return [
    CidrBlock,
    ...CidrBlockAssociationSet.map(each => each.CidrBlock),
    ...Ipv6CidrBlockAssociationSet.map(each => each.Ipv6CidrBlock),
  ].flatMap(cidr => cidr ?? [])
}
