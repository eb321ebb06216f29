import { defineCheck } from '#joints/define.ts'
import { assertWhole, clusterNames, clusterRbac, rbacKinds } from '#joints/rbac.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { isMapped, spoofableBy } from '../session-names.ts'

export default defineCheck({
  id: 'cluster-access/username-spoofable',
  title: 'A binding takes the name of a session for a person, and whoever assumes the role chooses it',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...rbacKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname',
  ],

  test({ subject: role, world }) {
    const found = spoofableBy(world, role.id)
    if (found === undefined) {
      for (const cluster of clusterNames(world)) assertWhole(clusterRbac(world, cluster))
      if (!isMapped(world, role.id)) return skip('no cluster that was read knows the role')
      return pass(role.at(['Arn'], 'no binding names a user that a session of the role can choose to be'))
    }
    return fail({
      message: `any session of role ${role.body.RoleName} can be user ${found.user} in cluster ${found.built.cluster}: the name follows ${found.template}`,
      evidence: found.evidence,
      effect: `Everyone who may assume ${role.body.RoleName} can name the session as the other person does, and then has that person's rights and stands in the audit log as that person.`,
      help: 'Bind groups that the entry or row gives, not single users; or let the trust policy demand sts:RoleSessionName to be ${aws:username}.',
    })
  },
})
