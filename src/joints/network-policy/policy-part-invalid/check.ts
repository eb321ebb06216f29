import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { problemVerdict } from '../policy-problems.ts'

export default defineCheck({
  id: 'network-policy/policy-part-invalid',
  title: 'A policy has a part that no engine can read',
  severity: 'high',
  since: '0.1.0',
  subject: [
    'k8s/NetworkPolicy',
    'k8s/ApplicationNetworkPolicy',
    'k8s/networking.k8s.aws/ClusterNetworkPolicy',
    'k8s/policy.networking.k8s.io/ClusterNetworkPolicy',
    'k8s/AdminNetworkPolicy',
    'k8s/BaselineAdminNetworkPolicy',
  ],
  reads: policyLayerKinds,
  sources: [
    'https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/',
    'https://network-policy-api.sigs.k8s.io/reference/spec/',
  ],

  test({ subject, world }) {
    return problemVerdict(world, subject)
  },
})
