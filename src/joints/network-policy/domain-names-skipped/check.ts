import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { isOnAutoMode } from '../auto-mode.ts'

export default defineCheck({
  id: 'network-policy/domain-names-skipped',
  title: 'Rules for domain names are skipped on nodes outside EKS Auto Mode',
  severity: 'high',
  since: '0.1.0',
  subject: ['k8s/ApplicationNetworkPolicy', 'k8s/networking.k8s.aws/ClusterNetworkPolicy'],
  reads: policyLayerKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html',
    'https://github.com/aws/aws-network-policy-agent/blob/main/controllers/policyendpoints_controller.go',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'domain-rule-skipped', {
      message: (first, name) => `${name} has rules for domain names that are not enforced: ${first.detail}`,
      at: 'these domain names are passed over',
      effect: first =>
        first.error === 'closes'
          ? 'Connections to these domains are dropped when nothing else allows them.'
          : 'What is said of these domains does not count.',
      counts: ({ pods }, policies) => pods.some(pod => !isOnAutoMode(policies, pod)),
      help: 'Run the pods on nodes of EKS Auto Mode, or allow the addresses of the domains as blocks.',
      passes: 'no rule names domains for pods outside EKS Auto Mode',
    })
  },
})
