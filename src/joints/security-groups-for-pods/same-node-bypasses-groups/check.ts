import { defineCheck } from '#joints/define.ts'
import { networkInputKinds } from '#joints/network-input.ts'
import { networkOf } from '#joints/network.ts'
import { podsOfWorkload } from '#joints/pod-sorts.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { enforcingOf } from '../enforcing-mode.ts'
import { runsOnFargate } from '../fargate.ts'
import { neighbourOf, isolatingPolicies } from '../neighbours.ts'
import { selectedBy } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/same-node-bypasses-groups',
  title: 'Only security groups keep other pods out, and in standard mode none filters on one node',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: networkInputKinds,
  sources: [
    'https://github.com/aws/amazon-vpc-cni-k8s#pod_security_group_enforcing_mode-v1110',
    'https://docs.aws.amazon.com/eks/latest/best-practices/sgpp.html',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    if (runsOnFargate(workload)) return skip('its pods run on Fargate, where each has a node of its own')
    const enforcing = enforcingOf(world, workload.cluster)
    if (enforcing === undefined) return skip('the cluster does not run the VPC CNI')
    if (enforcing.mode === 'strict') return pass(enforcing.at)
    const view = networkOf(world, workload.cluster)
    const [pod] = podsOfWorkload(world, workload).pods
    if (pod === undefined) return skip('it has no pods')
    const closing = isolatingPolicies(view, pod)
    if (closing.length > 0) return pass(...closing.slice(0, 2), enforcing.at)
    const neighbour = neighbourOf(world, view, workload, pod)
    if (neighbour === undefined) return skip('no other pod that its groups keep out may share a node with it')
    const { other, traffic, because } = neighbour
    return fail({
      message: `${other.name} in ${other.namespace} reaches ${workload.name} in ${workload.namespace} at ${traffic.protocol} port ${traffic.port ?? ''} on one node, where its security groups, which keep it out elsewhere, do not filter`,
      evidence: [
        enforcing.at,
        workload.resource.at(['metadata', 'name'], 'no NetworkPolicy limits who connects to these pods'),
        selected.policies[0].at(['metadata', 'name'], 'only the groups of this policy do'),
        other.resource.at(['metadata', 'name'], because),
      ],
      effect:
        'Whoever is scheduled beside the pods reaches them at every port. Which pods these are changes with every rollout, so a test may find it closed.',
      help: 'Let a NetworkPolicy say who connects, which is enforced on one node as well; or keep others off its nodes by taints or required anti-affinity; or set POD_SECURITY_GROUP_ENFORCING_MODE to strict, after a look at what that cuts off.',
    })
  },
})
