import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { decidingEvidence, policyLines, whyUnknown } from '../../irsa/pod-role.ts'
import { denialOf, remedyOf } from '../denials.ts'
import { externalAsker, externalEvidence, externalKinds, externalRead, externalText, overAsked } from '../external-reads.ts'
import { anySuffix } from '../least-privilege.ts'
import { storeText } from '../secret-stores.ts'

export default defineCheck({
  id: 'secrets-store/store-read-denied',
  title: 'The role by which External Secrets reads may not read what an ExternalSecret asks for',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ExternalSecret',
  reads: externalKinds,
  sources: [
    'https://external-secrets.io/latest/provider/aws-secrets-manager/#iam-policy',
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html',
  ],

  test({ subject: externalSecret, world }) {
    return overAsked(world, externalSecret, external => {
      const asker = externalAsker(world, external)
      if (asker.is !== 'asks') return asker
      const read = externalRead(world, external, asker)
      if (read === undefined) return skip('there is nothing to read: secrets-store/stored-secret-missing says so')
      const { judged, stored } = read
      const { action } = judged.need
      if (judged.is === 'unknown') throw whyUnknown(judged.answer, asker.role)
      if (judged.is === 'allowed')
        return pass(decidingEvidence(judged.answer, `this allows ${action}`) ?? stored.at([], `the policies allow ${action}`))
      const denial = denialOf(asker.role, read)
      const statements = [{ Effect: 'Allow', Action: action, Resource: anySuffix(stored.id) }]
      return fail({
        message: `${denial.by} ${denial.verb} ${storeText(external.store)} ${action} on ${externalText(external)}`,
        evidence: [
          denial.at,
          externalEvidence(external, `ExternalSecret ${externalSecret.id} asks for it`),
          ...(denial.isSilent ? policyLines(asker.role) : []),
        ],
        effect: `The Secret is not made, or stays as it is: could not get secret data from provider, … is not authorized to perform: ${action}.`,
        ...remedyOf(asker.role, [read], `let role ${asker.role.body.RoleName} read ${externalText(external)}`, {
          name: 'external-secrets',
          statements,
        }),
        key: external.name,
      })
    })
  },
})
