import { defineCheck } from '#joints/define.ts'
import { policyEngineKinds } from '#joints/policy-engine.ts'
import { twoEnginesVerdict } from '../enforcement.ts'

export default defineCheck({
  id: 'network-policy/two-engines-active',
  title: 'Two engines enforce network policies side by side',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/DaemonSet',
  reads: policyEngineKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
    'https://docs.aws.amazon.com/eks/latest/best-practices/network-security.html',
  ],

  test({ subject, world }) {
    return twoEnginesVerdict(world, subject)
  },
})
