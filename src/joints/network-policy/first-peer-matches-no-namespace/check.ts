import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { isFelt } from '../felt-deviations.ts'
import { livingPeerFirst } from '../policy-rewrites.ts'

export default defineCheck({
  id: 'network-policy/first-peer-matches-no-namespace',
  title: 'A rule is dropped because its first peer matches no namespace',
  severity: 'critical',
  severities: ['high'],
  since: '0.1.0',
  subject: 'k8s/networking.k8s.aws/ClusterNetworkPolicy',
  reads: policyLayerKinds,
  sources: ['https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/clusternetworkpolicy_resolver.go'],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'from-first-peer-only', {
      message: (first, name) => `${name} has a rule that the engine drops whole: ${first.detail}`,
      at: 'the first peer matches no namespace, and the rule goes with it',
      inside: ['from', 0],
      effect: first =>
        first.error === 'opens'
          ? 'The rule denies nobody: its other peers get through as if it were not there.'
          : 'The rule does nothing: its other peers are treated as if it were not there.',
      fix: (found, policies) => livingPeerFirst(policies, found),
      help: 'Give each peer a rule of its own, or put one whose namespaces exist first.',
      counts: (deviation, policies) => isFelt(policies, deviation),
      passes: 'the first peer of each ingress rule matches a namespace, or no other does',
      severity: found => (found.some(({ error }) => error === 'opens') ? 'critical' : 'high'),
    })
  },
})
