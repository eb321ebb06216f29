import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { readyOf, saidEvidence } from '../external-conditions.ts'
import { targetEvidence, targetOf } from '../external-secrets.ts'

export default defineCheck({
  id: 'secrets-store/external-secret-not-synced',
  title: 'An ExternalSecret did not write its Secret when External Secrets last tried',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ExternalSecret',
  reads: [],
  sources: [
    'https://external-secrets.io/latest/api/externalsecret/',
    'https://github.com/external-secrets/external-secrets/blob/main/pkg/controllers/externalsecret/externalsecret_controller.go',
  ],

  test({ subject: externalSecret }) {
    const ready = readyOf(externalSecret)
    if (ready === undefined || ready.status === 'Unknown') return skip('the operator has not said whether it is synced')
    const { status, reason = '', message = '' } = ready
    // The operator calls it ready, and writes nothing.
    const isMissing = reason === 'SecretMissing'
    if (status === 'True' && !isMissing) return pass(saidEvidence(externalSecret, ready, 'status', 'it is synced'))
    const { name, namespace } = externalSecret.body.metadata
    const target = targetOf(externalSecret)
    const what = [reason, message].filter(text => text !== '').join(': ')
    return fail({
      message: isMissing
        ? `ExternalSecret ${externalSecret.id} only adds to Secret ${target ?? name}, which nobody has made`
        : `ExternalSecret ${externalSecret.id} did not write its Secret when External Secrets last tried: ${what}`,
      evidence: [
        saidEvidence(externalSecret, ready, reason === '' ? 'status' : 'reason', 'this the operator says'),
        ...(target === undefined ? [] : [targetEvidence(externalSecret, 'the Secret that it writes')]),
      ],
      reported: true,
      effect: `Pods that need Secret ${target ?? name} wait for it in CreateContainerConfigError; where it was made before, they go on with the old value.`,
      help: isMissing
        ? 'Say creationPolicy: Owner, unless something else is to make the Secret.'
        : `What failed stands in its events: kubectl describe externalsecret ${name} -n ${namespace}, and then mortise explain --because "<the text>".`,
    })
  },
})
