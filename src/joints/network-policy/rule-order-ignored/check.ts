import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { isFelt } from '../felt-deviations.ts'
import { prioritiesForOrder } from '../rule-order.ts'

export default defineCheck({
  id: 'network-policy/rule-order-ignored',
  title: 'The order of rules in a ClusterNetworkPolicy is not followed',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/networking.k8s.aws/ClusterNetworkPolicy',
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/aws-network-policy-agent/blob/main/controllers/clusterpolicyendpoints_controller.go',
    'https://network-policy-api.sigs.k8s.io/reference/spec/',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'rule-order-ignored', {
      message: (first, name) => `${name} relies on the order of its rules, which the engine does not follow: ${first.detail}`,
      at: 'this rule stands first and loses',
      with: 'this rule stands later and wins',
      effect: first =>
        first.error === 'closes'
          ? 'What the first rule accepts is denied: an exception before a general Deny closes everything.'
          : 'What the first rule hands on to the next tier is accepted.',
      fix: (found, policies) => prioritiesForOrder(policies, found),
      help: 'Give the rules that come first a ClusterNetworkPolicy of their own with a lower priority number.',
      counts: (deviation, policies) => isFelt(policies, deviation),
      passes: 'no later rule takes what an earlier one decides',
    })
  },
})
