import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { isFelt } from '../felt-deviations.ts'
import { losesPorts, widestFirst } from '../policy-rewrites.ts'

export default defineCheck({
  id: 'network-policy/deny-range-dropped',
  title: 'A range of ports is dropped because an earlier rule begins with the same port',
  severity: 'critical',
  severities: ['high'],
  since: '0.1.0',
  subject: 'k8s/networking.k8s.aws/ClusterNetworkPolicy',
  reads: policyLayerKinds,
  sources: ['https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/clusternetworkpolicy_resolver.go'],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'deny-range-dropped', {
      message: (first, name) => `${name} has a range of ports that the engine drops: ${first.detail}`,
      at: 'this range is not enforced',
      with: 'this rule begins with the same port and stays',
      effect: first =>
        first.error === 'opens'
          ? 'The ports of the range but its first stay open, although a rule denies them.'
          : 'The ports of the range but its first are not accepted here, although a rule accepts them.',
      counts: (deviation, policies) => losesPorts(policies, deviation) && isFelt(policies, deviation),
      fix: (found, policies) => widestFirst(policies, found),
      help: 'Put the rule with the widest range first, or give it a ClusterNetworkPolicy of its own with the same tier, priority and subject.',
      passes: 'no range is taken for an earlier port',
      severity: found => (found.some(({ error }) => error === 'opens') ? 'critical' : 'high'),
    })
  },
})
