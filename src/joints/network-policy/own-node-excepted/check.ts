import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'

export default defineCheck({
  id: 'network-policy/own-node-excepted',
  title: 'The address of a node is an except, and its own pods lose it',
  severity: 'medium',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy'],
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/aws-network-policy-agent/tree/main/pkg/fwruleprocessor',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'own-node-excepted', {
      message: (first, name) => `${name} closes a node to its own pods: ${first.detail}`,
      at: 'the address of a node stands in this except',
      effect:
        'The kubelet of that node no longer reaches these pods: probes fail and the pods are restarted or taken out of their Services.',
      help: 'Leave addresses of nodes out of except, or except a block that contains them.',
      passes: 'no except is the address of a node that runs its pods',
    })
  },
})
