import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { namedPortVerdict } from '../named-ports.ts'

export default defineCheck({
  id: 'network-policy/named-port-unresolved',
  title: 'A rule names a port that no container of its pods has',
  severity: 'medium',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy'],
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/k8s/pod_utils.go',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject, world }) {
    return namedPortVerdict(world, subject)
  },
})
