import { defineCheck } from '#joints/define.ts'
import { trustPath } from '#joints/trust.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { foreignAccounts } from '../foreign-account.ts'
import { notForPods, podTrust } from '../trusted-principals.ts'

export default defineCheck({
  id: 'irsa/role-trusts-foreign-account',
  title: 'The role of pods is open to everybody in an account outside the organization',
  severity: 'high',
  severities: ['critical'],
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: ['aws/eks/Cluster', 'aws/organizations/Organization', 'aws/organizations/Policy', 'aws/organizations/Target'],
  sources: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html',
  ],

  test({ subject: role, world }) {
    const trust = podTrust(role)
    if (trust === undefined) return skip(notForPods)
    const [first, ...rest] = foreignAccounts(world, role)
    if (first === undefined) return pass(role.at(trustPath, 'no account outside is trusted as a whole'))
    const isEveryone = [first, ...rest].some(({ account }) => account === '*')
    const whom = isEveryone
      ? 'every AWS account'
      : `everybody in ${rest.length === 0 ? 'account' : 'accounts'} ${[first, ...rest].map(({ account }) => account).join(', ')}`
    const at = ({ account, principal }: typeof first) =>
      role.at([...trustPath, ...principal.path], account === '*' ? 'this is everybody in AWS' : 'this is everybody in the account')
    return fail({
      message: `role ${role.body.RoleName} of pods trusts ${whom}`,
      evidence: [at(first), ...rest.map(at), trust],
      effect: `Whoever comes to a key of ${isEveryone ? 'any AWS account' : 'such an account'} may take the role of these pods, with all that it reaches.`,
      help: 'Name the roles that need it, or give the other side a role of its own that asks for sts:ExternalId, a value that only the two of you know.',
      ...(isEveryone ? { severity: 'critical' as const } : {}),
    })
  },
})
