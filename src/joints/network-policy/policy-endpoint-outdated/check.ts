import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { endpointVerdict } from '../policy-endpoints.ts'

export default defineCheck({
  id: 'network-policy/policy-endpoint-outdated',
  title: 'What is enforced is not what the policy says now',
  severity: 'high',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy'],
  reads: [...policyLayerKinds, 'k8s/PolicyEndpoint'],
  sources: [
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/api/v1alpha1/policyendpoint_types.go',
    'https://docs.aws.amazon.com/eks/latest/userguide/network-policies-troubleshooting.html',
  ],

  test({ subject, world }) {
    return endpointVerdict(world, subject)
  },
})
