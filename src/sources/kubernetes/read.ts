import { UserError } from '#base/errors.ts'
import type { Settle } from '#base/settle.ts'
import { kubernetesKinds, kubernetesName, type KubernetesKind } from '#model/kinds.ts'
import { pathText } from '#model/place.ts'
import { Resource } from '#model/resource.ts'
import type { Coverage, UnreadEntry } from '#model/world.ts'
import { conform } from '#sources/files/conform.ts'
import { kubernetesForm } from '#sources/files/kubernetes-forms.ts'
import type { Gathered, Progress } from '#sources/gathered.ts'
import { apiClient, type ApiClient } from './api-client.ts'
import type { KubernetesConnection } from './connect.ts'
import { collectionPath, completed, listAll, type ListItem, type Listed, type ListPlace } from './list.ts'
import { objectOrigin } from './origin.ts'
import { readOne } from './read-one.ts'
import { remembering, whyNotFound } from './served.ts'

export interface ReadKubernetesOptions {
  readonly kinds: readonly KubernetesKind[]
  /** The name that the resources' scope gets. */
  readonly cluster: string
  /**
   * Read namespaced kinds only here, and in the namespaces that serve every pod where that is allowed. Kinds of the whole cluster are always read whole, and so
   * are DaemonSets, which serve it.
   */
  readonly namespaces?: readonly string[]
  /** Read every kind whole, and in the namespaces alone only what may not be listed everywhere. */
  readonly preferWhole?: boolean
  readonly signal?: AbortSignal
  readonly progress?: Progress
}

/** Where what serves the pods of every namespace runs: DNS, the agents of nodes, the CSI drivers and their providers, the External Secrets Operator. */
const servingNamespaces = ['kube-system', 'aws-secrets-manager', 'external-secrets']

/** One list to ask for; `isExtra`: nobody asked for this namespace, so that it may not be listed is no gap of its own. */
interface WantedPlace extends ListPlace {
  readonly isExtra?: true
}

interface Part {
  readonly resources: readonly Resource[]
  readonly read: readonly Coverage[]
  readonly unread: readonly UnreadEntry[]
}

interface Reading {
  readonly api: ApiClient
  /** For the API server's discovery documents. */
  readonly discovery: ApiClient
  readonly server: string
  readonly cluster: string
  /** Every namespace of the cluster, or undefined when they may not be listed. Asked at most once. */
  readonly allNamespaces: () => Promise<readonly string[] | undefined>
}

/**
 * Lists every object of the kinds. What is forbidden or fails becomes `unread`; only a cluster that cannot be used at all throws.
 * @throws UserError `CLUSTER_UNREACHABLE`, `KUBERNETES_UNAUTHORIZED`, `KUBERNETES_CREDENTIALS`; the signal's reason when it is aborted.
 */
export async function readKubernetes(connection: KubernetesConnection, options: ReadKubernetesOptions): Promise<Gathered> {
  const readAt = new Date().toISOString()
  // The first error ends the read; what is still under way stops with it.
  const failed = new AbortController()
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal])
  const api = apiClient(connection, signal)
  const reading = {
    api,
    discovery: remembering(api),
    server: connection.server,
    cluster: options.cluster,
    allNamespaces: once(() => namespaceNames(api)),
  }
  const places = placesToList(options)
  let done = 0
  const step = () => options.progress?.({ what: `cluster ${options.cluster}`, done, of: places.length })
  step()
  try {
    const parts = await Promise.all(
      places.map(async place => {
        const part = await readPlace(reading, place, options.namespaces ?? [])
        done += 1
        step()
        return part
      }),
    )
    return { ...together(parts), problems: [], ignored: new Map(), readAt }
  } catch (error) {
    failed.abort(error)
    options.signal?.throwIfAborted()
    throw error
  }
}

