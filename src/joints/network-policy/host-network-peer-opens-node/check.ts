import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { isNarrow } from '../narrow-peers.ts'

export default defineCheck({
  id: 'network-policy/host-network-peer-opens-node',
  title: 'A peer selects pods of the host network, and with them whole nodes',
  severity: 'medium',
  since: '0.1.0',
  subject: ['k8s/NetworkPolicy', 'k8s/ApplicationNetworkPolicy', 'k8s/networking.k8s.aws/ClusterNetworkPolicy'],
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'host-network-peer', {
      message: (first, name) => `${name} names whole nodes as its peers: ${first.detail}`,
      at: 'this selects pods of the host network',
      effect: first =>
        first.error === 'opens'
          ? 'Whatever runs in the network of those nodes, and what is translated to their address, counts as the peer.'
          : 'Whatever runs in the network of those nodes is denied, not the selected pods alone.',
      counts: (deviation, policies) => isNarrow(policies, deviation),
      help: 'Take the pods off the host network, or select peers whose labels pods of the host network do not have.',
      passes: 'no peer that it selects by labels is on the host network',
      lists: ['nodes'],
    })
  },
})
