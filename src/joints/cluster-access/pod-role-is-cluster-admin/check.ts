import { defineCheck } from '#joints/define.ts'
import { assertWhole, clusterNames, clusterRbac, rbacKinds } from '#joints/rbac.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { adminRightOf } from '../cluster-admins.ts'
import { bearerKinds, bearerText, lettingIn } from '../role-bearers.ts'

export default defineCheck({
  id: 'cluster-access/pod-role-is-cluster-admin',
  title: 'A role that pods get is administrator of a cluster',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...rbacKinds, ...bearerKinds],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html',
  ],

  test({ subject: role, world }) {
    const [first, ...others] = lettingIn(world, role)
    if (first === undefined) return skip('no service account that was read gets the role')
    const right = adminRightOf(world, role.id)
    if (right === undefined) {
      for (const cluster of clusterNames(world)) assertWhole(clusterRbac(world, cluster))
      return pass(first.at, role.at(['Arn'], 'no cluster that was read makes it administrator'))
    }
    const more = others.length === 0 ? '' : ` and ${others.length} more`
    return fail({
      message: `role ${role.body.RoleName}, which ${bearerText(first)}${more} gets, is administrator of cluster ${right.cluster} by ${right.by}`,
      evidence: [...right.evidence, first.at, ...others.slice(0, 2).map(({ at }) => at)],
      effect: `Whoever gets into one of these pods may do everything in cluster ${right.cluster}, and gets the AWS role of every pod there.`,
      help: 'Give the role an access entry with only the groups or access policy that its program needs, in the namespaces that it works in, and take the administrator right away.',
    })
  },
})
