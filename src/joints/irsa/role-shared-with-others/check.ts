import { defineCheck } from '#joints/define.ts'
import { trustPath } from '#joints/trust.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { otherPrincipals } from '../shared-trust.ts'
import { notForPods, podTrust } from '../trusted-principals.ts'

export default defineCheck({
  id: 'irsa/role-shared-with-others',
  title: 'The role of pods is open to principals that are no pods',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [],
  sources: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html'],

  test({ subject: role }) {
    const trust = podTrust(role)
    if (trust === undefined) return skip(notForPods)
    const [first, ...rest] = otherPrincipals(role)
    if (first === undefined) return pass(role.at(trustPath, 'nobody but pods may assume the role'))
    const names = [first, ...rest].map(({ text }) => text)
    const listed = names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} others` : names.join(' and ')
    return fail({
      message: `role ${role.body.RoleName} of pods may also be assumed by ${listed}`,
      evidence: [first.at, ...rest.map(({ at }) => at), trust],
      effect:
        'Logs no longer tell a pod from them, what one of them needs is granted to all, and closing the role to one of them breaks the others.',
      help: 'Give the others a role of their own, then take them out of this trust policy.',
    })
  },
})
