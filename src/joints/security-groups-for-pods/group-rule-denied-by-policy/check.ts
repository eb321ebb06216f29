import { defineCheck } from '#joints/define.ts'
import { distinctPlaces, layerEvidence } from '#joints/denied-layers.ts'
import { networkInputKinds } from '#joints/network-input.ts'
import { networkOf } from '#joints/network.ts'
import { templateKinds } from '#joints/workloads.ts'
import { isKubernetesLayer } from '#network/join-layers.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOf } from '../branch-interface.ts'
import { podFlowsInto } from '../pod-flows.ts'
import { namingAt, namingsOf } from '../pod-groups.ts'
import { peerPath } from '../group-rules.ts'

export default defineCheck({
  id: 'security-groups-for-pods/group-rule-denied-by-policy',
  title: 'A security group of pods is opened for other pods whom policies keep out',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/ec2/SecurityGroup',
  reads: [...networkInputKinds, ...templateKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/best-practices/network-security.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
  ],

  test({ subject: group, world }) {
    const [naming] = namingsOf(world, group.body.GroupId)
    if (naming === undefined) return skip('no SecurityGroupPolicy names the group')
    const view = networkOf(world, clusterOf(naming.policy.scope))
    const flows = podFlowsInto(world, view, group)
    if (flows.length === 0) return skip('no rule of it lets in the group of other pods at one port')
    const dead = flows.filter(({ verdicts }) => verdicts.length > 0 && verdicts.every(verdict => verdict === 'deny'))
    const [first, ...others] = dead
    if (first === undefined)
      return pass(...flows.slice(0, 3).map(({ rule }) => group.at(peerPath(group, rule), 'policies let these pods in too')))
    const answer = view.network.answer(first.question)
    const places = distinctPlaces(
      answer.layers.filter(layer => isKubernetesLayer(layer) && layer.verdict === 'deny').flatMap(layer => layerEvidence(view, layer)),
    )
    return fail({
      message: `security group ${group.body.GroupId} lets ${first.rule.groupId} in at ${first.protocol} port ${first.port}, from ${first.from} to ${first.to}, and policies do not${others.length === 0 ? '' : ` (and ${others.length} more like it)`}`,
      evidence: [
        group.at(peerPath(group, first.rule), 'this rule lets the pods in'),
        ...places.slice(0, 2),
        namingAt(naming, 'pods have the group by this policy'),
      ],
      effect:
        'The connection that the rule was made for does not work, or nobody needs it and the rule only waits for the day on which a policy is taken away.',
      help: 'Let the port in, or out, by a NetworkPolicy as well when the flow is meant, or take the rule of the group away.',
    })
  },
})
