import { defineCheck } from '#joints/define.ts'
import { assertWhole, clusterNames, clusterRbac, rbacKinds } from '#joints/rbac.ts'
import { trustPath } from '#joints/trust.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { broadTrustOf } from '../broad-admins.ts'
import { adminRightOf } from '../cluster-admins.ts'

export default defineCheck({
  id: 'cluster-access/cluster-admin-too-broad',
  title: 'A role that is administrator of a cluster lets in whoever its account, or another, sends',
  severity: 'medium',
  severities: ['critical'],
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...rbacKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/best-practices/cluster-access-management.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts',
  ],

  test({ subject: role, world }) {
    const right = adminRightOf(world, role.id)
    const broad = right === undefined ? undefined : broadTrustOf(role)
    if (broad === undefined) for (const cluster of clusterNames(world)) assertWhole(clusterRbac(world, cluster))
    if (right === undefined) return skip('no cluster that was read makes the role administrator')
    if (broad === undefined) return pass(...right.evidence, role.at(trustPath, 'lets in only those whom it names', 'key'))
    return fail({
      message: `role ${role.body.RoleName}, administrator of cluster ${right.cluster} by ${right.by}, may be assumed by ${broad.whom}`,
      evidence: [
        role.at([...trustPath, ...broad.statement], `lets in ${broad.whom}`, broad.statement.length === 0 ? 'key' : 'value'),
        ...right.evidence,
      ],
      effect: broad.isOutside
        ? `Who becomes administrator is decided elsewhere: any role or user with sts:AssumeRole of ${broad.whom.replace(/^all of /, '')} may do everything in cluster ${right.cluster}.`
        : `Any role or user of the account with sts:AssumeRole on it, or on *, may do everything in cluster ${right.cluster} and get every role of its pods.`,
      help: 'Name the roles of the administrators as principals, or demand MFA or aws:PrincipalArn in a condition; and give whoever needs less an access policy for its namespaces.',
      ...(broad.isOutside ? { severity: 'critical' } : {}),
    })
  },
})
