import { defineCheck } from '#joints/define.ts'
import { isNoneOf } from '#network/aws/traffic.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { peerPath, readRules, removingRules, trafficOfRule } from '../group-rules.ts'
import { groupsOfNodes } from '../groups-of-nodes.ts'
import { namingAt, namingsOf } from '../pod-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/data-store-admits-nodes',
  title: 'What pods reach by groups of their own still lets in every node, and with it every other pod',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/ec2/SecurityGroup',
  reads: ['k8s/SecurityGroupPolicy', 'k8s/Node', 'aws/ec2/NetworkInterface', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/best-practices/sgpp.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
  ],

  test({ subject: group, world }) {
    const { references } = readRules(group).ingress
    const byPods = references.flatMap(rule =>
      namingsOf(world, rule.groupId)
        .slice(0, 1)
        .map(naming => ({ rule, naming })),
    )
    const [meant] = byPods
    if (meant === undefined) return skip('no rule of it lets in a group of pods')
    const nodes = groupsOfNodes(world, meant.naming.policy)
    if (nodes.has(group.body.GroupId)) return skip('it is a group of nodes itself')
    if (namingsOf(world, group.body.GroupId).length > 0) return skip('it is a group of pods itself')
    const wide = references.filter(rule => nodes.has(rule.groupId) && byPods.some(each => !isNoneOf(each.rule.traffic, rule.traffic)))
    const [first] = wide
    const there = meant.rule
    if (first === undefined)
      return pass(group.at(peerPath(group, there), 'pods come in by a group of their own, and no group of nodes does'))
    return fail({
      message: `security group ${group.body.GroupName ?? group.body.GroupId} lets in ${there.groupId} of pods at ${trafficOfRule(group, there)}, and the nodes too`,
      evidence: [
        group.at(peerPath(group, first), 'this is the group of the nodes, which every pod without groups of its own has'),
        group.at(peerPath(group, there), 'by this the pods that are meant come in'),
        ...[nodes.get(first.groupId)].flatMap(place => place ?? []),
        namingAt(meant.naming, 'this policy gives these pods their group'),
      ],
      effect:
        'Every pod that has no groups of its own leaves with those of its node, so it connects as well: the group of the pods keeps nobody out.',
      fix: {
        title: wide.length === 1 ? `let ${first.groupId} in no longer` : 'let the groups of nodes in no longer',
        safe: false,
        changes: removingRules(
          group,
          wide,
          'ingress',
          'Pods without groups of their own that connect, and whatever runs on the nodes, are closed out. Connections that are open may go on.',
        ),
      },
    })
  },
})
