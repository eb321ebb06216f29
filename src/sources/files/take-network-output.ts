import type { AwsKind } from '#model/kinds.ts'
import { ec2Id, statedArn } from '#sources/ec2-arn.ts'
import { isMap } from './conform.ts'
import type { Harvest } from './harvest.ts'
import { prepareAws } from './prepare-aws.ts'
import { inside, problemAt, type Seat } from './seat.ts'
import { takeAws } from './take-aws.ts'
import { regionOfZone } from './take-ec2-output.ts'

type Output = Readonly<Record<string, unknown>>

/** The lists of EC2 by their key, the kind of their items, and a member that tells them from lists of other services under the same key. */
const lists: Readonly<Record<string, readonly [kind: AwsKind, member: string]>> = {
  FlowLogs: ['aws/ec2/FlowLog', 'FlowLogId'],
  InternetGateways: ['aws/ec2/InternetGateway', 'InternetGatewayId'],
  NatGateways: ['aws/ec2/NatGateway', 'NatGatewayId'],
  NetworkAcls: ['aws/ec2/NetworkAcl', 'NetworkAclId'],
  NetworkInterfaces: ['aws/ec2/NetworkInterface', 'NetworkInterfaceId'],
  // Of `aws ec2 describe-managed-prefix-lists`: the older `describe-prefix-lists` tells neither ARN nor owner.
  PrefixLists: ['aws/ec2/ManagedPrefixList', 'PrefixListArn'],
  RouteTables: ['aws/ec2/RouteTable', 'RouteTableId'],
  SecurityGroups: ['aws/ec2/SecurityGroup', 'GroupId'],
  Subnets: ['aws/ec2/Subnet', 'SubnetId'],
  VpcPeeringConnections: ['aws/ec2/VpcPeeringConnection', 'VpcPeeringConnectionId'],
  Vpcs: ['aws/ec2/Vpc', 'VpcId'],
}

/** The key of the list that an output of `aws ec2 describe-…` holds. */
export const networkListOf = (output: Output): string | undefined =>
  Object.entries(lists).find(([key, [, member]]) => {
    const list: unknown = output[key]
    return Array.isArray(list) && isMap(list[0]) && member in list[0]
  })?.[0]

/** Takes every item. Filters leave no trace in these outputs: they prove what is there, and nothing of what is not. */
export function takeNetworkList(harvest: Harvest, output: Output, seat: Seat): void {
  const key = networkListOf(output) ?? ''
  const [kind] = lists[key] ?? []
  if (kind === undefined) return
  for (const [index, item] of (output[key] as unknown[]).entries())
    takeItem(harvest, kind, isMap(item) ? item : {}, inside(seat, key, index))
}

/** What says neither its ARN nor its region waits for the VPC that it is in. */
function takeItem(harvest: Harvest, kind: AwsKind, body: Record<string, unknown>, seat: Seat): void {
  const region = regionOfZone(body.AvailabilityZone)
  const given = region === undefined ? {} : { region }
  if (ec2Id(kind, body) === undefined || statedArn(kind, prepareAws(kind, body, given)) !== undefined)
    takeAws(harvest, kind, body, seat, given)
  else harvest.unplaced.push({ kind, body, seat })
}

/** `aws ec2 describe-security-group-rules`: the rules of several groups in one list. */
export function takeRules(harvest: Harvest, output: Output, seat: Seat): void {
  const rules = (output.SecurityGroupRules as unknown[]).map((rule, index) => ({ rule, index }))
  const byGroup = Map.groupBy(rules, ({ rule }) => (isMap(rule) ? rule.GroupId : undefined))
  for (const [group, own] of byGroup) {
    harvest.parts.push({
      kind: 'aws/ec2/SecurityGroup',
      isOf: (_, body) => body.GroupId === group,
      field: 'Rules',
      value: own.map(({ rule }) => rule),
      within: ['SecurityGroupRules'],
      indexes: own.map(({ index }) => index),
      lacks: body => {
        const all = sourcesOf(body)
        return all === own.length ? undefined : `${String(group)} has ${all} rules, and not ${own.length}`
      },
      seat,
      add: 'add the output of aws ec2 describe-security-groups',
    })
  }
}

/** How many rules a group has: each source or destination of each permission is one. */
function sourcesOf({ IpPermissions, IpPermissionsEgress }: Output): number {
  const listsOf = (permission: unknown) =>
    isMap(permission) ? ['IpRanges', 'Ipv6Ranges', 'PrefixListIds', 'UserIdGroupPairs'].map(name => permission[name]) : []
  return [IpPermissions, IpPermissionsEgress]
    .flatMap((permissions: unknown) => (Array.isArray(permissions) ? (permissions as unknown[]) : []))
    .flatMap(listsOf)
    .reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0)
}

/** `aws ec2 get-managed-prefix-list-entries`, which does not say of which list they are. */
export function takeEntries(harvest: Harvest, { PrefixListId, Entries }: Output, seat: Seat): void {
  if (typeof PrefixListId !== 'string') {
    const message = 'these entries do not say of which prefix list they are'
    harvest.problems.push(problemAt(seat, ['Entries'], 'PART_WITHOUT_WHOLE', message, 'add PrefixListId: beside Entries:'))
    return
  }
  harvest.parts.push({
    kind: 'aws/ec2/ManagedPrefixList',
    isOf: (_, body) => body.PrefixListId === PrefixListId,
    field: 'Entries',
    value: Entries,
    within: ['Entries'],
    seat,
    add: 'add the output of aws ec2 describe-managed-prefix-lists',
  })
}

/** The attributes of `aws ec2 describe-vpc-attribute` that are kept. */
export const vpcAttributes = ['EnableDnsSupport', 'EnableDnsHostnames']

export function takeVpcAttribute(harvest: Harvest, output: Output, seat: Seat): void {
  for (const field of vpcAttributes.filter(name => name in output)) {
    harvest.parts.push({
      kind: 'aws/ec2/Vpc',
      isOf: (_, body) => body.VpcId === output.VpcId,
      field,
      value: output[field],
      within: [field],
      seat,
      add: 'add the output of aws ec2 describe-vpcs',
    })
  }
}
