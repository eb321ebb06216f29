import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { isFelt } from '../felt-deviations.ts'
import { policyName } from '../deviation-verdict.ts'
import { intoAdminTier } from '../policy-rewrites.ts'

export default defineCheck({
  id: 'network-policy/baseline-deny-lifted',
  title: 'A Baseline Deny is lifted by a NetworkPolicy of the other direction',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/networking.k8s.aws/ClusterNetworkPolicy',
  reads: policyLayerKinds,
  sources: [
    'https://network-policy-api.sigs.k8s.io/reference/spec/',
    'https://github.com/aws/aws-network-policy-agent/tree/main/pkg/ebpf/c',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'baseline-lifted-by-other-direction', {
      message: (first, name) =>
        `${name} denies ${first.direction ?? 'traffic'} as a baseline, and ${first.with.map(policyName).join(' and ')} lifts it without speaking of ${first.direction ?? 'it'}`,
      at: 'this Deny of the baseline is not asked',
      with: 'this policy is for the other direction alone',
      effect:
        'The pods that the other policy selects may do what the baseline denies; pods without any policy may not, which is the opposite of what both read like.',
      fix: ({ 0: first }, policies) => intoAdminTier(policies, first.at.id),
      help: 'Say in the NetworkPolicy what the baseline says, with both directions in policyTypes, or move the ClusterNetworkPolicy to the Admin tier.',
      counts: (deviation, policies) => isFelt(policies, deviation),
      passes: 'no policy of the other direction lifts what it denies',
    })
  },
})
