import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { strictModeVerdict } from '../strict-mode.ts'

export default defineCheck({
  id: 'network-policy/strict-mode-closes-pods',
  title: 'Pods are closed because strict mode waits for a policy that does not exist',
  severity: 'high',
  severities: ['critical'],
  since: '0.1.0',
  subject: 'workload',
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/amazon-vpc-cni-k8s#network_policy_enforcing_mode-v1171',
    'https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html',
  ],

  test({ subject, world }) {
    return strictModeVerdict(world, subject)
  },
})
