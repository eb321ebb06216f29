import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'

export default defineCheck({
  id: 'network-policy/service-port-bypass',
  title: 'The end of a range opens other ports of a Service',
  severity: 'medium',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy', 'k8s/networking.k8s.aws/ClusterNetworkPolicy'],
  reads: policyLayerKinds,
  sources: ['https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go'],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'service-port-bypass', {
      message: (first, name) => `${name} opens ports of a Service that it does not allow on its pods: ${first.detail}`,
      at: 'the range is under this peer',
      with: 'this Service is opened',
      effect: 'Pods reach a port behind the Service that the rule does not name.',
      help: 'Write single ports, or ranges whose ends lie before the other ports of the Service.',
      passes: 'no range reaches further on a Service than on its pods',
      lists: ['services'],
    })
  },
})
