import { Unread } from '#base/errors.ts'
import { requirementsOf } from '#joints/label-selector.ts'
import { perWorld } from '#joints/per-world.ts'
import { clusterOf, type Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { storeRefsOf, type ExternalSecret, type ExternalSecretReader } from './external-secrets.ts'

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

const everything: ReadonlySet<string> = new Set(['', '.*', '.+', '^.*', '^.+', '.*$', '.+$', '^.*$', '^.+$'])

/** Whether it lets every namespace in: without conditions, or by one that holds of each. */
export function isOpen({ body: { spec } }: Resource<'k8s/ClusterSecretStore'>): boolean {
  const { conditions = [] } = spec
  const isAll = ({ namespaceSelector, namespaceRegexes = [] }: (typeof conditions)[number]): boolean =>
    (namespaceSelector !== undefined && requirementsOf(namespaceSelector).length === 0) ||
    namespaceRegexes.some(text => everything.has(text))
  return conditions.length === 0 || conditions.some(isAll)
}

/** Every namespace has its name as a label. https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name */
const nameLabel = 'kubernetes.io/metadata.name'

/**
 * Whether a store lets ExternalSecrets of a namespace read through it: a ClusterSecretStore without conditions lets all.
 * https://github.com/external-secrets/external-secrets/blob/main/pkg/controllers/secretstore/client_manager.go (shouldProcessSecret)
 * @throws Unread when it depends on labels of a namespace that was not read, or on an expression that cannot be tried
 */
export function admits(world: Reader<'k8s/Namespace'>, store: SecretStore, namespace: string): boolean {
  const { conditions = [] } = store.body.spec
  if (!isClusterStore(store) || conditions.length === 0) return true
  if (conditions.some(({ namespaces = [] }) => namespaces.includes(namespace))) return true
  const expressions = conditions.flatMap(({ namespaceRegexes = [] }) => namespaceRegexes)
  if (expressions.some(text => isPlain(text) && new RegExp(text).test(namespace))) return true
  const selectors = conditions.flatMap(({ namespaceSelector }) =>
    namespaceSelector === undefined ? [] : [requirementsOf(namespaceSelector)],
  )
  const labels = selectors.every(all => all.every(({ key }) => key === nameLabel))
    ? {}
    : world.find('k8s/Namespace', namespace, { cluster: clusterOf(store) })?.body.metadata.labels
  if (selectors.some(all => all.every(({ holds }) => holds({ [nameLabel]: namespace, ...labels })))) return true
  const open = expressions.find(text => !isPlain(text))
  if (open === undefined) return false
  throw new Unread({ kind: store.kind, id: store.id, reason: `whether namespace ${namespace} matches ${open}` })
}

/**
 * Whether Go and JavaScript read an expression in the same way, and it is tried in no time whoever wrote it: no group is repeated, and little else.
 * https://github.com/google/re2/wiki/Syntax
 */
const isPlain = (text: string): boolean =>
  text.length <= 200 &&
  /^[\w\-.^$|()[\]*+?]*$/.test(text) &&
  !/\)[*+?]|\(\?|\[\^?[\]:]|[*+?][*+?]/.test(text) &&
  (text.match(/[*+?]/g) ?? []).length <= 3 &&
  compiles(text)

function compiles(text: string): boolean {
  try {
    return new RegExp(text).source !== ''
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
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
