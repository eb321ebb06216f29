import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { ownNodeVerdict } from '../own-node.ts'

export default defineCheck({
  id: 'network-policy/own-node-always-open',
  title: 'Pods reach a sensitive port of their own node whatever policies say',
  severity: 'low',
  since: '0.1.0',
  subject: 'workload',
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/aws-network-policy-agent/blob/main/pkg/ebpf/bpf_client.go',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject, world }) {
    return ownNodeVerdict(world, subject)
  },
})
