import { perWorld } from '#joints/per-world.ts'
import { instanceId } from '#model/instance-id.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from './branch-interface.ts'
import { clusterVpc, type NetworkInterface } from './pod-interfaces.ts'

export const nodeInterfaceKinds = ['aws/ec2/NetworkInterface', 'aws/eks/Cluster', 'k8s/Node'] as const
type InterfaceReader = Reader<(typeof nodeInterfaceKinds)[number]>

/**
 * The interfaces of a node that are its own: branch interfaces are of pods.
 * @throws Unread when the cluster, or the interfaces of its VPC, were not read
 */
export function ownInterfaces(world: InterfaceReader, { scope, body }: Resource<'k8s/Node'>): readonly NetworkInterface[] {
  const instance = instanceId(body)
  const within = clusterVpc(world, clusterOf(scope))
  const attached = instance === undefined ? [] : world.where('aws/ec2/NetworkInterface', 'instance', instance, within)
  return attached.filter(item => item.body.InterfaceType !== 'branch')
}

/** What interfaces of nodes have, each with a place that says so. */
export interface NodeInterfaces {
  readonly groups: ReadonlyMap<string, Evidence>
  readonly subnets: ReadonlyMap<string, Evidence>
}

/** Of the nodes and interfaces that were seen: it proves that a group or a subnet is of nodes, never that it is of none. */
const seen = perWorld((world: InterfaceReader): NodeInterfaces => {
  const instances = new Set(world.seen('k8s/Node').flatMap(({ body }) => instanceId(body) ?? []))
  const groups = new Map<string, Evidence>()
  const subnets = new Map<string, Evidence>()
  for (const item of world.seen('aws/ec2/NetworkInterface')) {
    const { Attachment, Groups = [], SubnetId } = item.body
    if (Attachment?.InstanceId === undefined || !instances.has(Attachment.InstanceId)) continue
    if (SubnetId !== undefined && !subnets.has(SubnetId)) subnets.set(SubnetId, item.at(['SubnetId'], 'an interface of a node stands here'))
    for (const [index, { GroupId }] of Groups.entries())
      if (GroupId !== undefined && !groups.has(GroupId))
        groups.set(GroupId, item.at(['Groups', index, 'GroupId'], 'an interface of a node has it'))
  }
  return { groups, subnets }
})

/** Where an interface of a node has the group; undefined only where surely none has. */
export const groupOfNodes = (world: InterfaceReader, group: Resource<'aws/ec2/SecurityGroup'>): Evidence | undefined =>
  seen(world).groups.get(group.body.GroupId) ?? none(world, group)

/** Where an interface of a node stands in one of the subnets; undefined only where surely none does. */
export const subnetOfNodes = (
  world: InterfaceReader,
  acl: Resource<'aws/ec2/NetworkAcl'>,
  subnets: readonly string[],
): Evidence | undefined => subnets.flatMap(id => seen(world).subnets.get(id) ?? [])[0] ?? none(world, acl)

/**
 * Nodes stand in the VPC of their cluster: nothing of another has to be read. https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
 * @throws Unread when there may be nodes that were not read, or interfaces of its VPC
 */
function none(world: InterfaceReader, { id, body }: Resource<'aws/ec2/SecurityGroup'> | Resource<'aws/ec2/NetworkAcl'>): undefined {
  const [, , , region = '', account = ''] = id.split(':')
  const vpcs = world.seen('aws/eks/Cluster').map(cluster => cluster.body.resourcesVpcConfig?.vpcId)
  if (body.VpcId !== undefined && vpcs.length > 0 && !vpcs.includes(undefined) && !vpcs.includes(body.VpcId)) return undefined
  world.list('k8s/Node')
  world.list('aws/ec2/NetworkInterface', { account, region, ...(body.VpcId === undefined ? {} : { vpc: body.VpcId }) })
}
