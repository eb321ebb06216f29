import { accessKinds } from '#joints/access.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { accountText, hasPolicy, roleArnOf } from '../association.ts'
import { decidedAt } from '../decided.ts'
import { rolesBeyond } from '../limited-session.ts'

export default defineCheck({
  id: 'pod-identity/session-policy-bypass',
  title: 'A session that an association limits may assume a role that it does not limit',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/eks/PodIdentityAssociation',
  reads: [...accessKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session',
  ],

  test({ subject: association, world }) {
    if (!hasPolicy(association)) return skip('the association has no session policy')
    const last = association.body.targetRoleArn ?? roleArnOf(association)
    const role = world.find('aws/iam/Role', last)
    if (role === undefined) return skip('the role does not exist')
    const [first, ...others] = rolesBeyond(world, association, role)
    const policy = association.at(
      ['policy'],
      first === undefined ? 'no role that was read can be assumed past this policy' : 'this limits the first session alone',
      'key',
    )
    if (first === undefined) return pass(policy)

    const more = others.length === 0 ? '' : ` and ${others.length} more`
    return fail({
      message: `the session policy of the association of ${accountText(association.body)} lets its pods assume role ${first.role.body.RoleName}${more}, which it does not limit`,
      evidence: [policy, decidedAt(first.answer, 'and this lets them') ?? first.role.at(['Arn'], 'this role lets them in')],
      effect:
        'A session policy binds the session that it was made for. What pods do after they have assumed another role is limited by that role alone.',
      help: 'Leave sts:AssumeRole out of the session policy, or limit it to the roles that the pods are to have.',
    })
  },
})