function placesToList({ kinds, namespaces = [], preferWhole = false }: ReadKubernetesOptions): readonly WantedPlace[] {
  const isNarrowed = (kind: KubernetesKind) =>
    kubernetesKinds[kind].namespaced && kubernetesKinds[kind].only === undefined && kind !== 'k8s/DaemonSet' && !preferWhole
  const chosen = new Set(namespaces)
  const extra = servingNamespaces.filter(namespace => !chosen.has(namespace))
  return [...new Set(kinds)].flatMap((kind): readonly WantedPlace[] =>
    namespaces.length > 0 && isNarrowed(kind)
      ? [...[...chosen].map(namespace => ({ kind, namespace })), ...extra.map(namespace => ({ kind, namespace, isExtra: true as const }))]
      : [{ kind }],
  )
}

async function readPlace(reading: Reading, place: WantedPlace, chosen: readonly string[]): Promise<Part> {
  const { only } = kubernetesKinds[place.kind]
  if (only !== undefined) return together(await Promise.all(only.map(id => readOne(reading.api, reading.cluster, place.kind, id))))
  const listed = await listAll(reading.api, place)
  if (place.isExtra === true && (listed.is === 'forbidden' || listed.is === 'not-found')) return together([])
  if (listed.is === 'forbidden' && (await isNotDefined(reading, place.kind))) return none(reading, place.kind)
  if (listed.is === 'forbidden' && place.kind === 'k8s/Namespace' && chosen.length > 0) {
    return together([await readNamespacesByName(reading, chosen), await partOf(reading, place, listed)])
  }
  if (listed.is === 'forbidden' && kubernetesKinds[place.kind].namespaced && place.namespace === undefined) {
    if (chosen.length === 0) return readNamespaceByNamespace(reading, place.kind, listed)
    return together(await Promise.all(chosen.map(namespace => readPlace(reading, { kind: place.kind, namespace }, chosen))))
  }
  return partOf(reading, place, listed)
}

/**
 * Someone who may not list a kind everywhere may still do so in some namespaces. Where those can be named, each is asked; what was forbidden
 * stays unread, so that the rest is never taken for the whole.
 */
async function readNamespaceByNamespace(reading: Reading, kind: KubernetesKind, forbidden: Listed): Promise<Part> {
  const namespaces = await reading.allNamespaces()
  if (namespaces === undefined) return partOf(reading, { kind }, forbidden)
  const listed = await Promise.all(
    namespaces.map(async namespace => ({ place: { kind, namespace }, listed: await listAll(reading.api, { kind, namespace }) })),
  )
  if (!listed.some(one => one.listed.is === 'ok')) return partOf(reading, { kind }, forbidden)
  const part = together(await Promise.all(listed.map(one => partOf(reading, one.place, one.listed))))
  const whole = listed.every(one => one.listed.is === 'ok')
  return whole ? { ...part, read: [{ kind, scope: { cluster: reading.cluster } }] } : part
}

/** Reading one namespace by name is allowed to many who may not list them all. */
async function readNamespacesByName(reading: Reading, names: readonly string[]): Promise<Part> {
  const kind = 'k8s/Namespace'
  const parts = names.map(async (name): Promise<Part> => {
    const answer = await reading.api.get(`${collectionPath({ kind })}/${encodeURIComponent(name)}`)
    if (answer.is === 'ok')
      return { resources: [resourceOf(reading.cluster, { kind }, completed({ kind }, answer.body))], read: [], unread: [] }
    if (answer.is === 'not-found') return { resources: [], read: [{ kind, scope: { cluster: reading.cluster }, id: name }], unread: [] }
    return { resources: [], read: [], unread: [] }
  })
  return together(await Promise.all(parts))
}

async function namespaceNames(api: ApiClient): Promise<readonly string[] | undefined> {
  const listed = await listAll(api, { kind: 'k8s/Namespace' })
  return listed.is === 'ok' ? listed.items.map(item => item.metadata.name) : undefined
}

/**
 * A user whom no rule names is forbidden even what does not exist: an API server asks whether it is allowed before it asks whether it is there.
 * Without its definition there is no custom resource to be forbidden.
 */
async function isNotDefined(reading: Reading, kind: KubernetesKind): Promise<boolean> {
  const facts = kubernetesKinds[kind]
  return facts.custom === true && (await whyNotFound(reading.discovery, facts, reading.server)).is === 'not-served'
}

