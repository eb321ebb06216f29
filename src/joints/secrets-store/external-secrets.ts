import { perWorld } from '#joints/per-world.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import { clusterOf, type Evidence, type Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { classKey } from './mounts.ts'
import { referencesIn } from './synced-secrets.ts'

export type ExternalSecret = Resource<'k8s/ExternalSecret'>
export type ExternalSecretReader = Reader<'k8s/ExternalSecret'>

type StoreRef = NonNullable<ExternalSecret['body']['spec']['secretStoreRef']>

/** One thing that an ExternalSecret asks a store for by its name. What `find` finds has none here. */
export interface Asked {
  readonly externalSecret: ExternalSecret
  readonly store: StoreRef
  readonly key: string
  /** Of a parameter its number or label; of a secret a label, or `uuid/` and the id of a version. */
  readonly version: string | undefined
  /** Its value; or nothing but its tags. */
  readonly value: boolean
  /** Of the reference, inside the ExternalSecret. */
  readonly path: Path
}

/**
 * What an ExternalSecret asks for, in the order in which the operator does.
 * https://github.com/external-secrets/external-secrets/blob/main/pkg/controllers/externalsecret/externalsecret_controller_secret.go
 */
export function askedOf(externalSecret: ExternalSecret): readonly Asked[] {
  const { secretStoreRef = {}, data = [], dataFrom = [] } = externalSecret.body.spec
  const one = (remote: NonNullable<(typeof dataFrom)[number]['extract']>, store: StoreRef | undefined, path: Path): Asked => ({
    externalSecret,
    store: store ?? secretStoreRef,
    key: remote.key,
    version: remote.version === '' ? undefined : remote.version,
    value: remote.metadataPolicy !== 'Fetch',
    path,
  })
  return [
    ...dataFrom.flatMap(({ extract, sourceRef }, index) =>
      extract === undefined ? [] : [one(extract, sourceRef?.storeRef, ['spec', 'dataFrom', index, 'extract'])],
    ),
    ...data.map(({ remoteRef, sourceRef }, index) => one(remoteRef, sourceRef?.storeRef, ['spec', 'data', index, 'remoteRef'])),
  ]
}

/** Where it has a store searched by name or tags: what is found is told nowhere. */
export const searchesOf = ({ body: { spec } }: ExternalSecret): readonly { readonly store: StoreRef; readonly path: Path }[] =>
  (spec.dataFrom ?? []).flatMap(({ find, sourceRef }, index) =>
    find === undefined ? [] : [{ store: sourceRef?.storeRef ?? spec.secretStoreRef ?? {}, path: ['spec', 'dataFrom', index, 'find'] }],
  )

/** The stores that an ExternalSecret reads through, each once, and where it names them: one that every entry puts another in the place of is none. */
export function storeRefsOf(externalSecret: ExternalSecret): readonly { readonly store: StoreRef; readonly path: Path }[] {
  const { spec } = externalSecret.body
  const named = (['data', 'dataFrom'] as const).flatMap(list =>
    (spec[list] ?? []).flatMap(({ sourceRef }, index) =>
      sourceRef?.storeRef === undefined ? [] : [{ store: sourceRef.storeRef, path: ['spec', list, index, 'sourceRef', 'storeRef'] }],
    ),
  )
  const used = [...askedOf(externalSecret), ...searchesOf(externalSecret)].some(({ store }) => store === spec.secretStoreRef)
  const own = used && spec.secretStoreRef !== undefined ? [{ store: spec.secretStoreRef, path: ['spec', 'secretStoreRef'] }] : []
  const byName = Map.groupBy([...own, ...named], ({ store }) => `${store.kind ?? ''}/${store.name ?? ''}`)
  return [...byName.values()].flatMap(([first]) => first ?? [])
}

/** The Secret that it writes; undefined: it writes none. */
export function targetOf({ body: { metadata, spec } }: ExternalSecret): string | undefined {
  const { name = '', creationPolicy, manifest } = spec.target ?? {}
  if (creationPolicy === 'None' || manifest !== undefined) return undefined
  return name === '' ? metadata.name : name
}

/** Where it says which Secret it writes. */
export const targetEvidence = (externalSecret: ExternalSecret, label: string): Evidence =>
  externalSecret.at((externalSecret.body.spec.target?.name ?? '') === '' ? ['metadata', 'name'] : ['spec', 'target', 'name'], label)

/** The keys of the Secret that it writes; undefined: a template makes others, what is extracted tells them, or it only adds to what is there. */
export function keysOf({ body: { spec } }: ExternalSecret): readonly string[] | undefined {
  const { creationPolicy = 'Owner', template } = spec.target ?? {}
  if (template !== undefined || (spec.dataFrom ?? []).length > 0 || !['Owner', 'Orphan'].includes(creationPolicy)) return undefined
  return (spec.data ?? []).map(({ secretKey = '' }) => secretKey)
}

/** The ExternalSecrets that were read, by cluster, namespace and the Secret that they write. */
export const writersOf = perWorld((world: ExternalSecretReader): ReadonlyMap<string, readonly ExternalSecret[]> =>
  Map.groupBy(
    world.seen('k8s/ExternalSecret').filter(each => targetOf(each) !== undefined),
    each => classKey(clusterOf(each), each.body.metadata.namespace, targetOf(each) ?? ''),
  ),
)

/** The ExternalSecrets that write Secrets which a workload uses, each once. */
export function externalSecretsOf(world: ExternalSecretReader, { cluster, namespace, template }: Workload): readonly ExternalSecret[] {
  const writers = writersOf(world)
  if (writers.size === 0) return []
  return [...new Set(referencesIn(template).flatMap(({ secretName }) => writers.get(classKey(cluster, namespace, secretName)) ?? []))]
}
