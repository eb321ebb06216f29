import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { policyApiVerdict } from '../policy-api.ts'

export default defineCheck({
  id: 'network-policy/policy-api-not-enforced',
  title: 'A policy is written for an API that the engine of this cluster does not read',
  severity: 'critical',
  since: '0.1.0',
  subject: [
    'k8s/policy.networking.k8s.io/ClusterNetworkPolicy',
    'k8s/AdminNetworkPolicy',
    'k8s/BaselineAdminNetworkPolicy',
    'k8s/networking.k8s.aws/ClusterNetworkPolicy',
    'k8s/ApplicationNetworkPolicy',
  ],
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/amazon-network-policy-controller-k8s/tree/main/api/v1alpha1',
    'https://network-policy-api.sigs.k8s.io/reference/spec/',
    'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
  ],

  test({ subject, world }) {
    return policyApiVerdict(world, subject)
  },
})
