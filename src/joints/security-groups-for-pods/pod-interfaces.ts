import { Unread } from '#base/errors.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf, interfacesOf } from './branch-interface.ts'

export type NetworkInterface = Resource<'aws/ec2/NetworkInterface'>
type Pod = Resource<'k8s/Pod'>
type InterfaceReader = Reader<'aws/ec2/NetworkInterface' | 'aws/eks/Cluster'>

/** Account, region and VPC of a cluster: where its interfaces, subnets and route tables are. */
export interface ClusterVpc {
  readonly account: string
  readonly region: string
  readonly vpc: string
}

/** @throws Unread when the cluster was not read, or names no VPC */
export function clusterVpc(world: Reader<'aws/eks/Cluster'>, name: string): ClusterVpc {
  const cluster = eksCluster(world, name)
  if (cluster === undefined) throw new Unread(whyNoCluster(world, name))
  const [, , , region = '', account = ''] = cluster.id.split(':')
  const vpc = cluster.body.resourcesVpcConfig?.vpcId
  if (vpc !== undefined) return { account, region, vpc }
  throw new Unread({ kind: cluster.kind, id: cluster.id, reason: 'the cluster names no VPC' })
}

/**
 * The branch interfaces of a pod as EC2 knows them; none while it has none, or when EC2 does not know them.
 * @throws Unread when the interfaces of the VPC were not all read
 */
export function branchInterfaces(world: InterfaceReader, pod: Pod): readonly NetworkInterface[] {
  const ids = interfacesOf(pod) ?? []
  if (ids.length === 0) return []
  const within = clusterVpc(world, clusterOf(pod.scope))
  return ids.flatMap(id => world.where('aws/ec2/NetworkInterface', 'id', id, within))
}
