import { tried } from '#joints/access-documents.ts'
import { perWorld } from '#joints/per-world.ts'
import { serviceAccountKey, type workloadKinds } from '#joints/workloads.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from '#model/resource.ts'
import { askedOf, searchesOf, type Asked, type ExternalSecret, type ExternalSecretReader } from './external-secrets.ts'
import { operatorOf } from './external-secrets-operator.ts'
import { namedNeeds, type MountedNeeds, type NamedThing } from './mounted-needs.ts'
import { awsOf, storeKindOf, type AwsStore, type SecretStore, type StoreReader } from './secret-stores.ts'
import { accountOf } from './store-identity.ts'
import type { Home, StoredReader } from './stored.ts'

type UseReader = ExternalSecretReader & StoreReader & Reader<(typeof workloadKinds)[number]>
export type StoreNeedsReader = UseReader & StoredReader & Reader<'aws/kms/Key'>

/** An ExternalSecret that reads through a store which asks as a service account. */
export interface StoreUse {
  readonly externalSecret: ExternalSecret
  readonly store: SecretStore
  readonly aws: AwsStore
  /** What it asks for by name; undefined: it has the store searched. */
  readonly asked: Asked | undefined
}

/** What was seen of it, by the service account: that which the store names, else that of the operator's pods. */
const usesByAccount = perWorld((world: UseReader): ReadonlyMap<string, readonly StoreUse[]> => {
  const externalSecrets = world.seen('k8s/ExternalSecret')
  if (externalSecrets.length === 0) return new Map()
  const seen: readonly SecretStore[] = [...world.seen('k8s/SecretStore'), ...world.seen('k8s/ClusterSecretStore')]
  const stores = new Map(seen.map(store => [keyOf(clusterOf(store), store.kind, store.id), store]))
  const uses = externalSecrets.flatMap(externalSecret => {
    const { namespace } = externalSecret.body.metadata
    const asks = [
      ...askedOf(externalSecret).map(asked => ({ ref: asked.store, asked })),
      ...searchesOf(externalSecret).map(({ store: ref }) => ({ ref, asked: undefined })),
    ]
    return asks.flatMap(({ ref, asked }) => {
      const kind = storeKindOf(ref)
      const id = kind === 'k8s/SecretStore' ? `${namespace}/${ref.name ?? ''}` : (ref.name ?? '')
      const store = stores.get(keyOf(clusterOf(externalSecret), kind, id))
      const aws = store === undefined ? undefined : awsOf(store)
      const account = store === undefined || aws === undefined ? undefined : accountIn(world, store, aws, namespace)
      return store === undefined || aws === undefined || account === undefined ? [] : [{ account, externalSecret, store, aws, asked }]
    })
  })
  return Map.groupBy(uses, ({ account }) => account)
})

const keyOf = (cluster: string, kind: string, id: string): string => [cluster, kind, id].join('\n')

function accountIn(world: UseReader, store: SecretStore, aws: AwsStore, namespace: string): string | undefined {
  const account = accountOf(store, namespace)
  if (account !== undefined) return serviceAccountKey(clusterOf(store), account.namespace, account.name)
  if (aws.auth?.secretRef !== undefined || aws.auth?.jwt !== undefined) return undefined
  const operator = tried(() => operatorOf(world, store))
  if (operator.is === 'unread') return undefined
  const { cluster, namespace: place, serviceAccountName } = operator.value
  return serviceAccountKey(cluster, place, serviceAccountName)
}

/** What is read through stores that ask as a service account. */
export const storeUses = (world: UseReader, account: { readonly cluster: string; readonly namespace: string; readonly name: string }) =>
  usesByAccount(world).get(serviceAccountKey(account.cluster, account.namespace, account.name)) ?? []

/** The role that a store assumes first, when it assumes any: whoever it asks as reads nothing itself. */
export const firstRole = ({ additionalRoles = [], role = '' }: AwsStore): string | undefined =>
  [...additionalRoles, role].find(arn => arn !== '')

/** What whoever the stores ask as reads itself: ARNs, and keys. */
export function storeNeeds(world: StoreNeedsReader, uses: readonly StoreUse[], home: Home): MountedNeeds {
  const own = uses.filter(({ aws, asked }) => firstRole(aws) === undefined && asked?.value === true)
  return namedNeeds(world, own.flatMap(thingOf), home)
}

function thingOf({ asked, aws: { service, region, prefix = '' } }: StoreUse): readonly NamedThing[] {
  if (asked === undefined) return []
  if (service !== 'SecretsManager' && service !== 'ParameterStore') return []
  return [{ isSecret: service === 'SecretsManager', name: `${prefix}${asked.key}`, region }]
}
