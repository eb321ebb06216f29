import { defineCheck } from '#joints/define.ts'
import { eksCluster } from '#joints/clusters.ts'
import { Unread } from '#base/errors.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { readRules } from '../group-rules.ts'
import { namingAt, namingsOf } from '../pod-groups.ts'
import { listWeights, type Weight } from '../list-weights.ts'
import { clusterOf } from '../branch-interface.ts'

/** Inbound or outbound rules per security group, for IPv4 and IPv6 apart. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups */
const quotaCode = 'L-0EA8095F'
const usual = 60
const share = 0.8

export default defineCheck({
  id: 'security-groups-for-pods/group-rules-near-quota',
  title: 'A security group of pods has nearly as many rules as it may have',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/ec2/SecurityGroup',
  reads: ['k8s/SecurityGroupPolicy', 'aws/ec2/ManagedPrefixList', 'aws/eks/Cluster', 'aws/servicequotas/Quota'],
  sources: [
    'https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups',
    'https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html',
  ],

  test({ subject: group, world }) {
    const [naming] = namingsOf(world, group.body.GroupId)
    if (naming === undefined) return skip('no SecurityGroupPolicy names the group')
    const rules = readRules(group)
    const counts = (['ingress', 'egress'] as const).flatMap(direction => {
      const { cidrs, references, prefixLists } = rules[direction]
      const lists = prefixLists.map(rule => listWeights(world, group, rule))
      return ([4, 6] as const).map(family => {
        const own = cidrs.filter(({ cidr }) => cidr.family === family).length
        const weighed = lists.map(list => list.weight[family]).reduce((sum, weight) => sum + weight, 0)
        return { direction, family, count: own + references.length + weighed, lists }
      })
    })
    const worst = counts.reduce((a, b) => (b.count > a.count ? b : a))
    if (worst.count < usual * share)
      return pass(group.at(['GroupId'], `at most ${worst.count} rules in one direction, of the ${usual} that every account has`))
    const cluster = eksCluster(world, clusterOf(naming.policy.scope))
    const [quota] = cluster === undefined ? [] : world.where('aws/servicequotas/Quota', 'code', quotaCode, cluster.scope)
    if (quota?.body.Value === undefined)
      throw new Unread({
        kind: 'aws/servicequotas/Quota',
        id: quotaCode,
        reason: 'how many rules a group may have in this account was not read',
        settle: { by: 'iam', action: 'servicequotas:GetServiceQuota' },
      })
    const limit = quota.at(['Value'], 'rules for each security group, in each direction')
    if (worst.count < quota.body.Value * share) return pass(limit)
    const heavy = [...worst.lists]
      .sort((a, b) => b.weight[worst.family] - a.weight[worst.family])
      .filter(({ weight }) => weight[worst.family] > 1)
    return fail({
      message: `security group ${group.body.GroupId} of pods has ${worst.count} ${worst.direction === 'ingress' ? 'inbound' : 'outbound'} rules for IPv${worst.family}, and the quota is ${quota.body.Value}`,
      evidence: [
        group.at(
          ['GroupId'],
          `${worst.count} rules ${worst.direction === 'ingress' ? 'in' : 'out'}, prefix lists with all that they may hold`,
        ),
        ...heavy.slice(0, 2).map(weightAt),
        limit,
        namingAt(naming, 'pods have the group by this policy'),
      ],
      effect:
        'The next rule that somebody needs is refused with RulesPerSecurityGroupLimitExceeded, and so is a prefix list that is to grow.',
      help: 'Put blocks together, refer to groups instead of addresses, take rules away that nobody needs, or ask for a higher quota L-0EA8095F: the product with the groups for each interface may not exceed 1,000.',
    })
  },
})

const weightAt = ({ at, text }: Weight) => at(text)
