import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { policyName } from '../deviation-verdict.ts'

export default defineCheck({
  id: 'network-policy/policy-name-shared',
  title: 'A NetworkPolicy and an ApplicationNetworkPolicy have one name and overwrite each other',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ApplicationNetworkPolicy',
  reads: policyLayerKinds,
  sources: ['https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/policyendpoints/manager.go'],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'policy-name-shared', {
      message: (first, name) => `${name} and ${first.with.map(policyName).join(', ')} overwrite what the other is resolved to`,
      at: 'the name of this policy',
      with: 'this policy has the same name',
      effect: 'Whichever was written last is enforced, and the other is not.',
      help: 'Give one of them another name.',
      passes: 'no NetworkPolicy of its namespace has its name',
    })
  },
})
