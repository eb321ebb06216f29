import { defineCheck, subjectKey } from '#joints/define.ts'
import { sessionToldBy } from '#joints/session-links.ts'
import { fail, pass, skip, unknown } from '#model/verdict.ts'
import { externalKinds } from '../external-reads.ts'
import { awsOf, storeKinds, storeText } from '../secret-stores.ts'
import { settled } from '../settled.ts'
import { askersOf, firstSession, storeSession } from '../store-identity.ts'
import { namespacesOf } from '../store-namespaces.ts'

export default defineCheck({
  id: 'secrets-store/store-session-refused',
  title: 'AWS gives a store of External Secrets no session',
  severity: 'high',
  since: '0.1.0',
  subject: storeKinds,
  reads: externalKinds,
  sources: [
    'https://external-secrets.io/latest/provider/aws-access/',
    'https://github.com/external-secrets/external-secrets/blob/main/providers/v1/aws/auth/auth.go',
    'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html',
  ],

  test({ subject: store, world }) {
    if (awsOf(store) === undefined) return skip('the store is of another provider')
    return settled(
      namespacesOf(world, store),
      namespace => {
        const mechanism = storeSession(world, store, namespace)
        if (mechanism === undefined) return skip('its service account has no role: secrets-store/store-identity-missing says so')
        const { session, steps } = mechanism
        if (session.is === 'unknown') return unknown(session.fact)
        const places = steps.flatMap(({ at }) => at ?? [])
        if (session.is === 'holds') return pass(...places.slice(-2))
        const at = session.at[0] ?? places.at(-1) ?? store.at(['metadata', 'name'], 'the store')
        const isFirst = firstSession(world, store, namespace)?.session.is === 'refused'
        return fail({
          message: `${storeText(store)} gets no session: ${session.reason}`,
          evidence: [at, ...places.filter(place => place !== at).slice(-2)],
          effect: 'No ExternalSecret is read through it: Secrets are neither made nor renewed.',
          help: 'Let the role be assumed by whoever the store asks as: its trust policy, for a role that the store assumes with another also the policies of that one.',
          ...(isFirst ? { ...sessionToldBy(mechanism.by), toldOf: askersOf(world, store, namespace).map(subjectKey) } : {}),
        })
      },
      'no ExternalSecret reads through it',
    )
  },
})
