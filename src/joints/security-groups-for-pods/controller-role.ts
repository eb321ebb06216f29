import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

/**
 * The role of the cluster, with which the VPC resource controller calls EC2; undefined when the cluster names none.
 * @throws Unread when the role was not read
 */
export function clusterRole(world: Reader<'aws/iam/Role'>, cluster: Resource<'aws/eks/Cluster'>): Resource<'aws/iam/Role'> | undefined {
  const { roleArn } = cluster.body
  return roleArn === undefined ? undefined : world.find('aws/iam/Role', roleArn)
}
