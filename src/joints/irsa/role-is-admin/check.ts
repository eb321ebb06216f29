import { parseArn } from '#iam/arn.ts'
import { accessKinds } from '#joints/access.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { administrator, administratorEvidence } from '../administrator.ts'
import { deniedEvidence, requirePolicies, whyUnknown } from '../pod-role.ts'
import { notForPods, podTrust } from '../trusted-principals.ts'

export default defineCheck({
  id: 'irsa/role-is-admin',
  title: 'Pods get a role that may do everything in its account',
  severity: 'critical',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: accessKinds,
  sources: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html',
    'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
  ],

  test({ subject: role, world }) {
    const trust = podTrust(role)
    if (trust === undefined) return skip(notForPods)
    requirePolicies(role)
    const { is, answer } = administrator(world, role)
    if (is === 'unknown') throw whyUnknown(answer, role)
    if (is === 'no') return pass(deniedEvidence(role, answer))
    const account = parseArn(role.id)?.account ?? 'its own'
    return fail({
      message: `pods get role ${role.body.RoleName}, which may do everything in account ${account}`,
      evidence: [...administratorEvidence(role, answer), trust],
      effect: `Whoever runs code in a pod with this role owns account ${account}: it can make keys for any user, read all data and delete everything.`,
      help: 'Replace the policy by one that names the actions and the resources that the pods need; a permissions boundary limits the role until then.',
    })
  },
})
