import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOfPolicy, groupAt, groupOf, isGroupId, namedGroups } from '../named-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/group-missing',
  title: 'A SecurityGroupPolicy names a security group that does not exist',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/SecurityGroupPolicy',
  reads: ['aws/ec2/SecurityGroup', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/sg-pods-example-deployment.html',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html',
  ],

  test({ subject: policy, world }) {
    const named = namedGroups(policy).filter(({ id }) => isGroupId(id))
    if (named.length === 0) return skip('the policy names no group by its id')
    const cluster = clusterOfPolicy(world, policy)
    const found = named.map(group => ({ group, resource: groupOf(world, cluster, group.id) }))
    const [missing, ...more] = found.filter(({ resource }) => resource === undefined)
    if (missing === undefined)
      return pass(...found.flatMap(({ resource }) => (resource === undefined ? [] : resource.at(['GroupId'], 'it exists'))))
    const [, , , region = '', account = ''] = cluster.id.split(':')
    return fail({
      message: `policy ${policy.id} names security group ${missing.group.id}, which does not exist in ${region} of account ${account}`,
      evidence: [
        groupAt(policy, missing.group, 'EC2 knows no group of this id'),
        ...more.map(({ group }) => groupAt(policy, group, 'nor of this')),
        cluster.at(['arn'], 'the account and region of the cluster'),
      ],
      effect:
        'EC2 refuses the interface of every pod that the policy selects from now on, so new pods stay in ContainerCreating; those that run keep theirs.',
      help: 'Name a group that exists, or take the id out of the policy; a group cannot be made again with the same id.',
    })
  },
})
