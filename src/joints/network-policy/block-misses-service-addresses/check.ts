import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { serviceBlockVerdict } from '../service-blocks.ts'

export default defineCheck({
  id: 'network-policy/block-misses-service-addresses',
  title: 'A block admits the pods of a Service but not its address',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/NetworkPolicy',
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject, world }) {
    return serviceBlockVerdict(world, subject)
  },
})
