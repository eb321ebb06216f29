import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { isFelt } from '../felt-deviations.ts'
import { unjoin } from '../policy-rewrites.ts'

export default defineCheck({
  id: 'network-policy/deny-narrowed-to-ports',
  title: 'A rule for all ports works for a few ports only',
  severity: 'critical',
  severities: ['high'],
  since: '0.1.0',
  subject: 'k8s/networking.k8s.aws/ClusterNetworkPolicy',
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/clusternetworkpolicy_resolver.go',
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/policyendpoints/manager.go',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'deny-narrowed-to-ports', {
      message: (first, name) => `${name} has a rule for all ports that is enforced for a few only: ${first.detail}`,
      at: 'this rule is for all ports',
      with: 'of the two, only what this one says is left',
      effect: first =>
        first.error === 'opens'
          ? 'Every other port stays open to these peers, although the policy reads as if nothing got through.'
          : 'Every other port is no longer accepted here, and what a later tier says of it counts.',
      fix: (found, policies) => unjoin(policies, found),
      help: 'Give the rule for all ports a ClusterNetworkPolicy of its own, with the same tier, priority and subject.',
      counts: (deviation, policies) => isFelt(policies, deviation),
      passes: 'no rule for all ports is joined with one for a few',
      severity: found => (found.some(({ error }) => error === 'opens') ? 'critical' : 'high'),
    })
  },
})
