import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { platformOfNode } from '#network/aws/platform.ts'
import { clusterOf } from '../branch-interface.ts'
import { allocatablePath, branchInterfacesOf, ec2Nodes, instanceType, instanceTypePath } from '../eligible-nodes.ts'
import { interfaceLimits } from '../interface-limits.ts'
import { trunkEvidenceKinds, whyNoTrunk } from '../trunk-evidence.ts'

export default defineCheck({
  id: 'security-groups-for-pods/node-lacks-trunk',
  title: 'A node has no trunk interface, though its type can have one and other nodes do',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/Node',
  reads: trunkEvidenceKinds,
  sources: [
    'https://github.com/aws/amazon-vpc-cni-k8s#enable_pod_eni-v170',
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/docs/troubleshooting.md',
  ],

  test({ subject: node, world }) {
    if (platformOfNode(node.body) !== 'ec2') return skip('nodes of this sort have no trunk interface')
    const limits = interfaceLimits(instanceType(node) ?? '')
    if (limits === undefined || limits.branch === 0) return skip('the type of the node is not known to have branch interfaces')
    if (branchInterfacesOf(node) > 0) return pass(node.at(allocatablePath, 'the node has a trunk interface'))
    const other = ec2Nodes(world, clusterOf(node.scope)).find(
      item => item.body.status?.allocatable !== undefined && branchInterfacesOf(item) > 0,
    )
    if (other === undefined) return skip('no node of the cluster has a trunk interface')
    return fail({
      message: `node ${node.body.metadata.name} has no trunk interface, and other nodes of the cluster do`,
      evidence: [
        node.at(['status', 'allocatable'], 'no vpc.amazonaws.com/pod-eni here'),
        node.at(instanceTypePath, `this type has ${limits.branch} branch interfaces`),
        ...whyNoTrunk(world, node),
        other.at(allocatablePath, 'this node has them'),
      ],
      effect: 'No pod with groups of its own is placed on this node, and the others fill up sooner.',
      help: 'See kubectl describe cninode and node. A node whose interfaces were all taken when ENABLE_POD_ENI was set gets its trunk when it is replaced.',
    })
  },
})
