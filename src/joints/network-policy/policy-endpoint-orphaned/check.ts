import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { orphanVerdict } from '../policy-endpoints.ts'

export default defineCheck({
  id: 'network-policy/policy-endpoint-orphaned',
  title: 'A deleted policy is still enforced',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/PolicyEndpoint',
  reads: [...policyLayerKinds, 'k8s/PolicyEndpoint'],
  sources: ['https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/policyendpoints/manager.go'],

  test({ subject, world }) {
    return orphanVerdict(world, subject)
  },
})
