import { askedOf, type ExternalSecret } from '#joints/secrets-store/external-secrets.ts'
import { awsOf, storeKindOf, type SecretStore } from '#joints/secrets-store/secret-stores.ts'
import { clusterOf, type Resource } from '#model/resource.ts'
import { compare } from '#model/world.ts'
import type { Gathered } from '#sources/gathered.ts'

/** One secret or parameter that is looked for by its name, in a region. */
export interface Named {
  readonly region: string | undefined
  readonly type: string
  readonly name: string
}

const types: Readonly<Record<string, string>> = { SecretsManager: 'secretsmanager', ParameterStore: 'ssmparameter' }

const isExternal = (resource: Resource): resource is ExternalSecret => resource.kind === 'k8s/ExternalSecret'
const isStore = (resource: Resource): boolean => resource.kind === 'k8s/SecretStore' || resource.kind === 'k8s/ClusterSecretStore'

const storesIn = (resources: readonly Resource[]): readonly SecretStore[] =>
  resources.filter(isStore) as readonly unknown[] as readonly SecretStore[]

/** What ExternalSecrets ask AWS for, in the regions of their stores. */
export function namedByStores(resources: readonly Resource[]): readonly Named[] {
  const stores = new Map(storesIn(resources).map(store => [[clusterOf(store), store.kind, store.id].join('\n'), store]))
  return resources.filter(isExternal).flatMap(externalSecret =>
    askedOf(externalSecret).flatMap(({ store: ref, key }) => {
      const kind = storeKindOf(ref)
      const id = kind === 'k8s/SecretStore' ? `${externalSecret.body.metadata.namespace}/${ref.name ?? ''}` : (ref.name ?? '')
      const store = stores.get([clusterOf(externalSecret), kind, id].join('\n'))
      const { service = '', region, prefix = '' } = (store === undefined ? undefined : awsOf(store)) ?? {}
      const type = types[service]
      return type === undefined ? [] : [{ region, type, name: `${prefix}${key}` }]
    }),
  )
}

/** The roles that stores assume: what to get one by one where listing every role is not allowed. */
export const rolesOfStores = (read: readonly Gathered[]): readonly string[] =>
  [
    ...new Set(
      storesIn(read.flatMap(part => part.resources)).flatMap(store => {
        const { role = '', additionalRoles = [] } = awsOf(store) ?? {}
        return [...additionalRoles, role].filter(arn => arn !== '')
      }),
    ),
  ].sort(compare)
