import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { allocatablePath, branchInterfacesOf, eligibleNodes, instanceType, namesOf } from '../eligible-nodes.ts'
import { runsOnFargate } from '../fargate.ts'
import { interfaceLimits } from '../interface-limits.ts'
import { trunkEvidenceKinds, whyNoTrunk } from '../trunk-evidence.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/trunk-not-attached',
  title: 'No node that pods of a SecurityGroupPolicy may run on has a trunk interface',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, ...trunkEvidenceKinds, 'k8s/Node'],
  sources: [
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/docs/troubleshooting.md',
    'https://github.com/aws/amazon-vpc-cni-k8s#enable_pod_eni-v170',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    if (runsOnFargate(workload)) return skip('its pods run on Fargate')
    // Of a type that cannot have one security-groups-for-pods/instance-type-unsupported speaks.
    const nodes = eligibleNodes(world, workload).filter(node => interfaceLimits(instanceType(node) ?? '')?.branch !== 0)
    const [first] = nodes
    if (first === undefined) return skip('no node fits the workload that could have a trunk interface')
    const able = nodes.find(node => branchInterfacesOf(node) > 0)
    if (able !== undefined) return pass(able.at(allocatablePath, 'this node offers branch interfaces'))
    const [policy] = selected.policies
    return fail({
      message: `policy ${policy.id} selects ${workload.name}, and no node that it may run on has a trunk interface: ${namesOf(nodes)}`,
      evidence: [
        first.at(['status', 'allocatable'], 'no vpc.amazonaws.com/pod-eni here'),
        ...nodes.slice(0, 3).flatMap(node => whyNoTrunk(world, node)),
        policy.at(['metadata', 'name'], 'this policy is to give the pods their groups'),
      ],
      effect: 'New pods of the workload stay Pending (Insufficient vpc.amazonaws.com/pod-eni).',
      help: 'See kubectl describe cninode and node: the feature SecurityGroupsForPods must be there, one network interface of the instance be free, and the role of the cluster allowed to make interfaces. Nodes that were full when ENABLE_POD_ENI was set must be replaced.',
    })
  },
})
