import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { listed } from '../rule-edits.ts'

export default defineCheck({
  id: 'network-policy/unlisted-direction-enforced',
  title: 'Rules of a direction that policyTypes does not list are enforced all the same',
  severity: 'medium',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy'],
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go',
    'https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'unlisted-direction-enforced', {
      message: (first, name) => `${name} closes a direction that it does not list: ${first.detail}`,
      at: 'by its policyTypes this rule means nothing',
      effect: 'Pods are closed in that direction but for these rules; on another engine the same policy leaves them open.',
      fix: (found, policies) => listed(policies, found),
      help: 'List the direction in policyTypes, or take its rules out.',
      passes: 'it lists every direction that it has rules for',
    })
  },
})
