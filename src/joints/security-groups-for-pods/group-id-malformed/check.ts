import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { groupAt, isGroupId, namedGroups } from '../named-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/group-id-malformed',
  title: 'A SecurityGroupPolicy names something that is no id of a security group',
  severity: 'critical',
  since: '0.1.0',
  subject: 'k8s/SecurityGroupPolicy',
  reads: [],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/sg-pods-example-deployment.html',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterface.html',
  ],

  test({ subject: policy }) {
    const named = namedGroups(policy)
    const [first] = named
    if (first === undefined) return skip('the policy names no groups')
    const [wrong, ...more] = named.filter(({ id }) => !isGroupId(id))
    if (wrong === undefined) return pass(groupAt(policy, first, named.map(({ id }) => id).join(', ')))
    return fail({
      message: `policy ${policy.id} names ${JSON.stringify(wrong.id)}, which is no id of a security group`,
      evidence: [
        groupAt(policy, wrong, 'no id: sg- and 8 or 17 hexadecimal digits'),
        ...more.map(group => groupAt(policy, group, 'nor is this')),
      ],
      effect: 'EC2 refuses the interface of every pod that the policy selects, so the pods stay in ContainerCreating.',
      help: 'Name the group by its id, which aws ec2 describe-security-groups gives, not by its name or ARN.',
    })
  },
})
