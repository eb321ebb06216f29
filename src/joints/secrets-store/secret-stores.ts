import { requirementsOf } from '#joints/label-selector.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf, storeRefsOf, type ExternalSecret, type ExternalSecretReader } from './external-secrets.ts'

export const storeKinds = ['k8s/ClusterSecretStore', 'k8s/SecretStore'] as const
export type StoreReader = Reader<(typeof storeKinds)[number]>

export type SecretStore = Resource<'k8s/SecretStore'> | Resource<'k8s/ClusterSecretStore'>
export type AwsStore = NonNullable<NonNullable<SecretStore['body']['spec']['provider']>['aws']>

type StoreRef = NonNullable<ExternalSecret['body']['spec']['secretStoreRef']>

export const isClusterStore = (store: SecretStore): store is Resource<'k8s/ClusterSecretStore'> => store.kind === 'k8s/ClusterSecretStore'

/** `SecretStore shop/aws`, `ClusterSecretStore aws`. */
export const storeText = (store: SecretStore): string => `${store.kind.slice(4)} ${store.id}`

export const refText = ({ kind = 'SecretStore', name = '' }: StoreRef): string => `${kind} ${name}`

export const storeKindOf = ({ kind }: StoreRef): SecretStore['kind'] =>
  kind === 'ClusterSecretStore' ? 'k8s/ClusterSecretStore' : 'k8s/SecretStore'

/**
 * The store that an ExternalSecret names: a SecretStore of its own namespace unless it says ClusterSecretStore. Undefined when there is none.
 * https://github.com/external-secrets/external-secrets/blob/main/pkg/controllers/secretstore/client_manager.go (getStore)
 * @throws Unread when it was not read
 */
export function storeOf(world: StoreReader, externalSecret: ExternalSecret, { kind, name = '' }: StoreRef): SecretStore | undefined {
  const scope = { cluster: clusterOf(externalSecret) }
  if (kind === 'ClusterSecretStore') return world.find('k8s/ClusterSecretStore', name, scope)
  return world.find('k8s/SecretStore', `${externalSecret.body.metadata.namespace}/${name}`, scope)
}

export const awsOf = ({ body }: SecretStore): AwsStore | undefined => body.spec.provider?.aws

/**
 * Whether a store lets ExternalSecrets of a namespace read through it: a ClusterSecretStore without conditions lets all.
 * https://github.com/external-secrets/external-secrets/blob/main/pkg/controllers/secretstore/client_manager.go (shouldProcessSecret)
 * @throws Unread when it depends on labels of a namespace that was not read
 */
export function admits(world: Reader<'k8s/Namespace'>, store: SecretStore, namespace: string): boolean {
  const { conditions = [] } = store.body.spec
  if (!isClusterStore(store) || conditions.length === 0) return true
  const named = conditions.some(
    ({ namespaces = [], namespaceRegexes = [] }) =>
      namespaces.includes(namespace) || namespaceRegexes.some(text => matches(text, namespace)),
  )
  const selectors = conditions.flatMap(({ namespaceSelector }) => namespaceSelector ?? [])
  if (named || selectors.length === 0) return named
  const labels = world.find('k8s/Namespace', namespace, { cluster: clusterOf(store) })?.body.metadata.labels ?? {}
  return selectors.some(selector => requirementsOf(selector).every(requirement => requirement.holds(labels)))
}

/** As Go's regexp.MatchString looks for it, anywhere in the name. What only Go takes matches nothing here. */
function matches(text: string, namespace: string): boolean {
  try {
    return new RegExp(text).test(namespace)
  } catch {
    return false
  }
}

/** The namespaces whose ExternalSecrets name the store, as far as they were read, each once with the first of them. */
export const usesOf = (world: ExternalSecretReader & StoreReader, store: SecretStore): ReadonlyMap<string, ExternalSecret> =>
  usesByStore(world).get(`${clusterOf(store)}\n${store.kind.slice(4)}/${store.id}`) ?? new Map()

const usesByStore = perWorld((world: ExternalSecretReader): ReadonlyMap<string, ReadonlyMap<string, ExternalSecret>> => {
  const uses = new Map<string, Map<string, ExternalSecret>>()
  for (const externalSecret of world.seen('k8s/ExternalSecret')) {
    const { namespace } = externalSecret.body.metadata
    for (const { store } of storeRefsOf(externalSecret)) {
      const isCluster = store.kind === 'ClusterSecretStore'
      const key = `${clusterOf(externalSecret)}\n${isCluster ? 'ClusterSecretStore/' : `SecretStore/${namespace}/`}${store.name ?? ''}`
      const known = uses.get(key) ?? new Map<string, ExternalSecret>()
      uses.set(key, known)
      if (!known.has(namespace)) known.set(namespace, externalSecret)
    }
  }
  return uses
})
