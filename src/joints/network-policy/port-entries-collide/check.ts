import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { apart } from '../rules-apart.ts'

export default defineCheck({
  id: 'network-policy/port-entries-collide',
  title: 'Ports of one rule are replaced by those of another',
  severity: 'high',
  severities: ['critical'],
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy', 'k8s/networking.k8s.aws/ClusterNetworkPolicy'],
  reads: policyLayerKinds,
  sources: ['https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/policyendpoints/manager.go'],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'port-collision', {
      message: (first, name) =>
        first.at.kind === 'k8s/networking.k8s.aws/ClusterNetworkPolicy'
          ? `${name} has ports that are not enforced: ${first.detail}`
          : `${name} has ports that are not enforced: to the controller they read like those of another rule, which replace them`,
      at: 'the ports of this rule are replaced',
      with: 'by those of this one',
      effect: first =>
        first.error === 'opens' ? 'The ports that the first rule denies stay open.' : 'The ports that the first rule allows are dropped.',
      fix: (found, policies) => apart(policies, found),
      help: 'Put both into the ports of one rule, or give one of the rules a policy of its own.',
      passes: 'no ports are filed like those of another rule',
      severity: found => (found.some(({ error }) => error === 'opens') ? 'critical' : undefined),
    })
  },
})
