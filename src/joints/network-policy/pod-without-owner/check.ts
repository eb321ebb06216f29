import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { barePodVerdict } from '../bare-pods.ts'

export default defineCheck({
  id: 'network-policy/pod-without-owner',
  title: 'A policy selects a pod without an owner, on which AWS promises no enforcement',
  severity: 'low',
  since: '0.1.0',
  subject: 'workload',
  reads: policyLayerKinds,
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html'],

  test({ subject, world }) {
    return barePodVerdict(world, subject)
  },
})
