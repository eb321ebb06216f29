import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { storeRefsOf } from '../external-secrets.ts'
import { admits, isClusterStore, storeKinds, storeOf } from '../secret-stores.ts'
import { settled } from '../settled.ts'

export default defineCheck({
  id: 'secrets-store/store-refuses-namespace',
  title: 'An ExternalSecret names a ClusterSecretStore whose conditions leave its namespace out',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ExternalSecret',
  reads: [...storeKinds, 'k8s/Namespace'],
  sources: [
    'https://external-secrets.io/latest/api/clustersecretstore/',
    'https://github.com/external-secrets/external-secrets/blob/main/pkg/controllers/secretstore/client_manager.go',
  ],

  test({ subject: externalSecret, world }) {
    const { namespace } = externalSecret.body.metadata
    return settled(
      storeRefsOf(externalSecret),
      ({ store: ref, path }) => {
        const store = storeOf(world, externalSecret, ref)
        if (store === undefined) return skip('the store does not exist: secrets-store/store-missing says so')
        if (!isClusterStore(store) || (store.body.spec.conditions ?? []).length === 0) return skip('the store has no conditions')
        const conditions = store.at(
          ['spec', 'conditions'],
          `${admits(world, store, namespace) ? 'let' : 'none of these lets'} namespace ${namespace} in`,
        )
        if (admits(world, store, namespace)) return pass(conditions)
        return fail({
          message: `ClusterSecretStore ${store.id} lets no ExternalSecret of namespace ${namespace} read through it, and ${externalSecret.id} does`,
          evidence: [conditions, externalSecret.at([...path, 'name'], 'names the store')],
          effect: `Its Secret is neither made nor renewed: using cluster store ${store.id} is not allowed from namespace ${namespace}: denied by spec.condition.`,
          help: `Add namespace ${namespace} to a condition of the store where it is meant to read through it; else make a SecretStore with a role of its own.`,
        })
      },
      'it names no store',
    )
  },
})
