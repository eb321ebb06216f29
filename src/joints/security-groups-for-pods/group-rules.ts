import { rulesOfGroup, type Direction, type Rule } from '#network/aws/security-group-rules.ts'
import { removing, targetOf, type Change } from '#model/change.ts'
import { valueAt, type Path } from '#model/place.ts'
import type { Group } from './pod-groups.ts'
import { Unread } from '#base/errors.ts'

/** @throws Unread when the group was read without its rules */
export function readRules(group: Group): ReturnType<typeof rulesOfGroup> {
  const rules = rulesOfGroup(group.body)
  if (rules.isRead) return rules
  throw new Unread({
    kind: group.kind,
    id: group.id,
    reason: 'the group was read without its rules',
    settle: { by: 'iam', action: 'ec2:DescribeSecurityGroups' },
  })
}

const listed = { UserIdGroupPairs: 'GroupId', IpRanges: 'CidrIp', Ipv6Ranges: 'CidrIpv6', PrefixListIds: 'PrefixListId' } as const

/** Where the peer of a rule stands: the block, the group, the list. */
export function peerPath(group: Group, { path }: Rule): Path {
  const [list, , form] = path
  if (list !== 'Rules') return [...path, listed[form as keyof typeof listed]]
  const own = ['CidrIpv4', 'CidrIpv6', 'PrefixListId'].find(key => valueAt(group.body, [...path, key]) !== undefined)
  return own === undefined ? [...path, 'ReferencedGroupInfo', 'GroupId'] : [...path, own]
}

/** The protocol and ports of a rule, for people: `all traffic`, `tcp port 443`, `udp ports 1024 to 2048`. */
export function trafficOfRule(group: Group, { path }: Rule): string {
  const { IpProtocol = '-1', FromPort, ToPort } = (valueAt(group.body, path.slice(0, 2)) ?? {}) as Written
  if (IpProtocol === '-1') return 'all traffic'
  if (FromPort === undefined || FromPort === -1 || (FromPort === 0 && ToPort === 65_535)) return `all ${IpProtocol}`
  return FromPort === ToPort ? `${IpProtocol} port ${FromPort}` : `${IpProtocol} ports ${FromPort} to ${ToPort ?? FromPort}`
}

interface Written {
  readonly IpProtocol?: string
  readonly FromPort?: number
  readonly ToPort?: number
}

/** The ports that a rule is for; undefined for more than TCP and UDP. */
export function portsOfRule(group: Group, { path }: Rule): { readonly from: number; readonly to: number } | undefined {
  const { IpProtocol = '-1', FromPort, ToPort } = (valueAt(group.body, path.slice(0, 2)) ?? {}) as Written
  if (!['tcp', 'udp', '6', '17'].includes(IpProtocol) || FromPort === undefined || FromPort < 0) return undefined
  return { from: FromPort, to: ToPort ?? FromPort }
}

/** Takes rules away: the later of a list first, since those after it move up. */
export function removingRules(group: Group, rules: readonly Rule[], direction: Direction, risk: string): Change[] {
  const permission = direction === 'ingress' ? 'ec2:RevokeSecurityGroupIngress' : 'ec2:RevokeSecurityGroupEgress'
  return [...rules].reverse().map(({ path }) => ({ target: targetOf(group), edit: removing(group, path), permissions: [permission], risk }))
}
