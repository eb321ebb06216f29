import { defineCheck } from '#joints/define.ts'
import { assertWhole, rbacKinds } from '#joints/rbac.ts'
import { trustPath } from '#joints/trust.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { writersOf } from '../annotation-writers.ts'
import { othersEvidence, othersText } from '../rights-of-others.ts'

export default defineCheck({
  id: 'cluster-access/service-account-annotation-writable',
  title: 'A role trusts service accounts by a pattern, and others may write service accounts that fit it',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: [...rbacKinds, 'k8s/Namespace', 'k8s/ServiceAccount'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://kubernetes.io/docs/concepts/security/rbac-good-practices/',
  ],

  test({ subject: role, world }) {
    const all = writersOf(world, role)
    if (all.length === 0) return skip('the role trusts no service account of these clusters by a pattern')
    const found = all.find(({ others }) => others.length > 0)
    if (found === undefined) {
      for (const { built } of all) assertWhole(built)
      return pass(role.at(trustPath, 'only administrators may write service accounts that fit it', 'key'))
    }
    const { opening, built, others, namespaces } = found
    const [first, ...rest] = othersEvidence(built, others)
    const trust = opening.trust.at(opening.statement, 'this lets in service accounts that nobody named')
    const where = namespaces.length === 1 ? `namespace ${namespaces[0] ?? ''}` : `${namespaces.length} namespaces`
    return fail({
      message: `${othersText(others)} may write service accounts in ${where}, and role ${role.body.RoleName} trusts whatever they are called`,
      evidence: [first ?? trust, ...rest, ...(first === undefined ? [] : [trust])],
      effect: `One annotation, eks.amazonaws.com/role-arn, on a service account of theirs, and pods that run as it are ${role.body.RoleName}.`,
      help: 'Name the service accounts in the trust policy, each in full, under StringEquals on the :sub key; or take the right to write service accounts away.',
    })
  },
})
