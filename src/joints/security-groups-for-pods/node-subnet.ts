import { Unread } from '#base/errors.ts'
import { perWorld } from '#joints/per-world.ts'
import { instanceOf } from '#joints/node-instance.ts'
import { vpcCniKinds, type VpcCniReader } from '#joints/vpc-cni.ts'
import type { Evidence } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Node } from './eligible-nodes.ts'
import { eniConfigOf } from './eni-config.ts'

export const nodeSubnetKinds = [...vpcCniKinds, 'aws/ec2/Instance', 'aws/eks/Cluster', 'k8s/ENIConfig'] as const
type SubnetReader = VpcCniReader & Reader<(typeof nodeSubnetKinds)[number]>

/**
 * The subnet in which branch interfaces of a node are made, and what says so: that of its ENIConfig with custom networking, else its own.
 * https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/aws/ec2/instance.go
 * @throws Unread when the node's instance or the configuration of the VPC CNI was not read
 */
export function branchSubnetOf(world: SubnetReader, node: Node): BranchSubnet {
  const known = subnets(world).get(node) ?? findSubnet(world, node)
  subnets(world).set(node, known)
  return known
}

interface BranchSubnet {
  readonly id: string
  readonly at: Evidence
}

/** Each workload asks of every node that it fits. */
const subnets = perWorld((_world: SubnetReader) => new Map<Node, BranchSubnet>())

function findSubnet(world: SubnetReader, node: Node): BranchSubnet {
  const config = eniConfigOf(world, node)
  const own = config?.body.spec?.subnet
  if (config !== undefined && own !== undefined)
    return { id: own, at: config.at(['spec', 'subnet'], 'branch interfaces are made in this subnet') }
  const instance = instanceOf(world, node)
  const id = instance?.body.SubnetId
  if (instance !== undefined && id !== undefined)
    return { id, at: instance.at(['SubnetId'], 'branch interfaces are made in the subnet of the node') }
  throw new Unread({
    kind: 'aws/ec2/Instance',
    reason: 'no instance was found for a node',
    settle: { by: 'iam', action: 'ec2:DescribeInstances' },
  })
}
