import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { groupAt, namedGroups, type NamedGroup } from '../named-groups.ts'
import { clusterVpc } from '../pod-interfaces.ts'
import { workloadsSelectedBy } from '../selections.ts'
import type { Policy } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/group-unused',
  title: 'Security groups are named only by policies that select nothing, and no interface has them',
  severity: 'low',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: [...workloadKinds, 'aws/ec2/NetworkInterface', 'k8s/SecurityGroupPolicy', 'k8s/ServiceAccount'],
  sources: ['https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html'],

  test({ subject: cluster, world }) {
    const policies = world.list('k8s/SecurityGroupPolicy', { cluster: cluster.body.name })
    const named = policies.flatMap(policy => namedGroups(policy).map(group => ({ policy, group })))
    if (named.length === 0) return skip('no policy of the cluster names a group')
    const inUse = new Set(named.filter(({ policy }) => workloadsSelectedBy(world, policy).length > 0).map(({ group }) => group.id))
    const idle = named.filter(({ group }) => !inUse.has(group.id))
    if (idle.length === 0) return pass(...named.slice(0, 3).map(item => placeOf(item, 'a policy that selects pods names it')))
    const within = clusterVpc(world, cluster.body.name)
    const carriers = new Map(
      idle.map(({ group }) => [group.id, world.where('aws/ec2/NetworkInterface', 'group', group.id, within)[0]] as const),
    )
    const unused = idle.filter(({ group }) => carriers.get(group.id) === undefined)
    const [first, ...more] = unused
    if (first === undefined)
      return pass(...[...carriers.values()].flatMap(item => item?.at(['Groups'], 'an interface has it') ?? []).slice(0, 3))
    const ids = [...new Set(unused.map(({ group }) => group.id))]
    return fail({
      message: `${ids.length === 1 ? `security group ${ids[0] ?? ''} is` : `${ids.length} security groups are`} named only by policies that select nothing, and no interface of ${within.vpc} has ${ids.length === 1 ? 'it' : 'them'}`,
      evidence: [
        placeOf(first, 'this policy selects no workload, and no interface has the group'),
        ...more.slice(0, 4).map(item => placeOf(item, 'nor has any this')),
      ],
      effect:
        'Whatever other groups and databases let in from such a group is open to nobody today, and to whoever is given the group tomorrow.',
      help: 'Delete the policy and the group, and the rules of others that refer to it; or mend the selector.',
    })
  },
})

const placeOf = ({ policy, group }: { readonly policy: Policy; readonly group: NamedGroup }, label: string) => groupAt(policy, group, label)
