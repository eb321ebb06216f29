import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { freeOn, missingPods } from '../capacity.ts'
import { branchInterfacesOf, eligibleNodes } from '../eligible-nodes.ts'
import { runsOnFargate } from '../fargate.ts'
import { branchSubnetOf, nodeSubnetKinds } from '../node-subnet.ts'
import { clusterVpc } from '../pod-interfaces.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/subnet-addresses-exhausted',
  title: 'The subnets in which branch interfaces are made have no addresses left for them',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, ...nodeSubnetKinds, 'aws/ec2/Subnet', 'k8s/Node'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    if (runsOnFargate(workload)) return skip('its pods run on Fargate')
    const nodes = eligibleNodes(world, workload).filter(node => branchInterfacesOf(node) > 0 && freeOn(world, node) > 0)
    if (nodes.length === 0) return skip('no node that fits has a branch interface left')
    const within = clusterVpc(world, workload.cluster)
    const places = new Map(nodes.map(node => branchSubnetOf(world, node)).map(place => [place.id, place]))
    const subnets = [...places.values()].flatMap(place =>
      world.where('aws/ec2/Subnet', 'id', place.id, within).map(subnet => ({ subnet, place, left: addressesLeft(subnet) })),
    )
    const [first, ...others] = subnets
    if (first === undefined) return skip('the subnets of the nodes are not in the VPC of the cluster')
    const wanted = Math.max(1, missingPods(workload))
    const left = subnets.reduce((sum, item) => sum + item.left, 0)
    const counts = [first, ...others].slice(0, 3).map(item => item.subnet.at(['AvailableIpAddressCount'], 'addresses that are left'))
    if (wanted <= left) return pass(...counts)
    return fail({
      message: `${workload.name} needs ${wanted} address${wanted === 1 ? '' : 'es'} for branch interfaces, and ${subnets.map(({ subnet }) => subnet.body.SubnetId).join(', ')} ha${subnets.length === 1 ? 's' : 've'} ${left} left`,
      evidence: [
        first.subnet.at(['AvailableIpAddressCount'], 'addresses that are left'),
        ...counts.slice(1),
        first.place.at,
        ...others.slice(0, 2).map(({ place }) => place.at),
      ],
      effect:
        'EC2 refuses the interface (InsufficientFreeAddressesInSubnet), and new pods stay in ContainerCreating. Subnets with the tag kubernetes.io/role/cni are no help: branch interfaces are made in the subnet of the node.',
      help: 'Free addresses (WARM_IP_TARGET in place of WARM_ENI_TARGET), add a secondary CIDR block with larger subnets, and place nodes or ENIConfigs there.',
    })
  },
})

/** EC2 counts them; what declares a subnet does not. */
function addressesLeft({ kind, id, body }: Resource<'aws/ec2/Subnet'>): number {
  if (body.AvailableIpAddressCount !== undefined) return body.AvailableIpAddressCount
  throw new Unread({ kind, id, reason: 'it does not say how many addresses are left: it was not read from EC2' })
}
