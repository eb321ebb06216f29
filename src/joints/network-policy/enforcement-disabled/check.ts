import { defineCheck } from '#joints/define.ts'
import { policyEngineKinds } from '#joints/policy-engine.ts'
import { enforcementVerdict } from '../enforcement.ts'

export default defineCheck({
  id: 'network-policy/enforcement-disabled',
  title: 'Network policies exist and nothing enforces them',
  severity: 'critical',
  since: '0.1.0',
  subject: ['k8s/DaemonSet', 'aws/eks/Cluster'],
  reads: policyEngineKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html',
    'https://github.com/aws/amazon-vpc-cni-k8s/tree/master/charts/aws-vpc-cni',
  ],

  test({ subject, world }) {
    return enforcementVerdict(world, subject)
  },
})
