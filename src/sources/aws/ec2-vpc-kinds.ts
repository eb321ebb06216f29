import type { NetworkInterface, Vpc } from '@aws-sdk/client-ec2'
import type { AwsKind } from '#model/kinds.ts'
import type { Pages } from './all-pages.ts'
import { listedInVpcs, vpcPart, wholeList, type Ec2Reading } from './ec2-listing.ts'
import * as lists from './ec2-lists.ts'
import { readSecurityGroups } from './ec2-security-groups.ts'
import { readVpcs } from './ec2-vpcs.ts'
import { nothing, together, unreadPart, type Part, type Refused } from './gathering.ts'
import { inParallel } from './in-parallel.ts'

const atOnce = 4

/** The kinds of which the lists say all that is read. */
const plain = [
  wholeList(lists.internetGateways),
  wholeList(lists.natGateways),
  wholeList(lists.networkAcls),
  wholeList(lists.routeTables),
  wholeList(lists.subnets),
  wholeList(lists.vpcPeeringConnections),
]

/** The kinds that are read for one VPC at a time. */
export const vpcKinds: ReadonlySet<AwsKind> = new Set<AwsKind>([
  'aws/ec2/NetworkInterface',
  'aws/ec2/SecurityGroup',
  'aws/ec2/Vpc',
  ...plain.map(({ kind }) => kind),
])

/**
 * What is in these VPCs of one region. For each 1,000 of a kind EC2 takes one call, ten for route tables; two for each list of peerings; for groups see
 * `readSecurityGroups`; for VPCs two more each.
 */
export async function readVpcKinds(
  reading: Ec2Reading,
  vpcs: readonly string[],
  kinds: ReadonlySet<AwsKind>,
  namedGroups: readonly string[],
): Promise<Part> {
  if (![...vpcKinds].some(kind => kinds.has(kind))) return nothing
  const owners = await listedInVpcs(reading, lists.vpcs, vpcs)
  const isAsked = (kind: AwsKind) => kinds.has(kind)
  const tasks: (() => Promise<Part>)[] = [
    ...plain.filter(({ kind }) => isAsked(kind)).map(list => () => list.inVpcs(reading, vpcs)),
    ...(isAsked('aws/ec2/Vpc') ? [() => readVpcs(reading, vpcs, owners)] : []),
    ...(isAsked('aws/ec2/SecurityGroup') || isAsked('aws/ec2/NetworkInterface')
      ? [() => readGroupsAndInterfaces(reading, vpcs, kinds, namedGroups)]
      : []),
  ]
  const parts = together(await inParallel(tasks, atOnce, task => task()))
  return withSharing(reading, vpcs, parts, owners)
}

/** An interface may have groups of another VPC that is associated with this one, so interfaces are known before groups are. */
async function readGroupsAndInterfaces(
  reading: Ec2Reading,
  vpcs: readonly string[],
  kinds: ReadonlySet<AwsKind>,
  named: readonly string[],
): Promise<Part> {
  const none: Pages<never> = { items: [] }
  const [interfaces, groups] = await Promise.all([
    kinds.has('aws/ec2/NetworkInterface') ? listedInVpcs(reading, lists.networkInterfaces, vpcs) : none,
    kinds.has('aws/ec2/SecurityGroup') ? listedInVpcs(reading, lists.securityGroups, vpcs) : none,
  ])
  return together([
    kinds.has('aws/ec2/NetworkInterface') ? vpcPart(reading, lists.networkInterfaces, vpcs, interfaces) : nothing,
    kinds.has('aws/ec2/SecurityGroup')
      ? await readSecurityGroups(reading, vpcs, groups, [...named, ...groupsOf(interfaces.items)])
      : nothing,
  ])
}

const groupsOf = (interfaces: readonly NetworkInterface[]): readonly string[] =>
  interfaces.flatMap(({ Groups = [] }) => Groups.flatMap(({ GroupId }) => GroupId ?? []))

/**
 * "Participants cannot view, modify, or delete resources that belong to other participants or the VPC owner"
 * (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html), so what they list of a shared VPC is no whole list.
 */
function withSharing(reading: Ec2Reading, vpcs: readonly string[], part: Part, owners: Pages<Vpc>): Part {
  const { account } = reading.session
  const incomplete = new Map<string, Refused>()
  for (const vpc of vpcs) {
    const owner = owners.items.find(({ VpcId }) => VpcId === vpc)?.OwnerId
    if (owner === account) continue
    incomplete.set(vpc, owner === undefined ? (owners.refused ?? unseen(vpc)) : shared(vpc, owner, account))
  }
  const isWhole = ({ kind, vpc = '' }: { readonly kind: string; readonly vpc?: string }) => kind === 'aws/ec2/Vpc' || !incomplete.has(vpc)
  return {
    ...part,
    read: part.read.filter(isWhole),
    unread: [
      ...part.unread,
      ...part.read.flatMap(where => (isWhole(where) ? [] : unreadPart(where, incomplete.get(where.vpc ?? '') ?? unseen('')).unread)),
    ],
  }
}

const shared = (vpc: string, owner: string, account: string): Refused => ({
  is: 'failed',
  reason: `account ${owner} shares ${vpc}, and account ${account} does not see all of it`,
  step: `read a snapshot of account ${owner}, too`,
})

const unseen = (vpc: string): Refused => ({ is: 'failed', reason: `ec2:DescribeVpcs does not know ${vpc}, in which a cluster is` })
