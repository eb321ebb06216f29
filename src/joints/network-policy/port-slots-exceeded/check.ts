import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'

export default defineCheck({
  id: 'network-policy/port-slots-exceeded',
  title: 'More ports for one peer than the agent can hold',
  severity: 'high',
  severities: ['critical'],
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy', 'k8s/networking.k8s.aws/ClusterNetworkPolicy'],
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/aws-network-policy-agent/blob/main/pkg/utils/utils.go',
    'https://github.com/aws/aws-network-policy-agent/tree/main/pkg/ebpf/c',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'port-slots', {
      message: (first, name) => `${name} has more ports for one peer than are enforced: ${first.detail}`,
      at: 'its entries are among those that are drawn',
      with: 'so are those of this rule',
      effect: first =>
        first.error === 'closes'
          ? 'Some of the allowed ports are dropped, and which ones changes whenever a policy or a pod changes.'
          : 'Among the entries are some that deny: those that are not drawn let through what they deny.',
      help: 'Join neighbouring ports to ranges, or drop the ports of rules that admit everybody anyway: at most 24 entries for one address, those of containing blocks and of other policies included.',
      passes: 'no peer has more than 24 entries of ports',
      severity: found => (found.some(({ error }) => error !== 'closes') ? 'critical' : undefined),
    })
  },
})
