import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { familyVerdict } from '../foreign-blocks.ts'

export default defineCheck({
  id: 'network-policy/rule-of-other-family',
  title: 'A rule names addresses of the family that the cluster does not use',
  severity: 'low',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy', 'k8s/networking.k8s.aws/ClusterNetworkPolicy'],
  reads: policyLayerKinds,
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html'],

  test({ subject, world }) {
    return familyVerdict(world, subject)
  },
})
