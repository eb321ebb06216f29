import type { Kinds } from '#model/kinds.ts'
import type { Path } from '#model/place.ts'
import { endOf, parseCidr, type Address, type Cidr } from '../addresses.ts'
import type { RuleReference } from '../question.ts'
import { allTraffic, trafficRange, type TrafficSet } from './traffic.ts'

type Group = Kinds['aws/ec2/SecurityGroup']
type PrefixList = Kinds['aws/ec2/ManagedPrefixList']
export type Direction = 'ingress' | 'egress'

/** One source or destination of one rule: EC2 counts those as rules, whatever list they stand in together. */
export interface Rule {
  readonly traffic: TrafficSet
  readonly path: Path
}

export interface CidrRule extends Rule {
  readonly cidr: Cidr
}

/** Private addresses of the interfaces that carry the group. */
export interface ReferenceRule extends Rule {
  readonly groupId: string
  /** The peering with the group's VPC is gone: it matches nobody any more. */
  readonly isStale: boolean
}

export interface PrefixListRule extends Rule {
  readonly prefixListId: string
}

/** A rule of which the peer is not known: it may match any. */
export interface VagueRule extends Rule {
  readonly because: string
}

export interface DirectionRules {
  readonly cidrs: readonly CidrRule[]
  readonly references: readonly ReferenceRule[]
  readonly prefixLists: readonly PrefixListRule[]
  readonly vague: readonly VagueRule[]
}

/** A group's rules as EC2 reads them. `isRead`: false when only the group itself was read. */
export interface GroupRules {
  readonly id: string
  readonly at: (path: Path) => RuleReference
  readonly vpcId: string | undefined
  readonly isRead: boolean
  readonly ingress: DirectionRules
  readonly egress: DirectionRules
}

const read = new WeakMap<Group, GroupRules>()

/** Once for each document. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
export function rulesOfGroup(group: Group): GroupRules {
  const before = read.get(group)
  if (before !== undefined) return before
  const made: GroupRules = {
    id: group.GroupId,
    at: path => ({ kind: 'aws/ec2/SecurityGroup', id: group.SecurityGroupArn, path }),
    vpcId: group.VpcId,
    isRead: group.Rules !== undefined || (group.IpPermissions !== undefined && group.IpPermissionsEgress !== undefined),
    ingress: directionOf(group, 'ingress'),
    egress: directionOf(group, 'egress'),
  }
  read.set(group, made)
  return made
}

type Permission = NonNullable<Group['IpPermissions']>[number]

interface Gathered {
  cidrs: CidrRule[]
  references: ReferenceRule[]
  prefixLists: PrefixListRule[]
  vague: VagueRule[]
}

function directionOf(group: Group, direction: Direction): DirectionRules {
  const gathered: Gathered = { cidrs: [], references: [], prefixLists: [], vague: [] }
  const name = direction === 'ingress' ? 'IpPermissions' : 'IpPermissionsEgress'
  const permissions = group[name]
  if (permissions !== undefined) {
    for (const [index, permission] of permissions.entries()) takePermission(permission, [name, index], gathered)
    return gathered
  }
  for (const [index, rule] of (group.Rules ?? []).entries()) {
    if ((rule.IsEgress === true) === (direction === 'egress')) takeRule(rule, ['Rules', index], gathered)
  }
  return gathered
}

function takePermission(permission: Permission, path: Path, into: Gathered): void {
  const traffic = trafficOf(permission)
  if (traffic === undefined) return void into.vague.push(unknownTraffic(permission, path))
  for (const [i, { CidrIp }] of (permission.IpRanges ?? []).entries()) takeCidr(CidrIp, traffic, [...path, 'IpRanges', i], into)
  for (const [i, { CidrIpv6 }] of (permission.Ipv6Ranges ?? []).entries()) takeCidr(CidrIpv6, traffic, [...path, 'Ipv6Ranges', i], into)
  for (const [i, { PrefixListId }] of (permission.PrefixListIds ?? []).entries()) {
    takeList(PrefixListId, traffic, [...path, 'PrefixListIds', i], into)
  }
  for (const [i, pair] of (permission.UserIdGroupPairs ?? []).entries())
    takeReference(pair, traffic, [...path, 'UserIdGroupPairs', i], into)
}

/** The other form, of ec2:DescribeSecurityGroupRules: one rule, one peer. */
function takeRule(rule: NonNullable<Group['Rules']>[number], path: Path, into: Gathered): void {
  const traffic = trafficOf(rule)
  if (traffic === undefined) return void into.vague.push(unknownTraffic(rule, path))
  if (rule.CidrIpv4 !== undefined) takeCidr(rule.CidrIpv4, traffic, path, into)
  if (rule.CidrIpv6 !== undefined) takeCidr(rule.CidrIpv6, traffic, path, into)
  if (rule.PrefixListId !== undefined) takeList(rule.PrefixListId, traffic, path, into)
  if (rule.ReferencedGroupInfo !== undefined) takeReference(rule.ReferencedGroupInfo, traffic, path, into)
}

