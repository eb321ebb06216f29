import { decide } from '#iam/decide.ts'
import { defineCheck } from '#joints/define.ts'
import { trustPolicyOf } from '#joints/trust.ts'
import {
  clustersBeside,
  escalationKinds,
  escalationVerdict,
  may,
  mayPass,
  placesOf,
  rolesBeside,
  within,
  type Role,
} from '../escalation.ts'

const ec2 = { kind: 'service', name: 'ec2.amazonaws.com' } as const

const letsInstancesIn = (role: Role): boolean =>
  decide(
    {
      principal: ec2,
      action: 'sts:AssumeRole',
      resource: role.id,
      context: { 'aws:PrincipalIsAWSService': 'true', 'aws:PrincipalServiceName': ec2.name },
    },
    { resource: [trustPolicyOf(role)] },
  ).answer === 'allow'

/** The names that the call may carry. */
const passedTo = ['ec2.amazonaws.com', 'eks.amazonaws.com']

export default defineCheck({
  id: 'cluster-access/escalation-by-node-group',
  title: 'A role that pods get may add nodes of its own to a cluster',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...escalationKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html',
  ],

  test({ subject: role, world }) {
    const say = {
      way: 'may create node groups and pass to them',
      effect:
        'Whoever gets into one of its pods starts a node with a launch template of its own: it has the node role there, and the tokens of every pod that is scheduled on it.',
      help: 'Take eks:CreateNodegroup away, or limit iam:PassRole by Resource to roles that no node may have.',
    }
    return escalationVerdict(world, role, say, search => {
      for (const cluster of clustersBeside(world, search, role)) {
        const create = may(world, search, role, { action: 'eks:CreateNodegroup', resource: cluster.id })
        if (create === undefined) continue
        for (const other of rolesBeside(world, search, role, 'iam:PassRole')) {
          if (within(search, () => letsInstancesIn(other)) !== true) continue
          const passed = mayPass(world, search, role, other, passedTo)
          if (passed !== undefined)
            search.found.push({ to: `role ${other.body.RoleName} in cluster ${cluster.body.name}`, evidence: placesOf(create, passed) })
        }
      }
    })
  },
})
