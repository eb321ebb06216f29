import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { fullerSelectors, isServiceClosed } from '../service-selectors.ts'

export default defineCheck({
  id: 'network-policy/service-selector-mismatch',
  title: 'An egress rule admits the pods of a Service but not its address',
  severity: 'high',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy', 'k8s/networking.k8s.aws/ClusterNetworkPolicy'],
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go',
    'https://github.com/aws/amazon-network-policy-controller-k8s/issues/224',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'service-selector-mismatch', {
      message: (first, name) => `${name} closes a Service whose pods it allows: ${first.detail}`,
      at: 'this peer selects the pods',
      with: 'this selector lacks labels that the peer asks for',
      effect: 'Connections by the name of the Service time out; to addresses of its pods they work.',
      fix: (found, policies) => fullerSelectors(policies, found),
      help: 'Select the peer by labels that stand in the selector of the Service.',
      counts: (deviation, policies) => isServiceClosed(policies, deviation),
      passes: 'Services whose pods its egress rules select carry the labels that the rules ask for',
      lists: ['services'],
    })
  },
})