function takeCidr(text: string | undefined, traffic: TrafficSet, path: Path, into: Gathered): void {
  const cidr = parseCidr(text ?? '')
  if (cidr === undefined) into.vague.push({ traffic, path, because: `${JSON.stringify(text ?? null)} is no block of addresses` })
  else into.cidrs.push({ traffic, path, cidr })
}

function takeList(prefixListId: string | undefined, traffic: TrafficSet, path: Path, into: Gathered): void {
  if (prefixListId === undefined) into.vague.push({ traffic, path, because: 'the prefix list has no id' })
  else into.prefixLists.push({ traffic, path, prefixListId })
}

interface Pair {
  readonly GroupId?: string | undefined
  readonly PeeringStatus?: string | undefined
}

/** EC2 marks a reference of which the peering is gone. https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html */
function takeReference({ GroupId, PeeringStatus }: Pair, traffic: TrafficSet, path: Path, into: Gathered): void {
  if (GroupId === undefined) into.vague.push({ traffic, path, because: 'the group that it refers to has no id' })
  else into.references.push({ traffic, path, groupId: GroupId, isStale: PeeringStatus !== undefined && PeeringStatus !== 'active' })
}

interface Ports {
  readonly IpProtocol?: string | undefined
  readonly FromPort?: number | undefined
  readonly ToPort?: number | undefined
}

const byName: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 }

/**
 * `-1` is everything, whatever the ports say. TCP and UDP have ports; of ICMP FromPort is the type and ToPort the code, -1 any; of other protocols
 * all traffic is meant, whatever the ports say. Undefined: EC2 would give no such rule, but a file may.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
 */
function trafficOf({ IpProtocol, FromPort, ToPort }: Ports): TrafficSet | undefined {
  const name = IpProtocol?.toLowerCase() ?? ''
  if (name === '-1' || name === 'all') return allTraffic
  const protocol = byName[name] ?? (/^\d{1,3}$/.test(name) ? Number(name) : 256)
  if (protocol > 255) return undefined
  if (protocol === 1 || protocol === 58) return icmpRange(protocol, FromPort ?? -1, ToPort ?? -1)
  if (protocol !== 6 && protocol !== 17) return trafficRange(protocol)
  if (FromPort === -1) return trafficRange(protocol)
  const isGood = [FromPort, ToPort].every(port => port !== undefined && port >= 0 && port <= 65_535)
  return isGood ? trafficRange(protocol, FromPort, ToPort) : undefined
}

const unknownTraffic = (ports: Ports, path: Path): VagueRule => ({
  traffic: allTraffic,
  path,
  because: `protocol ${JSON.stringify(ports.IpProtocol ?? null)} with ports ${ports.FromPort ?? '?'} to ${ports.ToPort ?? '?'} cannot be read`,
})

/** Types and codes as the ports that this engine makes of them; -1 is any. Undefined: there is no such type or code. */
export function icmpRange(protocol: number, type: number, code: number): TrafficSet | undefined {
  if ([type, code].some(value => !Number.isInteger(value) || value < -1 || value > 255)) return undefined
  if (type === -1) return trafficRange(protocol)
  return code === -1 ? trafficRange(protocol, type * 256, type * 256 + 255) : trafficRange(protocol, type * 256 + code, type * 256 + code)
}

/** The blocks of a prefix list with the path of the rule that names it: undefined when its entries were not read. */
export function blocksOf(list: PrefixList): readonly Cidr[] | undefined {
  return list.Entries?.flatMap(({ Cidr }) => parseCidr(Cidr ?? '') ?? [])
}

/** Whether blocks hold an address. Numbers, not big ones, for IPv4: a group may have thousands of rules. */
export function blockTest(cidrs: readonly Cidr[]): (address: Address) => number[] {
  const four = cidrs.flatMap((cidr, index) => (cidr.family === 4 ? [{ index, low: Number(cidr.value), end: Number(endOf(cidr)) }] : []))
  const six = cidrs.flatMap((cidr, index) => (cidr.family === 6 ? [{ index, low: cidr.value, end: endOf(cidr) }] : []))
  return ({ family, value }) => {
    if (family === 6) return six.filter(({ low, end }) => low <= value && value < end).map(({ index }) => index)
    const found: number[] = []
    const number = Number(value)
    for (const { index, low, end } of four) if (low <= number && number < end) found.push(index)
    return found
  }
}
