import { perWorld } from '#joints/per-world.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { clusterVpc, type NetworkInterface } from '../pod-interfaces.ts'

/** The controller tags what it makes. https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/config/type.go */
const owner = { key: 'eks:eni:owner', value: 'eks-vpc-resource-controller' }

export default defineCheck({
  id: 'security-groups-for-pods/branch-interface-leaked',
  title: 'Branch interfaces are left over that no node holds',
  severity: 'low',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/ec2/NetworkInterface'],
  sources: [
    'https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/provider/branch/trunk/trunk.go',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html',
  ],

  test({ subject: cluster, world }) {
    const within = clusterVpc(world, cluster.body.name)
    world.list('aws/ec2/NetworkInterface', within)
    const own = ofController(world).get(cluster.body.name) ?? []
    const [any] = own
    if (any === undefined) return skip('the controller has made no interface for this cluster')
    const [first, ...more] = own.filter(({ body }) => body.Status === 'available')
    if (first === undefined) return pass(...own.slice(0, 3).map(item => item.at(['NetworkInterfaceId'], 'in use')))
    return fail({
      message: `${more.length + 1} network interface${more.length === 0 ? '' : 's'} that the VPC resource controller made for cluster ${cluster.body.name} ${more.length === 0 ? 'is' : 'are'} held by no node`,
      evidence: [
        first.at(['Status'], 'no instance or trunk interface holds it'),
        ...more.slice(0, 3).map(item => item.at(['Status'], 'nor this')),
      ],
      effect:
        'Each keeps an address of its subnet and its security groups from being deleted. The controller looks for such interfaces by itself, so they should be gone in an hour.',
      help: 'Look again in an hour; then delete them with aws ec2 delete-network-interface.',
    })
  },
})

const ofController = perWorld((world: Reader<'aws/ec2/NetworkInterface'>): ReadonlyMap<string, readonly NetworkInterface[]> => {
  const owned = world
    .seen('aws/ec2/NetworkInterface')
    .filter(({ body }) => (body.TagSet ?? []).some(({ Key, Value }) => Key === owner.key && Value === owner.value))
  return Map.groupBy(owned, ({ body }) => clusterTag(body) ?? '')
})

const clusterTag = ({ TagSet = [] }: NetworkInterface['body']): string | undefined =>
  TagSet.find(({ Key }) => Key?.startsWith('kubernetes.io/cluster/') === true)?.Key?.slice('kubernetes.io/cluster/'.length)
