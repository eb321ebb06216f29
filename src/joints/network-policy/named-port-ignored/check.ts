import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'

export default defineCheck({
  id: 'network-policy/named-port-ignored',
  title: 'A named port towards addresses is left out, and its rule with it',
  severity: 'medium',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy'],
  reads: policyLayerKinds,
  sources: ['https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go'],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'named-port-dropped', {
      message: (first, name) => `${name} has a named port that the engine leaves out: ${first.detail}`,
      at: 'towards a block of addresses no name can be resolved',
      effect: 'What the port was to allow is dropped; of a rule that has named ports only, nothing is left.',
      help: 'Write the number of the port.',
      passes: 'no named port stands beside a block of addresses',
    })
  },
})
