import { defineCheck } from '#joints/define.ts'
import { policyLayerKinds } from '#joints/policy-layer.ts'
import { deviationVerdict } from '../deviation-verdict.ts'
import { numbersForNames } from '../named-port-numbers.ts'

export default defineCheck({
  id: 'network-policy/named-port-crashes-controller',
  title: 'A named port stops the controller, and no policy is resolved any more',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/networking.k8s.aws/ClusterNetworkPolicy',
  reads: policyLayerKinds,
  sources: [
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/clusternetworkpolicy_resolver.go',
    'https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go',
  ],

  test({ subject, world }) {
    return deviationVerdict(world, subject, 'named-port-crashes-controller', {
      message: (_, name) => `${name} has a named port, at which the controller that resolves all policies crashes`,
      at: 'this rule has a named port',
      effect:
        'The controller follows a nil pointer and starts over, again and again: no NetworkPolicy of the cluster is resolved any more, new pods get none and deleted rules stay.',
      concernsAll: true,
      fix: (found, policies) => numbersForNames(policies, found),
      help: 'Replace namedPort by portNumber with the protocol and the number.',
      passes: 'no rule has a named port that the controller resolves',
    })
  },
})
