import { defineCheck } from '#joints/define.ts'
import { valueAt } from '#model/place.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import type { Direction, ReferenceRule } from '#network/aws/security-group-rules.ts'
import { peerPath, readRules, removingRules } from '../group-rules.ts'
import { namingAt, namingsOf, type Group } from '../pod-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/group-reference-stale',
  title: 'A rule of a group of pods refers to a group that is gone, with the peering or by deletion',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/ec2/SecurityGroup',
  reads: ['k8s/SecurityGroupPolicy', 'aws/ec2/SecurityGroup'],
  sources: [
    'https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html#vpc-peering-stale-groups',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeStaleSecurityGroups.html',
  ],

  test({ subject: group, world }): Verdict {
    const [naming] = namingsOf(world, group.body.GroupId)
    if (naming === undefined) return skip('no SecurityGroupPolicy names the group')
    const rules = readRules(group)
    const references = (['ingress', 'egress'] as const).flatMap(direction => rules[direction].references.map(rule => ({ rule, direction })))
    if (references.length === 0) return skip('no rule of it refers to a group')
    const gone = references.filter(({ rule }) => rule.isStale || isDeleted(group, rule, id => world.find('aws/ec2/SecurityGroup', id)))
    const [first, ...others] = gone
    if (first === undefined) return pass(...references.slice(0, 3).map(({ rule }) => group.at(peerPath(group, rule), 'this group exists')))
    const byDirection = (direction: Direction) => gone.filter(each => each.direction === direction).map(({ rule }) => rule)
    const risk = 'Nobody matches the rule, so nothing that works stops.'
    return fail({
      message: `security group ${group.body.GroupId} of pods refers to ${[...new Set(gone.map(({ rule }) => rule.groupId))].join(', ')}, which ${first.rule.isStale ? 'a peering led to that is gone' : 'does not exist'}`,
      evidence: [
        group.at(peerPath(group, first.rule), 'this refers to nobody'),
        ...others.slice(0, 2).map(({ rule }) => group.at(peerPath(group, rule), 'nor does this to anybody')),
        namingAt(naming, 'pods have the group by this policy'),
      ],
      effect: 'The rule lets nobody through. Whoever relied on it is closed out, and it counts against the quota of rules all the same.',
      fix: {
        title: gone.length === 1 ? 'take the rule away' : 'take the rules away',
        safe: true,
        changes: [
          ...removingRules(group, byDirection('ingress'), 'ingress', risk),
          ...removingRules(group, byDirection('egress'), 'egress', risk),
        ],
      },
    })
  },
})

/** Of the account's own groups only: those of others are not read, and EC2 marks them. */
function isDeleted(group: Group, rule: ReferenceRule, find: (arn: string) => Group | undefined): boolean {
  const [, partition = '', , region = '', account = ''] = group.id.split(':')
  const owner = valueAt(group.body, [...peerPath(group, rule).slice(0, -1), 'UserId'])
  if (owner !== undefined && owner !== account) return false
  return find(`arn:${partition}:ec2:${region}:${account}:security-group/${rule.groupId}`) === undefined
}
