import { Unread } from '#base/errors.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from './branch-interface.ts'
import { ownInterfaces } from './node-interfaces.ts'
import type { Policy } from './workload-groups.ts'

type NodeGroupReader = Reader<'k8s/Node' | 'aws/ec2/NetworkInterface' | 'aws/eks/Cluster'>

const known = perWorld((_world: NodeGroupReader) => new Map<string, ReadonlyMap<string, Evidence>>())

/**
 * The groups that interfaces of nodes have, and the one that EKS makes for the cluster: each with a place that says so. Branch interfaces are of pods.
 * @throws Unread when the nodes, their interfaces or the cluster were not read
 */
export function groupsOfNodes(world: NodeGroupReader, policy: Policy): ReadonlyMap<string, Evidence> {
  const cluster = clusterOf(policy.scope)
  const found = known(world).get(cluster) ?? groupsIn(world, policy)
  known(world).set(cluster, found)
  return found
}

function groupsIn(world: NodeGroupReader, policy: Policy): ReadonlyMap<string, Evidence> {
  const name = clusterOf(policy.scope)
  const cluster = eksCluster(world, name)
  if (cluster === undefined) throw new Unread(whyNoCluster(world, name))
  const found = new Map<string, Evidence>()
  const own = cluster.body.resourcesVpcConfig?.clusterSecurityGroupId
  if (own !== undefined) found.set(own, cluster.at(['resourcesVpcConfig', 'clusterSecurityGroupId'], 'the group that EKS gives to nodes'))
  for (const item of world.list('k8s/Node', { cluster: name }).flatMap(node => ownInterfaces(world, node)))
    for (const [index, { GroupId = '' }] of (item.body.Groups ?? []).entries())
      if (!found.has(GroupId)) found.set(GroupId, item.at(['Groups', index, 'GroupId'], 'an interface of a node has it'))
  return found
}
