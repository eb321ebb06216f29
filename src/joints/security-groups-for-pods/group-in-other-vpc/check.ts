import { Unread } from '#base/errors.ts'
import { perWorld } from '#joints/per-world.ts'
import { defineCheck } from '#joints/define.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { clusterOfPolicy, groupAt, groupOf, isGroupId, namedGroups, vpcOf, type Group } from '../named-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/group-in-other-vpc',
  title: 'A SecurityGroupPolicy names a security group of another VPC',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/SecurityGroupPolicy',
  reads: ['aws/ec2/NetworkInterface', 'aws/ec2/SecurityGroup', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/vpc/latest/userguide/security-group-assoc.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
  ],

  test({ subject: policy, world }) {
    const named = namedGroups(policy).filter(({ id }) => isGroupId(id))
    if (named.length === 0) return skip('the policy names no group by its id')
    const cluster = clusterOfPolicy(world, policy)
    const vpc = vpcOf(cluster)
    const found = named.flatMap(group => {
      const resource = groupOf(world, cluster, group.id)
      return resource === undefined ? [] : [{ group, resource }]
    })
    if (found.length === 0) return skip('the groups do not exist: security-groups-for-pods/group-missing speaks of them')
    const elsewhere = found.filter(({ resource }) => resource.body.VpcId !== vpc && carriedIn(world, vpc, resource) === undefined)
    const wrong = elsewhere.find(({ resource }) => resource.body.GroupName === 'default')
    const [open] = elsewhere
    if (open === undefined) return pass(...found.map(({ resource }) => resource.at(['VpcId'], 'interfaces of the cluster can have it')))
    if (wrong === undefined) throw whetherAssociated(open.resource, vpc)
    return fail({
      message: `policy ${policy.id} names security group ${wrong.group.id}, which is the default group of ${wrong.resource.body.VpcId ?? 'another VPC'}`,
      evidence: [
        groupAt(policy, wrong.group, 'this group'),
        wrong.resource.at(['VpcId'], 'is of this VPC, and a default group cannot be associated with another'),
        cluster.at(['resourcesVpcConfig', 'vpcId'], 'and the cluster is in this one'),
      ],
      effect: 'EC2 refuses the interface of every pod that the policy selects, so the pods stay in ContainerCreating.',
      help: "Name a group of the cluster's VPC, or one that is associated with it (aws ec2 associate-security-group-vpc).",
    })
  },
})

const carried = perWorld((world: Reader<'aws/ec2/NetworkInterface'>): ReadonlyMap<string, Resource<'aws/ec2/NetworkInterface'>> => {
  const found = new Map<string, Resource<'aws/ec2/NetworkInterface'>>()
  for (const item of world.seen('aws/ec2/NetworkInterface'))
    for (const { GroupId } of item.body.Groups ?? []) found.set(`${item.body.VpcId ?? ''}\n${GroupId ?? ''}`, item)
  return found
})

/** An interface of the VPC that has the group proves that it may. */
const carriedIn = (world: Reader<'aws/ec2/NetworkInterface'>, vpc: string, { body }: Group) => carried(world).get(`${vpc}\n${body.GroupId}`)

const whetherAssociated = ({ kind, id, body }: Group, vpc: string): Unread =>
  new Unread({
    kind,
    id,
    reason: `a group is of another VPC, and which groups are associated with ${vpc} is not read`,
    settle: { by: 'user', step: `run aws ec2 describe-security-group-vpc-associations --filters Name=group-id,Values=${body.GroupId}` },
  })