/** What the API server does not know is nowhere, whatever namespaces were chosen. */
const none = ({ cluster }: Reading, kind: KubernetesKind): Part => ({ resources: [], read: [{ kind, scope: { cluster } }], unread: [] })

const whereOf = (reading: Reading, { kind, namespace }: ListPlace) => ({
  kind,
  scope: { cluster: reading.cluster },
  ...(namespace === undefined ? {} : { namespace }),
})

async function partOf(reading: Reading, place: ListPlace, listed: Listed): Promise<Part> {
  const { kind, namespace } = place
  const where = whereOf(reading, place)
  switch (listed.is) {
    case 'ok':
      return listedPart(reading, place, listed.items)
    case 'forbidden':
      return {
        resources: [],
        read: [],
        unread: [{ ...where, reason: forbiddenReason(kind, listed.user), settle: allowList(kind, namespace) }],
      }
    case 'failed':
      return { resources: [], read: [], unread: [{ ...where, reason: listed.reason, settle: { by: 'user', step: 'run it again' } }] }
    case 'not-found': {
      const why = await whyNotFound(reading.discovery, kubernetesKinds[kind], reading.server)
      if (why.is === 'not-served') return none(reading, kind)
      if (why.is === 'unsure') return { resources: [], read: [], unread: [{ ...where, reason: why.reason }] }
      const there = { ...place, version: why.version }
      const again = await listAll(reading.api, there)
      if (again.is !== 'not-found') return partOf(reading, there, again)
      return {
        resources: [],
        read: [],
        unread: [{ ...where, reason: `the API server does not find ${kubernetesKinds[kind].plural} of ${why.version}` }],
      }
    }
  }
}

/** Without the namespace, so that one missing rule is one reason. */
const forbiddenReason = (kind: KubernetesKind, user: string | undefined) =>
  `forbidden: ${user === undefined ? 'the user' : `user ${JSON.stringify(user)}`} cannot list ${kubernetesKinds[kind].plural}`

function allowList(kind: KubernetesKind, namespace: string | undefined): Settle {
  const { group, plural } = kubernetesKinds[kind]
  return { by: 'rbac', verb: 'list', group, resource: plural, ...(namespace === undefined ? {} : { namespace }) }
}

/** The definition of a custom resource may let anything through: what has not the form that is relied on is unread, and the rest is read. */
function listedPart(reading: Reading, place: ListPlace, items: readonly ListItem[]): Part {
  const { kind } = place
  const where = whereOf(reading, place)
  const resources: Resource[] = []
  const unread: UnreadEntry[] = []
  for (const item of items) {
    const misfit = conform(item, kubernetesForm(kind))
    if (misfit === undefined) resources.push(resourceOf(reading.cluster, place, item))
    else
      unread.push({
        ...where,
        id: idOf(item),
        reason: `${pathText(misfit.path)} ${misfit.message}`,
        settle: { by: 'user', step: `correct ${kubernetesName(kind)} ${idOf(item)}` },
      })
  }
  return { resources, read: [where], unread }
}

const idOf = ({ metadata: { name, namespace } }: ListItem): string => (namespace === undefined ? name : `${namespace}/${name}`)

function resourceOf(cluster: string, { kind, version }: ListPlace, item: ListItem): Resource {
  const { name, namespace } = item.metadata
  const place = { kind, ...(namespace === undefined ? {} : { namespace }), ...(version === undefined ? {} : { version }) }
  if (kubernetesKinds[kind].namespaced && namespace === undefined) {
    throw new UserError('CLUSTER_UNREACHABLE', `the API server sent ${kind} ${name} without a namespace`)
  }
  const origin = objectOrigin(`GET ${collectionPath(place)}/${encodeURIComponent(name)}`, item)
  // The body is what the API server says it is: its own schema, and the form, have validated it.
  return new Resource(kind, idOf(item), { cluster }, item, origin)
}

const together = (parts: readonly Part[]): Part => ({
  resources: parts.flatMap(part => part.resources),
  read: parts.flatMap(part => part.read),
  unread: parts.flatMap(part => part.unread),
})

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
