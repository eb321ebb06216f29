import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { icmpVerdict } from '../icmp.ts'

export default defineCheck({
  id: 'network-policy/icmp-dropped',
  title: 'Messages about the path of clients are dropped by rules that have ports',
  severity: 'low',
  since: '0.1.0',
  subject: 'k8s/Service',
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/aws-network-policy-agent/tree/main/pkg/ebpf/c',
    'https://docs.aws.amazon.com/vpc/latest/userguide/path_mtu_discovery.html',
  ],

  test({ subject, world }) {
    return icmpVerdict(world, subject)
  },
})
