import { accessKinds } from '#joints/access.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { administrator } from '../administrator.ts'
import { fullAccessPolicies } from '../full-access.ts'
import { requirePolicies } from '../pod-role.ts'
import { notForPods, podTrust } from '../trusted-principals.ts'

export default defineCheck({
  id: 'irsa/role-has-full-access-policy',
  title: 'Pods get a role with an AWS managed policy that opens a whole service',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: accessKinds,
  sources: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-use-aws-defined-policies',
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
  ],

  test({ subject: role, world }) {
    const trust = podTrust(role)
    if (trust === undefined) return skip(notForPods)
    requirePolicies(role)
    const [first, ...rest] = fullAccessPolicies(role)
    if (first === undefined) return pass(role.at(['AttachedManagedPolicies'], 'none of these opens a whole service'))
    if (administrator(world, role).is === 'yes') return skip('the role may do everything: irsa/role-is-admin')
    const names = [first, ...rest].map(({ name }) => name).join(', ')
    return fail({
      message: `pods get role ${role.body.RoleName}, to which ${names} ${rest.length === 0 ? 'is' : 'are'} attached`,
      evidence: [first.at, ...rest.map(({ at }) => at), trust],
      effect: `Whoever runs code in a pod with this role may do ${first.reach}, on resources that have nothing to do with the workload.`,
      help: 'Attach a policy of your own that names the actions and the resources that the pods need, then detach this one.',
    })
  },
})
