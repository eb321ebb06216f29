import { defineCheck } from '#joints/define.ts'
import { valueAt } from '#model/place.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Direction } from '#network/aws/security-group-rules.ts'
import { peerPath, removingRules, trafficOfRule } from '../group-rules.ts'
import { groupOfNodes, nodeInterfaceKinds } from '../node-interfaces.ts'
import { namingAt, namingsOf, type Group } from '../pod-groups.ts'
import { shadowedRules, type ShadowedRule } from '../shadowed-rules.ts'

export default defineCheck({
  id: 'security-groups-for-pods/group-rule-shadowed',
  title: 'A rule of a security group of pods or nodes lets through only what another rule of it does',
  severity: 'low',
  since: '0.1.0',
  subject: 'aws/ec2/SecurityGroup',
  reads: ['k8s/SecurityGroupPolicy', ...nodeInterfaceKinds],
  sources: [
    'https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html',
  ],

  test({ subject: group, world }) {
    const [naming] = namingsOf(world, group.body.GroupId)
    const user = naming === undefined ? groupOfNodes(world, group) : namingAt(naming, 'pods have the group by this policy')
    if (user === undefined) return skip('no SecurityGroupPolicy names the group, and no interface of a node has it')
    const shadowed = shadowedRules(group)
    const [first, ...others] = shadowed
    if (first === undefined) return pass(group.at(['GroupId'], 'no rule of it is inside another'), user)
    return fail({
      message: `security group ${group.body.GroupId} has a rule for nothing: ${textOf(group, first)}${others.length === 0 ? '' : ` (and ${others.length} more like it)`}`,
      evidence: [
        group.at(peerPath(group, first.rule), `${trafficOfRule(group, first.rule)}: all of it passes without this rule`),
        group.at(peerPath(group, first.by), `by this one, for ${trafficOfRule(group, first.by)}`),
        ...others.slice(0, 2).map(({ rule }) => group.at(peerPath(group, rule), `${trafficOfRule(group, rule)}: and so does this`)),
        user,
      ],
      effect:
        'Whoever reads the narrow rule takes it for the limit, and whoever takes it away to close something closes nothing. It counts against the quota of rules all the same.',
      fix: {
        title: shadowed.length === 1 ? 'take the narrow rule away' : 'take the narrow rules away',
        safe: true,
        changes: (['ingress', 'egress'] as const).flatMap(direction => removing(group, shadowed, direction)),
      },
    })
  },
})

const removing = (group: Group, shadowed: readonly ShadowedRule[], direction: Direction) =>
  removingRules(
    group,
    shadowed.filter(each => each.direction === direction).map(({ rule }) => rule),
    direction,
    'The group lets through what it did before. If the narrow rule is what was meant, take the wide one away instead.',
  )

function textOf(group: Group, { direction, rule, by }: ShadowedRule): string {
  const [inner, outer] = [rule, by].map(each => String(valueAt(group.body, peerPath(group, each))))
  const way = direction === 'ingress' ? 'in from' : 'out to'
  return `${trafficOfRule(group, rule)} ${way} ${inner} is inside ${trafficOfRule(group, by)} ${way} ${outer}`
}
