import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { priorityVerdict } from '../shared-priority.ts'

export default defineCheck({
  id: 'network-policy/priority-shared',
  title: 'Two ClusterNetworkPolicies of one priority contradict each other',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/networking.k8s.aws/ClusterNetworkPolicy',
  reads: policyLayerKinds,
  sources: [
    'https://network-policy-api.sigs.k8s.io/reference/spec/',
    'https://github.com/aws/aws-network-policy-agent/tree/main/pkg/ebpf/c',
  ],

  test({ subject, world }) {
    return priorityVerdict(world, subject)
  },
})
