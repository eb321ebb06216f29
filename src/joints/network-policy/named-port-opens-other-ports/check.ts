import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'

export default defineCheck({
  id: 'network-policy/named-port-opens-other-ports',
  title: 'A named port opens the numbers of other pods as well',
  severity: 'medium',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy'],
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'named-port-union', {
      message: (first, name) => `${name} opens more ports than it names: ${first.detail}`,
      at: 'the named port is under this rule',
      effect: 'Each pod that the policy selects accepts the numbers of all the others, whatever listens there.',
      help: 'Give the port one number on all pods that the policy selects, or write a policy for each group of pods that agree.',
      passes: 'no named port has several numbers on the pods that it selects',
    })
  },
})
