import type { Proposal } from '#joints/proposal.ts'
import { setting, targetOf } from '#model/change.ts'
import { sameValue, singleRules } from '#model/comparison.ts'
import type { Resource } from '#model/resource.ts'
import { containsCidr, parseCidr, type Cidr } from '#network/addresses.ts'
import type { Direction } from '#network/aws/security-group-rules.ts'
import { subtractTraffic, trafficRange } from '#network/aws/traffic.ts'
import { readRules } from './group-rules.ts'
import type { Group } from './pod-groups.ts'

/** One rule: traffic, one peer, and why. */
export interface GroupRule {
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
  readonly peer: { readonly group: string } | { readonly block: string } | { readonly list: string }
  /** EC2 keeps it with the rule. */
  readonly words: string
}

const members = { ingress: 'IpPermissions', egress: 'IpPermissionsEgress' } as const
const operations = { ingress: 'SecurityGroupIngress', egress: 'SecurityGroupEgress' } as const
const numbers = { TCP: 6, UDP: 17 } as const

/** As EC2 writes a rule that it keeps. */
function permissionOf({ protocol, port, peer, words: Description }: GroupRule, account: string): object {
  const traffic = { IpProtocol: protocol.toLowerCase(), FromPort: port, ToPort: port }
  if ('group' in peer) return { ...traffic, UserIdGroupPairs: [{ GroupId: peer.group, UserId: account, Description }] }
  if ('list' in peer) return { ...traffic, PrefixListIds: [{ PrefixListId: peer.list, Description }] }
  const isSix = peer.block.includes(':')
  return {
    ...traffic,
    ...(isSix ? { Ipv6Ranges: [{ CidrIpv6: peer.block, Description }] } : { IpRanges: [{ CidrIp: peer.block, Description }] }),
  }
}

interface Words {
  readonly title: string
  readonly risk: string
  readonly because?: string
}

const makes = 'security-groups-for-pods: traffic'

/**
 * Makes a group of Mortise's have exactly these rules in a direction: what is new first, what goes after it, each in one call.
 */
export function exactRules(
  group: Group,
  direction: Direction,
  rules: readonly GroupRule[],
  account: string,
  words: Words,
): readonly Proposal[] {
  const member = members[direction]
  const wanted = distinct(rules).map(rule => permissionOf(rule, account))
  const has = (group.body[member] ?? []).flatMap(singleRules)
  const more = wanted.filter(rule => !has.some(each => sameValue(each, rule)))
  const isLess = has.some(each => !wanted.some(rule => sameValue(each, rule)))
  const resource = group as unknown as Resource
  const grown = [...(group.body[member] ?? []), ...more]
  const adding = {
    target: targetOf(resource),
    edit: setting(resource, [member], grown),
    permissions: [`ec2:Authorize${operations[direction]}`],
    risk: words.risk,
  }
  const removing = {
    target: targetOf(resource),
    edit: { do: 'set', path: [member], before: more.length === 0 ? group.body[member] : grown, after: wanted } as const,
    permissions: [`ec2:Revoke${operations[direction]}`],
    risk: 'What no other rule lets through is closed; connections that are open may go on.',
  }
  const because = words.because === undefined ? {} : { because: words.because }
  return [
    ...(more.length === 0 ? [] : [{ change: adding, title: words.title, makes, ...because }]),
    ...(isLess ? [{ change: removing, title: `${words.title} alone`, makes }] : []),
  ]
}

/**
 * Adds those rules to a group of somebody else's that it does not cover yet; nothing of it is taken away.
 * @param whole blocks that hold everything that the VPC has: a rule for them covers groups of it
 * @throws Unread when the group was read without its rules
 */
export function addedRules(
  group: Group,
  direction: Direction,
  rules: readonly GroupRule[],
  { account, whole }: { readonly account: string; readonly whole: readonly Cidr[] },
  words: Words,
): readonly Proposal[] {
  const missing = distinct(rules).filter(rule => !covers(group, direction, rule, whole))
  if (missing.length === 0) return []
  const resource = group as unknown as Resource
  const member = members[direction]
  const edit = setting(resource, [member], [...(group.body[member] ?? []), ...missing.map(rule => permissionOf(rule, account))])
  const change = { target: targetOf(resource), edit, permissions: [`ec2:Authorize${operations[direction]}`], risk: words.risk }
  return [{ change, title: words.title, makes, ...(words.because === undefined ? {} : { because: words.because }) }]
}

function covers(group: Group, direction: Direction, { protocol, port, peer }: GroupRule, whole: readonly Cidr[]): boolean {
  const traffic = trafficRange(numbers[protocol], port, port)
  const { cidrs, references, prefixLists } = readRules(group)[direction]
  const fits = (rule: { readonly traffic: Uint32Array }) => subtractTraffic(traffic, rule.traffic).length === 0
  const hasBlock = (block: Cidr) => cidrs.some(rule => fits(rule) && containsCidr(rule.cidr, block))
  if ('list' in peer) return prefixLists.some(rule => fits(rule) && rule.prefixListId === peer.list)
  if ('group' in peer)
    return (
      references.some(rule => fits(rule) && !rule.isStale && rule.groupId === peer.group) || (whole.length > 0 && whole.every(hasBlock))
    )
  const block = parseCidr(peer.block)
  return block !== undefined && hasBlock(block)
}

/** The first of what is the same rule. */
function distinct(rules: readonly GroupRule[]): readonly GroupRule[] {
  const found = new Map<string, GroupRule>()
  for (const rule of rules) {
    const key = JSON.stringify([rule.protocol, rule.port, rule.peer])
    if (!found.has(key)) found.set(key, rule)
  }
  return [...found.values()]
}
