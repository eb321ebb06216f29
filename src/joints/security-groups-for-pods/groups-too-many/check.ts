import { Unread } from '#base/errors.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import { defineCheck } from '#joints/define.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { fargateProfileLabel } from '#network/aws/platform.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

/** Security groups per network interface. Five unless it was raised, sixteen at most. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups */
const quotaCode = 'L-2AFB9258'
const usual = 5
const most = 16

export default defineCheck({
  id: 'security-groups-for-pods/groups-too-many',
  title: 'The interface of a pod would get more security groups than it may have',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, 'aws/eks/Cluster', 'aws/servicequotas/Quota'],
  sources: [
    'https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html',
    'https://github.com/aws/amazon-vpc-resource-controller-k8s#readme',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    const { groups, policies } = selected
    const [first, ...others] = policies
    const groupIds = ['spec', 'securityGroups', 'groupIds']
    const fargate = workload.seenPods.find(({ body }) => body.metadata.labels?.[fargateProfileLabel] !== undefined)
    if (groups.length <= usual) return pass(...policies.map(policy => policy.at(groupIds, `within the ${usual} that every account has`)))
    const limit = fargate === undefined ? quotaFor(world, workload.cluster, groups.length) : { value: usual, at: [] }
    if (groups.length <= limit.value) return pass(...limit.at)
    return fail({
      message: `${workload.name} is to get ${groups.length} security groups on one interface, and ${fargate === undefined ? 'the quota is' : 'Fargate takes'} ${limit.value}`,
      evidence: [first.at(groupIds, 'these groups'), ...others.map(policy => policy.at(groupIds, 'and these')), ...limit.at],
      effect:
        'EC2 refuses the interface (exceeded limit on the number of interface security group memberships), so new pods stay in ContainerCreating.',
      help: 'Put the rules into fewer groups, or ask for a higher quota L-2AFB9258, which lowers how many rules a group may have: the two multiplied may not exceed 1,000.',
    })
  },
})

interface Limit {
  readonly value: number
  readonly at: readonly Evidence[]
}

/** @throws Unread when the account's quota was not read, and the count is one that it may allow */
function quotaFor(world: Reader<'aws/eks/Cluster' | 'aws/servicequotas/Quota'>, name: string, count: number): Limit {
  if (count > most) return { value: most, at: [] }
  const cluster = eksCluster(world, name)
  if (cluster === undefined) throw new Unread(whyNoCluster(world, name))
  const [quota] = world.where('aws/servicequotas/Quota', 'code', quotaCode, cluster.scope)
  const value = quota?.body.Value
  if (quota !== undefined && value !== undefined) return { value, at: [quota.at(['Value'], 'security groups for each network interface')] }
  throw new Unread({
    kind: 'aws/servicequotas/Quota',
    reason: `the quota ${quotaCode} was not read`,
    settle: { by: 'iam', action: 'servicequotas:GetServiceQuota' },
  })
}
