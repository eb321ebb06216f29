import type { ExternalSecretReader } from './external-secrets.ts'
import { awsOf, isClusterStore, usesOf, type SecretStore, type StoreReader } from './secret-stores.ts'
import { accountOf } from './store-identity.ts'

/**
 * The namespaces for which a store asks AWS: its own; of a ClusterSecretStore that asks as the service account of each namespace, or tells AWS which it is, all that
 * use it; else any one, since it asks as the same whoever uses it.
 */
export function namespacesOf(world: ExternalSecretReader & StoreReader, store: SecretStore): readonly string[] {
  if (!isClusterStore(store)) return [store.body.metadata.namespace]
  const used = [...usesOf(world, store).keys()]
  const differ = accountOf(store, '')?.namespace === '' || (awsOf(store)?.sessionTagsPolicy ?? 'None') !== 'None'
  return differ ? used : [used[0] ?? '']
}
