import { Unread } from '#base/errors.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from './branch-interface.ts'
import type { Policy } from './workload-groups.ts'

export type Group = Resource<'aws/ec2/SecurityGroup'>
export type GroupReader = Reader<'aws/ec2/SecurityGroup' | 'aws/eks/Cluster'>
type Cluster = Resource<'aws/eks/Cluster'>

/** A group that a policy names, and where. */
export interface NamedGroup {
  readonly id: string
  readonly index: number
}

export const namedGroups = (policy: Policy): readonly NamedGroup[] =>
  (policy.body.spec?.securityGroups?.groupIds ?? []).map((id, index) => ({ id, index }))

export const groupAt = (policy: Policy, { index }: NamedGroup, label: string): Evidence =>
  policy.at(['spec', 'securityGroups', 'groupIds', index], label)

/** Eight digits until 2018, seventeen since. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html */
export const isGroupId = (text: string): boolean => /^sg-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(text)

const groupsById = perWorld((world: GroupReader): ReadonlyMap<string, readonly Group[]> =>
  Map.groupBy(world.seen('aws/ec2/SecurityGroup'), ({ body }) => body.GroupId),
)

/**
 * The cluster of a policy, which says the account and the region in which the controller looks for its groups.
 * @throws Unread when it was not read
 */
export function clusterOfPolicy(world: GroupReader, policy: Policy): Cluster {
  const name = clusterOf(policy.scope)
  const cluster = eksCluster(world, name)
  if (cluster === undefined) throw new Unread(whyNoCluster(world, name))
  return cluster
}

/**
 * The group of this id that the cluster's account can use in its region, its own or shared with it; undefined when there is none.
 * @throws Unread when nobody looked for it
 */
export function groupOf(world: GroupReader, cluster: Cluster, id: string): Group | undefined {
  const [, partition = '', , region = '', account = ''] = cluster.id.split(':')
  const seen = (groupsById(world).get(id) ?? []).find(({ id: arn }) => arn.split(':')[3] === region)
  return seen ?? world.find('aws/ec2/SecurityGroup', `arn:${partition}:ec2:${region}:${account}:security-group/${id}`)
}

/**
 * @throws Unread when the cluster does not say in which VPC it is
 */
export function vpcOf(cluster: Cluster): string {
  const vpc = cluster.body.resourcesVpcConfig?.vpcId
  if (vpc !== undefined) return vpc
  throw new Unread({ kind: cluster.kind, id: cluster.id, reason: 'the cluster names no VPC' })
}
