import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { unenforcedVerdict } from '../unenforced-pods.ts'

export default defineCheck({
  id: 'network-policy/pod-not-enforced',
  title: 'A policy selects pods on which nothing enforces it',
  severity: 'high',
  severities: ['medium'],
  since: '0.1.0',
  subject: 'workload',
  reads: policyLayerKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject, world }) {
    return unenforcedVerdict(world, subject)
  },
})
