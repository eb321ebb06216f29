import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip, unknown } from '#model/verdict.ts'
import { decidingEvidence, policyLines, whyUnknown } from '../../irsa/pod-role.ts'
import { denialOf, remedyOf } from '../denials.ts'
import { overAskers, storedKinds, wantedEvidence, wantedText } from '../over-wanted.ts'
import { isRead, readsOf } from '../reads.ts'

export default defineCheck({
  id: 'secrets-store/read-denied',
  title: 'The role by which pods mount secrets may not read them',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: storedKinds,
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html',
  ],

  test({ subject: workload, world }) {
    return overAskers(world, workload, (taken, asker) => {
      const all = readsOf(world, taken, asker, 'GetSecretValue')
      const reads = all.filter(isRead)
      const denied = reads.filter(({ judged }) => judged.is === 'denied')
      const [first] = denied
      if (first === undefined) {
        const fact = all.find(each => !isRead(each))
        if (fact !== undefined && !isRead(fact)) return unknown(fact)
        const open = reads.find(({ judged }) => judged.is === 'unknown')
        if (open !== undefined) throw whyUnknown(open.judged.answer, asker.role)
        const allowed = reads.map(
          ({ judged, stored }) =>
            decidingEvidence(judged.answer, `this allows ${judged.need.action}`) ??
            stored.at([], `the policies allow ${judged.need.action}`),
        )
        return allowed.length === 0
          ? skip('nothing of what it mounts exists: secrets-store/secret-missing and parameter-missing say so')
          : pass(...allowed)
      }
      const { action } = first.judged.need
      const denial = denialOf(asker.role, first)
      const more = denied.length === 1 ? '' : ` and ${denied.length - 1} more`
      return fail({
        message: `${denial.by} ${denial.verb} ${workload.name} ${action} on ${wantedText(first.wanted)}${more}`,
        evidence: [
          denial.at,
          wantedEvidence(taken, first.wanted, 'the class mounts it'),
          ...(denial.isSilent ? policyLines(asker.role) : []),
        ],
        effect: `One refusal ends the whole mount, so the pods wait in ContainerCreating: … is not authorized to perform: ${action}.`,
        ...remedyOf(asker.role, denied, `let role ${asker.role.body.RoleName} read what ${workload.name} mounts`),
      })
    })
  },
})
