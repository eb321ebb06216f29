import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { readyOf, saidEvidence } from '../external-conditions.ts'
import { storeKinds, storeText } from '../secret-stores.ts'

export default defineCheck({
  id: 'secrets-store/store-not-ready',
  title: 'A store of External Secrets is not ready',
  severity: 'high',
  since: '0.1.0',
  subject: storeKinds,
  reads: [],
  sources: [
    'https://external-secrets.io/latest/api/secretstore/',
    'https://github.com/external-secrets/external-secrets/blob/main/pkg/controllers/secretstore/common.go',
  ],

  test({ subject: store }) {
    const ready = readyOf(store)
    if (ready === undefined || ready.status === 'Unknown') return skip('the operator has not said whether the store is ready')
    if (ready.status === 'True') return pass(saidEvidence(store, ready, 'status', 'the store is ready'))
    const { reason = '', message = '' } = ready
    return fail({
      message: `${storeText(store)} was not ready when External Secrets last looked: ${[reason, message].filter(text => text !== '').join(': ')}`,
      evidence: [saidEvidence(store, ready, reason === '' ? 'status' : 'reason', 'this the operator says')],
      reported: true,
      effect: 'While it is not ready, no ExternalSecret is read through it: Secrets are neither made nor renewed.',
      help: `What failed stands in its events: kubectl describe ${store.kind === 'k8s/SecretStore' ? `secretstore ${store.body.metadata.name} -n ${store.id.split('/')[0] ?? ''}` : `clustersecretstore ${store.id}`}, and then mortise explain --because "<the text>".`,
    })
  },
})
