import { bearerKinds, lettingIn, type Bearer } from '#joints/cluster-access/role-bearers.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'

const nameOf = ({ cluster, namespace, name }: Bearer): string => `${cluster}\n${namespace}/${name}`

/** A policy that asks for the tags of EKS Pod Identity gives each service account its own. */
const byTags = /aws:PrincipalTag\/(?:kubernetes-|eks-)/i

export default defineCheck({
  id: 'irsa/role-shared-by-service-accounts',
  title: 'Several service accounts get one role',
  severity: 'low',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...bearerKinds],
  sources: ['https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html'],

  test({ subject: role, world }) {
    const bearers = [...new Map(lettingIn(world, role).map(bearer => [nameOf(bearer), bearer])).values()]
    const [first, second, ...others] = bearers
    if (first === undefined) return skip('no service account that was read gets the role')
    if (second === undefined) return pass(first.at)
    const isTagged = bearers.every(({ by }) => by === 'pod-identity') && byTags.test(JSON.stringify(role.body.RolePolicyList ?? []))
    if (isTagged) return pass(first.at, role.at(['RolePolicyList'], 'its policies ask for the tags of each service account', 'key'))

    const text = ({ namespace, name }: Bearer) => `${namespace}/${name}`
    const more = others.length === 0 ? '' : ` and ${others.length} more`
    return fail({
      message: `role ${role.body.RoleName} is shared by service accounts ${text(first)}, ${text(second)}${more}`,
      evidence: [first.at, second.at],
      effect:
        'Each has what any of them needs, and in CloudTrail their calls cannot be told apart by role, so that none can be narrowed without knowing all.',
      help: 'Give each service account a role of its own; or, with EKS Pod Identity, let the policies compare aws:PrincipalTag/kubernetes-service-account.',
    })
  },
})
