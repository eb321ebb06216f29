import { Unread } from '#base/errors.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import { defineCheck } from '#joints/define.ts'
import type { Kinds } from '#model/kinds.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { annotationAt, fargateGroups } from '../branch-interface.ts'
import { runsOnFargate } from '../fargate.ts'
import { groupOf, type Group } from '../named-groups.ts'
import { selectedBy, workloadGroupKinds } from '../workload-groups.ts'

type Permission = NonNullable<Kinds['aws/ec2/SecurityGroup']['IpPermissions']>[number]

export default defineCheck({
  id: 'security-groups-for-pods/fargate-groups-lack-control-plane',
  title: 'The groups of a pod on Fargate keep it from the control plane',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadGroupKinds, 'aws/ec2/SecurityGroup', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    workload.pods()
    if (!runsOnFargate(workload)) return skip('its pods do not run on Fargate')
    const cluster = eksCluster(world, workload.cluster)
    if (cluster === undefined) throw new Unread(whyNoCluster(world, workload.cluster))
    const own = cluster.body.resourcesVpcConfig?.clusterSecurityGroupId
    const [policy] = selected.policies
    const groupIds = ['spec', 'securityGroups', 'groupIds']
    if (own !== undefined && selected.groups.includes(own)) {
      const naming = selected.policies.find(({ body }) => body.spec?.securityGroups?.groupIds?.includes(own) === true) ?? policy
      return pass(
        naming.at(groupIds, 'the cluster security group is among these'),
        cluster.at(['resourcesVpcConfig', 'clusterSecurityGroupId'], 'this one'),
      )
    }
    const groups = selected.groups.flatMap(id => groupOf(world, cluster, id) ?? [])
    const needs = [
      { text: 'out to the API server on TCP 443', opens: opening(groups, 'IpPermissionsEgress', 443, own) },
      { text: 'in from the control plane on TCP 10250', opens: opening(groups, 'IpPermissions', 10_250, own) },
    ]
    const closed = needs.filter(({ opens }) => opens === 'no')
    if (closed.length === 0) {
      if (needs.some(({ opens }) => opens === 'perhaps')) throw perhaps(groups)
      return pass(...groups.map(group => group.at(['GroupId'], 'it is open to and from the control plane')))
    }
    const pod = workload.seenPods.find(({ body }) => body.metadata.annotations?.[fargateGroups] !== undefined)
    return fail({
      message: `${workload.name} runs on Fargate with groups that do not let ${closed.map(({ text }) => text).join(', nor ')}, and the cluster security group is not among them`,
      evidence: [
        policy.at(groupIds, 'these groups'),
        ...(own === undefined ? [] : [cluster.at(['resourcesVpcConfig', 'clusterSecurityGroupId'], 'this group is not one of them')]),
        ...groups.map(group => group.at(['GroupId'], 'nor does this let it through')),
        ...(pod === undefined ? [] : [pod.at(annotationAt(fargateGroups), 'on Fargate they are the groups of the kubelet as well')]),
      ],
      effect:
        'The kubelet of the pod shares its interface: it does not register its node, or logs, exec and port-forward do not get through.',
      help: 'Name the cluster security group in the policy too, or allow TCP 443 out to it and TCP 10250 in from it.',
    })
  },
})

type Opens = 'yes' | 'perhaps' | 'no'

/** Whether rules of the groups let a TCP port through to, or from, the cluster security group. Blocks of addresses may hold those of the control plane. */
function opening(
  groups: readonly Group[],
  direction: 'IpPermissions' | 'IpPermissionsEgress',
  port: number,
  own: string | undefined,
): Opens {
  const permissions = groups.flatMap(({ body }) => body[direction] ?? []).filter(permission => covers(permission, port))
  const isOpen = permissions.some(
    ({ UserIdGroupPairs = [], IpRanges = [] }) =>
      UserIdGroupPairs.some(({ GroupId }) => GroupId === own) || IpRanges.some(({ CidrIp }) => CidrIp === '0.0.0.0/0'),
  )
  if (isOpen) return 'yes'
  const isNarrow = permissions.some(
    ({ IpRanges = [], Ipv6Ranges = [], PrefixListIds = [] }) => IpRanges.length + Ipv6Ranges.length + PrefixListIds.length > 0,
  )
  return isNarrow ? 'perhaps' : 'no'
}

const covers = ({ IpProtocol, FromPort = 0, ToPort = 65_535 }: Permission, port: number): boolean =>
  IpProtocol === '-1' || ((IpProtocol === 'tcp' || IpProtocol === '6') && FromPort <= port && port <= ToPort)

const perhaps = (groups: readonly Group[]): Unread =>
  new Unread({
    kind: 'aws/ec2/SecurityGroup',
    ...(groups[0] === undefined ? {} : { id: groups[0].id }),
    reason: 'rules of blocks of addresses may or may not hold the addresses of the control plane',
    settle: {
      by: 'user',
      step: 'compare them with the addresses of the network interfaces that are described as Amazon EKS and the name of the cluster',
    },
  })
