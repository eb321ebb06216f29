import type { DescribeSecurityGroupRulesResult, SecurityGroup, SecurityGroupRule } from '@aws-sdk/client-ec2'
import type { Coverage } from '#model/world.ts'
import { ec2Arn } from '#sources/ec2-arn.ts'
import { allPages, type Pages } from './all-pages.ts'
import { ec2Resources, listed, vpcCoverage, type Ec2Reading } from './ec2-listing.ts'
import { securityGroups as list } from './ec2-lists.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inChunks } from './in-chunks.ts'
import { inParallel } from './in-parallel.ts'

const atOnce = 4

/**
 * The groups of these VPCs, and of other VPCs those that their rules and interfaces name, or that are wanted, each with its rules.
 * For each 1,000 groups: one call for them, five for their rules and one more for each 1,000 rules of 200 groups after the first.
 */
export async function readSecurityGroups(
  reading: Ec2Reading,
  vpcs: readonly string[],
  inside: Pages<SecurityGroup>,
  named: readonly string[],
): Promise<Part> {
  const known = new Set(inside.items.map(({ GroupId }) => GroupId))
  const references = inside.items.flatMap(group => ownReferences(reading, group))
  const outside = [...new Set([...named, ...references])].filter(id => !known.has(id)).sort()
  const others = inside.refused === undefined ? await listed(reading, list, { name: 'group-id', values: outside }) : { items: [] }
  const found = others.items.filter(({ GroupId }) => !known.has(GroupId))
  const groups = await withRules(reading, [...inside.items, ...found])
  const { session, region } = reading
  // A group that another account shares is found, and its ARN has that account: it does not prove that this account has none of the id.
  const answered = new Set(found.map(({ GroupId }) => GroupId))
  const left = others.refused === undefined ? outside.filter(id => !answered.has(id)) : outside
  const asked = left.map((id): Coverage & { readonly id: string } => ({
    kind: list.kind,
    scope: { account: session.account, region },
    id: ec2Arn({ partition: session.partition, account: session.account, region }, 'security-group', id),
  }))
  const { refused } = others
  return together([
    { ...nothing, resources: ec2Resources(reading, list.kind, list.operation, groups) },
    vpcCoverage(reading, list.kind, vpcs, inside.refused),
    // Asked for by filter, what does not exist is left out of the answer.
    ...(inside.refused !== undefined
      ? []
      : asked.map(where => (refused === undefined ? { ...nothing, read: [where] } : unreadPart(where, refused)))),
  ])
}

/** The groups of this account that its rules name; those of other accounts only their own accounts can describe. */
function ownReferences({ session }: Ec2Reading, { IpPermissions = [], IpPermissionsEgress = [] }: SecurityGroup): readonly string[] {
  return [...IpPermissions, ...IpPermissionsEgress]
    .flatMap(({ UserIdGroupPairs = [] }) => UserIdGroupPairs)
    .flatMap(({ GroupId, UserId = session.account }) => (GroupId === undefined || UserId !== session.account ? [] : [GroupId]))
}

/** Each with its `Rules`. They say nothing of reach that the groups do not say; where they are refused, the groups are whole without them. */
async function withRules(reading: Ec2Reading, groups: readonly SecurityGroup[]): Promise<readonly object[]> {
  const chunks = await inParallel(inChunks(groups), atOnce, async chunk => {
    const rules = await rulesOf(
      reading,
      chunk.flatMap(({ GroupId }) => GroupId ?? []),
    )
    if (rules.refused !== undefined) return chunk
    const byGroup = Map.groupBy(rules.items, ({ GroupId }) => GroupId)
    return chunk.map(group => ({ ...group, Rules: byGroup.get(group.GroupId) ?? [] }))
  })
  return chunks.flat()
}

const rulesOf = ({ session, ec2, sdk }: Ec2Reading, Values: string[]): Promise<Pages<SecurityGroupRule>> =>
  allPages<DescribeSecurityGroupRulesResult, SecurityGroupRule>(
    NextToken => {
      const input = { Filters: [{ Name: 'group-id', Values }], MaxResults: 1000, NextToken }
      return session.ask('ec2', 'DescribeSecurityGroupRules', request =>
        ec2.send(new sdk.DescribeSecurityGroupRulesCommand(input), request),
      )
    },
    page => page.SecurityGroupRules,
    page => page.NextToken,
  )
