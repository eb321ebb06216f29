import { nameOf } from '#joints/blueprint-flows.ts'
import type { Account } from '#joints/blueprint-pods.ts'
import { clusterPlace } from '#joints/peer-places.ts'
import type { Proposal } from '#joints/proposal.ts'
import { shortened } from '#joints/role-name.ts'
import { UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import type { BlueprintWorkload } from '#model/blueprint.ts'
import type { Change } from '#model/change.ts'
import { isOwned, ownerTag } from '#model/owner.ts'
import { plannedId } from '#model/planned-id.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Group } from './pod-groups.ts'

type Cluster = Resource<'aws/eks/Cluster'>
type GroupReader = Reader<'aws/ec2/SecurityGroup' | 'aws/ec2/Vpc'>

/** Every group of the cluster's VPC. @throws Unread when they were not all read */
export const groupsOfVpc = (world: Reader<'aws/ec2/SecurityGroup'>, cluster: Cluster): readonly Group[] => {
  const { account, region, vpc } = clusterPlace(cluster)
  return world.where('aws/ec2/SecurityGroup', 'vpc', vpc, { account, region })
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
const longest = 255

const groupName = (cluster: Cluster, { namespace, serviceAccount }: Account): string =>
  shortened(`${cluster.body.name}-${namespace}-${serviceAccount}`, longest)

/**
 * The id of the group that pods of a workload are to have: of one that exists, or a planned one.
 * @throws UserError `BAD_BLUEPRINT` when the group that is named does not exist, `NOT_OURS` when the name is somebody else's
 */
export function groupIdFor(world: Reader<'aws/ec2/SecurityGroup'>, cluster: Cluster, workload: BlueprintWorkload): string {
  const { id = 'own', where = workload.where } = workload.network?.securityGroup ?? {}
  const groups = groupsOfVpc(world, cluster)
  if (id !== 'own') {
    if (groups.some(({ body }) => body.GroupId === id)) return id
    const near = nearest(
      id,
      groups.map(({ body }) => body.GroupId),
    )
    const help = near === undefined ? {} : { help: `did you mean ${near}?` }
    throw new UserError('BAD_BLUEPRINT', `there is no security group ${id} in ${clusterPlace(cluster).vpc}`, { where, ...help })
  }
  return ownGroupId(world, cluster, groupName(cluster, workload))
}

/**
 * The id of Mortise's group of a name in the cluster's VPC: of one that exists, or a planned one.
 * @throws UserError `NOT_OURS` when the name is somebody else's, Unread when the groups were not all read
 */
export function ownGroupId(world: Reader<'aws/ec2/SecurityGroup'>, cluster: Cluster, name: string): string {
  const group = groupsOfVpc(world, cluster).find(({ body }) => body.GroupName === name)
  if (group === undefined) return plannedId('aws/ec2/SecurityGroup', `${clusterPlace(cluster).vpc}/${name}`)
  // A planned one of this very plan has the tag as well.
  if (isOwned(group.body)) return group.body.GroupId
  throw new UserError('NOT_OURS', `security group ${name} (${group.body.GroupId}) is somebody else's`, {
    help: `Say securityGroup: ${group.body.GroupId}, or rename it.`,
  })
}

/** Makes the group of a workload. @throws Unread when the VPC was not read, UserError as `groupIdFor` */
export function groupCreation(world: GroupReader, cluster: Cluster, workload: BlueprintWorkload): readonly Proposal[] {
  const id = groupIdFor(world, cluster, workload)
  const name = groupName(cluster, workload)
  const description = `Pods of ${nameOf(workload)} in cluster ${cluster.body.name}`
  return newGroup(world, cluster, { id, name, description }).map(made => ({ ...made, makes: 'security-groups-for-pods: groups' }))
}

/** A group of Mortise's: what it goes by until EC2 makes it, and what it is called. */
interface NewGroup {
  readonly id: string
  readonly name: string
  readonly description: string
}

/**
 * Makes a group in the cluster's VPC as EC2 makes one, unless it is there: nothing comes in, and everything goes out until its rules are written.
 * @throws Unread when the VPC or its groups were not read
 */
export function newGroup(world: GroupReader, cluster: Cluster, { id, name, description }: NewGroup): readonly Omit<Proposal, 'makes'>[] {
  const { account, region, vpc } = clusterPlace(cluster)
  if (groupsOfVpc(world, cluster).some(({ body }) => body.GroupId === id)) return []
  const [network] = world.where('aws/ec2/Vpc', 'vpc', vpc, { account, region })
  const hasSix = (network?.body.Ipv6CidrBlockAssociationSet ?? []).length > 0
  const everything = {
    IpProtocol: '-1',
    IpRanges: [{ CidrIp: '0.0.0.0/0' }],
    ...(hasSix ? { Ipv6Ranges: [{ CidrIpv6: '::/0' }] } : {}),
  }
  const body = {
    SecurityGroupArn: id,
    GroupId: id,
    GroupName: name,
    Description: description,
    VpcId: vpc,
    IpPermissions: [],
    IpPermissionsEgress: [everything],
    Tags: [ownerTag],
  }
  const target = { kind: 'aws/ec2/SecurityGroup', id, scope: { account, region } } as const
  const permissions = ['ec2:CreateSecurityGroup', 'ec2:CreateTags']
  const change: Change = { target, edit: { do: 'create', body }, permissions, risk: '' }
  return [{ change, title: `create security group ${name}` }]
}
