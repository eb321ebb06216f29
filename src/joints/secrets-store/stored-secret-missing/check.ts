import { defineCheck } from '#joints/define.ts'
import { fail, pass } from '#model/verdict.ts'
import { lackOf } from '../external-lack.ts'
import { externalEvidence, externalKinds, overAsked, throughText } from '../external-reads.ts'

/** By `deletionPolicy`. */
const effects: Readonly<Record<string, string>> = {
  Delete: 'Its keys are left out of the Secret; when nothing is left of what it asks for, the operator deletes the Secret.',
  Merge: 'Its keys are taken out of the Secret.',
  Retain:
    'The ExternalSecret stays in SecretSyncedError: its Secret is not made, or stays as it is: could not get secret data from provider.',
}

export default defineCheck({
  id: 'secrets-store/stored-secret-missing',
  title: 'An ExternalSecret asks for a secret or parameter that does not exist where its store looks',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ExternalSecret',
  reads: externalKinds,
  sources: [
    'https://external-secrets.io/latest/provider/aws-secrets-manager/',
    'https://external-secrets.io/latest/guides/ownership-deletion-policy/',
    'https://github.com/external-secrets/external-secrets/blob/main/providers/v1/aws/secretsmanager/secretsmanager.go',
  ],

  test({ subject: externalSecret, world }) {
    const { deletionPolicy = 'Retain' } = externalSecret.body.spec.target ?? {}
    return overAsked(world, externalSecret, external => {
      const lack = lackOf(world, external)
      if (!('what' in lack)) return pass(lack)
      return fail({
        message: `${throughText(external)} asks for ${lack.what}`,
        evidence: [externalEvidence(external, 'it asks for this'), ...lack.evidence],
        effect: effects[deletionPolicy] ?? effects['Retain'] ?? '',
        help: lack.help,
      })
    })
  },
})
