import { defineCheck } from '#joints/define.ts'
import { skip } from '#model/verdict.ts'
import { escalationKinds, escalationVerdict } from '../escalation.ts'
import { findIamWrites } from '../iam-writes.ts'
import { isAdministrator } from '../role-powers.ts'

export default defineCheck({
  id: 'cluster-access/escalation-by-iam-write',
  title: 'A role that pods get may make itself stronger, or become somebody stronger, by IAM',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...escalationKinds],
  sources: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html',
    'https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html',
  ],

  test({ subject: role, world }) {
    if (isAdministrator(world, role)) return skip('the role may do everything already')
    const say = {
      way: 'may',
      effect: 'Whoever gets into one of its pods takes these steps with the AWS CLI and has what the role was never meant to have.',
      help: 'Limit the action by Resource to what is no stronger, ask for a boundary by iam:PermissionsBoundary, and limit iam:PassRole to the roles that it must pass.',
    }
    return escalationVerdict(world, role, say, (search, bearer) => findIamWrites(world, search, role, bearer))
  },
})
