import { defineCheck } from '#joints/define.ts'
import { vpcCniKinds } from '#joints/vpc-cni.ts'
import { instanceId } from '#model/instance-id.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { platformOfNode } from '#network/aws/platform.ts'
import { clusterOf } from '../branch-interface.ts'
import { eniConfigOf } from '../eni-config.ts'
import { clusterVpc } from '../pod-interfaces.ts'

export default defineCheck({
  id: 'security-groups-for-pods/trunk-differs-from-eni-config',
  title: 'The trunk interface of a node has another subnet or other groups than its ENIConfig',
  severity: 'medium',
  since: '0.1.0',
  subject: 'k8s/Node',
  reads: [...vpcCniKinds, 'aws/ec2/NetworkInterface', 'aws/eks/Cluster', 'k8s/ENIConfig'],
  sources: [
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/provider/branch/trunk/trunk.go',
    'https://docs.aws.amazon.com/eks/latest/userguide/cni-custom-network.html',
  ],

  test({ subject: node, world }) {
    const instance = instanceId(node.body)
    if (platformOfNode(node.body) !== 'ec2' || instance === undefined) return skip('nodes of this sort have no trunk interface')
    const config = eniConfigOf(world, node)
    if (config === undefined) return skip('its interfaces are made by no ENIConfig')
    const within = clusterVpc(world, clusterOf(node.scope))
    const attached = world.where('aws/ec2/NetworkInterface', 'instance', instance, within)
    const trunk = attached.find(({ body }) => body.InterfaceType === 'trunk')
    if (trunk === undefined) return skip('the node has no trunk interface')
    const { subnet, securityGroups = [] } = config.body.spec ?? {}
    const groups = (trunk.body.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? [])
    const hasSubnet = subnet === undefined || trunk.body.SubnetId === subnet
    const hasGroups =
      securityGroups.length === 0 ||
      (new Set([...groups, ...securityGroups]).size === new Set(groups).size && groups.length === new Set(securityGroups).size)
    if (hasSubnet && hasGroups)
      return pass(trunk.at(['NetworkInterfaceId'], 'it is as the ENIConfig says'), config.at(['metadata', 'name'], 'this one'))
    return fail({
      message: `the trunk interface of node ${node.body.metadata.name} has ${hasSubnet ? 'other groups' : 'another subnet'} than ENIConfig ${config.id} says`,
      evidence: [
        hasSubnet ? trunk.at(['Groups'], 'the trunk interface has these') : trunk.at(['SubnetId'], 'the trunk interface is in this subnet'),
        config.at(['spec', hasSubnet ? 'securityGroups' : 'subnet'], 'the ENIConfig says this'),
        node.at(['metadata', 'name'], 'of this node'),
      ],
      effect:
        'A trunk interface is made once and never changed. Branch interfaces are made in the subnet that the ENIConfig says now, beside a trunk that stands in another.',
      help: 'Replace the node: drain it, and let its group start another.',
    })
  },
})
