import { defineCheck } from '#joints/define.ts'
import { fail, pass } from '#model/verdict.ts'
import { clusterOf } from '#model/resource.ts'
import { storeRefsOf } from '../external-secrets.ts'
import { refText, storeKinds, storeOf } from '../secret-stores.ts'
import { settled } from '../settled.ts'

export default defineCheck({
  id: 'secrets-store/store-missing',
  title: 'An ExternalSecret names a store that does not exist',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ExternalSecret',
  reads: storeKinds,
  sources: [
    'https://external-secrets.io/latest/api/externalsecret/',
    'https://github.com/external-secrets/external-secrets/blob/main/pkg/controllers/secretstore/client_manager.go',
  ],

  test({ subject: externalSecret, world }) {
    const { namespace } = externalSecret.body.metadata
    return settled(
      storeRefsOf(externalSecret),
      ({ store: ref, path }) => {
        const found = storeOf(world, externalSecret, ref)
        if (found !== undefined)
          return pass(
            externalSecret.at([...path, 'name'], `the store of ExternalSecret ${externalSecret.id}`),
            found.at(['metadata', 'name'], 'the store'),
          )
        const { kind, name = '' } = ref
        const others = storeKinds.flatMap(each =>
          world
            .seen(each)
            .filter(({ scope, body }) => 'cluster' in scope && scope.cluster === clusterOf(externalSecret) && body.metadata.name === name),
        )
        const isCluster = kind === 'ClusterSecretStore'
        return fail({
          message: `ExternalSecret ${externalSecret.id} names ${refText(ref)}, which ${isCluster ? 'does not exist' : `namespace ${namespace} does not have`}`,
          evidence: [
            externalSecret.at([...path, 'name'], isCluster ? 'no such store' : `no SecretStore ${namespace}/${name}`),
            ...others.slice(0, 3).map(other => other.at(['metadata', 'name'], `a ${other.kind.slice(4)} has that name`)),
          ],
          effect: `Its Secret is neither made nor renewed: could not get ${refText(ref)}, … not found.`,
          help: isCluster
            ? `Make ClusterSecretStore ${name}, or correct its name; a SecretStore is named without kind.`
            : `Make SecretStore ${name} in namespace ${namespace}, or say kind: ClusterSecretStore where the store is of the whole cluster.`,
        })
      },
      'it names no store',
    )
  },
})
