import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { everybody } from '../rule-edits.ts'

export default defineCheck({
  id: 'network-policy/rule-without-peers-dropped',
  title: 'An egress rule of an ApplicationNetworkPolicy without peers admits nobody',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/ApplicationNetworkPolicy',
  reads: policyLayerKinds,
  sources: ['https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go'],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'rule-without-peers-dropped', {
      message: (first, name) => `${name} has a rule that is dropped: ${first.detail}`,
      at: 'this rule has no peers, which ought to mean everybody',
      effect: 'What the rule was to allow is dropped.',
      fix: (found, policies) => everybody(policies, found),
      help: 'Write the blocks 0.0.0.0/0 and ::/0 as its peers.',
      passes: 'every egress rule names its peers',
    })
  },
})
