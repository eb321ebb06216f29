import { Unread, type UnreadFact } from '#base/errors.ts'
import type { AwsKind, Kind, KubernetesKind } from './kinds.ts'
import type { IndexOf } from './kinds-kubernetes.ts'
import { awsKinds, kubernetesKinds } from './kinds.ts'
import type { Target } from './change.ts'
import { plannedIn } from './planned-id.ts'
import type { Resource, Scope } from './resource.ts'
import { scopeText } from './resource.ts'

/**
 * A kind that a source listed in full, and where. Without a scope: everywhere. With a namespace: there only.
 * With a VPC: what has that VPC in its index `vpc`, whichever account it is of.
 * With an id: only that one object was asked for, so it says nothing of others.
 */
export interface Coverage {
  readonly kind: Kind
  readonly scope?: Scope
  readonly namespace?: string
  readonly vpc?: string
  readonly id?: string
}

/** What could not be read: one object, or every object of a kind in a scope (everywhere, without one). */
export interface UnreadEntry extends UnreadFact {
  readonly kind: Kind
  readonly scope?: Scope
  readonly namespace?: string
  readonly vpc?: string
}

export interface WorldParts {
  readonly resources: Iterable<Resource>
  readonly read: readonly Coverage[]
  readonly unread: readonly UnreadEntry[]
  /** When it was read, ISO 8601: the world's clock. */
  readonly readAt?: string
}

/**
 * Where to look: a scope, for Kubernetes kinds perhaps one namespace of it, for kinds with an index `vpc` perhaps one VPC of it. What is in a VPC
 * may be of another account than the one that reads it: a shared subnet is of the account that shares it.
 */
export type Within =
  | Scope
  | { readonly cluster: string; readonly namespace: string | undefined }
  | { readonly account: string; readonly region?: string; readonly vpc: string }

/** What a check sees: only the kinds that it declared. */
export interface Reader<K extends Kind = Kind> {
  readonly readAt: string | undefined
  /**
   * The resource, or undefined when a source looked and it does not exist. AWS kinds need no scope: an ARN says it all.
   * @throws Unread when no source could tell.
   */
  find<T extends K>(kind: T, id: string, ...scope: T extends AwsKind ? [scope?: Scope] : [scope: Scope]): Resource<T> | undefined
  /** Whether a source asked for this one object, by exactly this id, and it does not exist. False says nothing. */
  isGone<T extends K>(kind: T, id: string): boolean
  /**
   * Every resource of the kind there; Kubernetes kinds without a place: in every cluster of which anything was read.
   * @throws Unread when the list may be incomplete.
   */
  list<T extends K>(kind: T, within?: Within): readonly Resource<T>[]
  /**
   * Every resource of the kind with this value of one of its natural indexes (`kinds.ts`). By the index `vpc`, only that VPC must have been listed.
   * @throws Unread when the list may be incomplete.
   */
  where<T extends K>(kind: T, index: string, value: string, within?: Within): readonly Resource<T>[]
  /** What is there, complete or not. Proves presence, never absence. */
  seen<T extends K>(kind: T): readonly Resource<T>[]
  /** The same object in two worlds: they answer alike in all that is asked of the kind. */
  stock<T extends K>(kind: T): object
}

const key = (scope: Scope | undefined, id: string) => (scope !== undefined && 'cluster' in scope ? `${scope.cluster}\n${id}` : id)

/** What is known of one kind. Worlds that do not differ in it share it, with the lists and indexes that were made of it. */
interface Shelf {
  readonly resources: ReadonlyMap<string, Resource>
  readonly read: readonly Coverage[]
  readonly unread: readonly UnreadEntry[]
  readonly lists: Map<string, readonly Resource[]>
  /** Of each cluster. */
  readonly namespaces: Map<string, ReadonlyMap<string | undefined, readonly Resource[]>>
  readonly indexes: Map<string, Map<string, Resource[]>>
  /** Of which anything of the kind was read. */
  readonly clusters: () => ReadonlySet<string>
}

function shelf(
  resources: ReadonlyMap<string, Resource>,
  { read = [], unread = [] }: { readonly read?: readonly Coverage[] | undefined; readonly unread?: readonly UnreadEntry[] | undefined },
): Shelf {
  let known: ReadonlySet<string> | undefined
  const clusters = () => (known ??= clustersOf([...read, ...resources.values()]))
  return { resources, read, unread, lists: new Map(), namespaces: new Map(), indexes: new Map(), clusters }
}

const clustersOf = (items: readonly { readonly scope?: Scope }[]): ReadonlySet<string> =>
  new Set(items.flatMap(({ scope }) => (scope !== undefined && 'cluster' in scope ? [scope.cluster] : [])))

/** Of a kind of which nobody knows anything. */
const bare = shelf(new Map(), {})

/** Every resource that was read, and what could not be read and why. Immutable and indexed: look-ups do not depend on its size. */
export class World implements Reader {
  readonly readAt: string | undefined
  readonly read: readonly Coverage[]
  readonly unread: readonly UnreadEntry[]
  readonly #shelves: ReadonlyMap<Kind, Shelf>
  #names: readonly string[] | undefined

  /** @param shelves when they are known already; otherwise what stands in the parts */
  constructor(parts: WorldParts, shelves: ReadonlyMap<Kind, Shelf> = shelvesOf(parts)) {
    this.readAt = parts.readAt
    this.read = parts.read
    this.unread = parts.unread
    this.#shelves = shelves
  }

  *resources(): Iterable<Resource> {
    for (const { resources } of this.#shelves.values()) yield* resources.values()
  }

  get size(): number {
    let size = 0
    for (const { resources } of this.#shelves.values()) size += resources.size
    return size
  }

  stock(kind: Kind): object {
    return this.#shelf(kind)
  }

  #shelf(kind: Kind): Shelf {
    return this.#shelves.get(kind) ?? bare
  }

  find<T extends Kind>(kind: T, id: string, ...[scope]: [scope?: Scope]): Resource<T> | undefined {
    const found = this.#shelf(kind).resources.get(key(scope, id)) as Resource<T> | undefined
    // What is planned and was not made in this world is nowhere: nobody need look.
    if (found !== undefined || plannedIn(id) !== undefined) return found
    const where = scope ?? scopeOfArn(id)
    const namespace = namespaceOf(kind, id)
    const failed = this.#failed(kind, where, namespace, id)
    // A list that was denied says nothing against a look at this one object; only a failed look at it does.
    if (failed?.id !== id && this.#covered(kind, where, namespace, id)) return undefined
    if (failed !== undefined) throw new Unread({ ...failed, kind, id })
    if (this.#covered(kind, where, namespace)) return undefined
    throw new Unread({ ...notLooked(kind, where), id })
  }

  isGone<T extends Kind>(kind: T, id: string): boolean {
    const { resources, read, unread } = this.#shelf(kind)
    return read.some(coverage => coverage.id === id) && !unread.some(entry => entry.id === id) && !resources.has(id)
  }

  list<T extends Kind>(kind: T, within?: Within): readonly Resource<T>[] {
    this.#assertComplete(kind, within)
    return this.#all(kind, within)
  }

  where<T extends Kind>(kind: T, index: string, value: string, within?: Within): readonly Resource<T>[] {
    if (index === 'vpc' && within !== undefined && 'account' in within && !('vpc' in within))
      return this.list(kind, { ...within, vpc: value })
    this.#assertComplete(kind, within)
    const { indexes } = this.#shelf(kind)
    let byValue = indexes.get(index)
    if (byValue === undefined) {
      byValue = this.#index(kind, index)
      indexes.set(index, byValue)
    }
    const found = (byValue.get(value) ?? []) as unknown as readonly Resource<T>[]
    return within === undefined ? found : found.filter(resource => isWithin(resource, within))
  }

  seen<T extends Kind>(kind: T): readonly Resource<T>[] {
    return this.#all(kind, undefined)
  }

  /** A copy with this resource in place of the one of the same kind, scope and id. */
  replace(resource: Resource): World {
    const own = this.#shelf(resource.kind)
    const resources = new Map(own.resources)
    resources.set(key(resource.scope, resource.id), resource)
    return this.#with(resource.kind, shelf(resources, own))
  }

  /** A copy in which these do not exist; what is not there already changes nothing. */
  without(targets: readonly Target[]): World {
    const byKind = Map.groupBy(targets, ({ kind }) => kind)
    return [...byKind].reduce<World>((world, [kind, gone]) => {
      const own = world.#shelf(kind)
      const resources = new Map(own.resources)
      for (const { scope, id } of gone) resources.delete(key(scope, id))
      return world.#with(kind, shelf(resources, own))
    }, this)
  }

  /** A copy in which this one resource could not be read. */
  withUnread(entry: UnreadEntry & { readonly id: string; readonly scope: Scope }): World {
    const without = this.without([{ kind: entry.kind, id: entry.id, scope: entry.scope }])
    const own = without.#shelf(entry.kind)
    const unread = shelf(own.resources, { read: own.read, unread: [...own.unread, entry] })
    return without.#with(entry.kind, unread, [...this.unread, entry])
  }

  /** A copy that differs in one kind. */
  #with(kind: Kind, changed: Shelf, unread: readonly UnreadEntry[] = this.unread): World {
    const { read, readAt } = this
    const parts = { resources: [], read, unread, ...(readAt === undefined ? {} : { readAt }) }
    return new World(parts, new Map(this.#shelves).set(kind, changed))
  }

  #all<T extends Kind>(kind: T, within: Within | undefined): readonly Resource<T>[] {
    const { lists } = this.#shelf(kind)
    const name = within === undefined ? '' : JSON.stringify(within)
    let list = lists.get(name)
    if (list === undefined) {
      list =
        within !== undefined && 'namespace' in within && within.namespace !== undefined
          ? (this.#byNamespace(kind, within.cluster).get(within.namespace) ?? [])
          : this.#sorted(kind, within)
      lists.set(name, list)
    }
    return list as unknown as readonly Resource<T>[]
  }

  #sorted(kind: Kind, within: Within | undefined): readonly Resource[] {
    return [...this.#shelf(kind).resources.values()]
      .filter(resource => within === undefined || isWithin(resource, within))
      .map(resource => ({ resource, scope: scopeText(resource.scope) }))
      .sort((a, b) => compare(a.scope, b.scope) || compare(a.resource.id, b.resource.id))
      .map(({ resource }) => resource)
  }

  /** A cluster has as many namespaces as it has teams: its list is gone through once, not once for each. */
  #byNamespace(kind: Kind, cluster: string): ReadonlyMap<string | undefined, readonly Resource[]> {
    const { namespaces } = this.#shelf(kind)
    const known = namespaces.get(cluster) ?? Map.groupBy(this.#all(kind, { cluster }), ({ id }) => namespaceOf(kind, id))
    namespaces.set(cluster, known)
    return known
  }

  #index(kind: Kind, index: string): Map<string, Resource[]> {
    const valuesIn = valuesOf(kind, index)
    const byValue = new Map<string, Resource[]>()
    for (const resource of this.#all(kind, undefined)) {
      for (const value of new Set(valuesIn(resource.body))) {
        const group = byValue.get(value)
        if (group === undefined) byValue.set(value, [resource])
        else group.push(resource)
      }
    }
    return byValue
  }

  #assertComplete(kind: Kind, within: Within | undefined): void {
    const namespace = within !== undefined && 'namespace' in within ? within.namespace : undefined
    const vpc = vpcOf(within)
    const failed = this.#shelf(kind).unread.find(
      entry => overlaps(entry.scope, within) && isSame(namespaceOfEntry(entry), namespace) && isSame(entry.vpc, vpc),
    )
    if (failed !== undefined) throw new Unread({ ...failed, kind })
    if (this.#covered(kind, within, namespace)) return
    // Everywhere is every cluster of which anything was read: of others nobody asked.
    const clusters = within === undefined && kind.startsWith('k8s/') ? this.#clusters() : []
    const missing = clusters.find(cluster => !this.#covered(kind, { cluster }, undefined))
    if (clusters.length === 0 || missing !== undefined)
      throw new Unread(notLooked(kind, missing === undefined ? within : { cluster: missing }))
  }

  #clusters(): readonly string[] {
    this.#names ??= [...new Set([...this.#shelves.values()].flatMap(each => [...each.clusters()]))].sort(compare)
    return this.#names
  }

  /** With an id: was that one object looked for? Without: was everything there listed? */
  #covered(kind: Kind, scope: Within | undefined, namespace: string | undefined, id?: string): boolean {
    return this.#shelf(kind).read.some(
      coverage =>
        coverage.id === id &&
        (coverage.namespace === undefined || coverage.namespace === namespace) &&
        (coverage.vpc === undefined || coverage.vpc === vpcOf(scope)) &&
        (coverage.scope === undefined || (scope !== undefined && inside(scope, coverage.scope))),
    )
  }

  /** Why this object could not be read. What is said of it alone goes before what is said of its kind. */
  #failed(kind: Kind, scope: Scope | undefined, namespace: string | undefined, id: string): UnreadEntry | undefined {
    const entries = this.#shelf(kind).unread.filter(
      entry => (entry.id === undefined || entry.id === id) && overlaps(entry.scope, scope) && isSame(entry.namespace, namespace),
    )
    return entries.find(entry => entry.id === id) ?? entries[0]
  }
}

function shelvesOf({ resources, read, unread }: WorldParts): ReadonlyMap<Kind, Shelf> {
  const byKind = new Map<Kind, Map<string, Resource>>()
  for (const resource of resources) {
    const own = byKind.get(resource.kind) ?? new Map<string, Resource>()
    own.set(key(resource.scope, resource.id), resource)
    byKind.set(resource.kind, own)
  }
  const [readBy, unreadBy] = [Map.groupBy(read, coverage => coverage.kind), Map.groupBy(unread, entry => entry.kind)]
  const kinds = new Set([...byKind.keys(), ...readBy.keys(), ...unreadBy.keys()])
  return new Map(
    [...kinds].map(kind => [kind, shelf(byKind.get(kind) ?? new Map(), { read: readBy.get(kind), unread: unreadBy.get(kind) })]),
  )
}

/** Plain code-unit order: the same on every machine. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function inside(scope: Scope, outer: Scope): boolean {
  if ('cluster' in outer) return 'cluster' in scope && scope.cluster === outer.cluster
  if ('cluster' in scope) return false
  const isThere =
    scope.account === outer.account && (outer.region === undefined || scope.region === undefined || scope.region === outer.region)
  return isThere && (outer.clusterName === undefined || scope.clusterName === outer.clusterName)
}

function isWithin(resource: Resource, within: Within): boolean {
  if ('vpc' in within) return valuesOf(resource.kind, 'vpc')(resource.body).includes(within.vpc)
  if (!inside(resource.scope, within)) return false
  return !('namespace' in within) || within.namespace === undefined || namespaceOf(resource.kind, resource.id) === within.namespace
}

const vpcOf = (within: Within | undefined): string | undefined => (within !== undefined && 'vpc' in within ? within.vpc : undefined)

/** What an index of a kind files a body under. */
function valuesOf(kind: Kind, index: string): (body: unknown) => readonly string[] {
  const facts = kind.startsWith('k8s/') ? kubernetesKinds[kind as KubernetesKind] : awsKinds[kind as AwsKind]
  const valueOf = (facts.indexes as Record<string, IndexOf<unknown>> | undefined)?.[index]
  if (valueOf === undefined) throw new Error(`${kind} has no index ${index}: add it to kinds.ts`)
  return body => [valueOf(body) ?? []].flat()
}

const overlaps = (a: Scope | undefined, b: Scope | undefined): boolean => a === undefined || b === undefined || inside(a, b) || inside(b, a)

const isSame = (a: string | undefined, b: string | undefined): boolean => a === undefined || b === undefined || a === b

const namespaceOfEntry = (entry: UnreadEntry): string | undefined =>
  entry.namespace ?? (entry.id === undefined ? undefined : namespaceOf(entry.kind, entry.id))

function namespaceOf(kind: Kind, id: string): string | undefined {
  if (!kind.startsWith('k8s/')) return undefined
  const slash = id.indexOf('/')
  return slash < 0 ? undefined : id.slice(0, slash)
}

/** What EKS keeps of one cluster: its ARN goes on with the cluster's name. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html */
const ofOneCluster = new Set(['access-entry', 'addon', 'fargateprofile', 'nodegroup', 'podidentityassociation'])

/** Account, region and cluster of an ARN; undefined when the text is not one, or names no account (S3's do not). */
export function scopeOfArn(arn: string): Scope | undefined {
  const [prefix, , service, region, account, resource = ''] = arn.split(':')
  if (prefix !== 'arn' || account === undefined || account === '') return undefined
  if (region === '' || region === undefined) return { account }
  const [type = '', clusterName] = service === 'eks' ? resource.split('/') : []
  return clusterName !== undefined && ofOneCluster.has(type) ? { account, region, clusterName } : { account, region }
}

function notLooked(kind: Kind, scope: Scope | undefined): UnreadFact {
  if (scope === undefined) {
    return {
      kind,
      reason: 'no source listed them all',
      settle: { by: 'user', step: `read a live cluster and account, or a snapshot that holds ${kind}` },
    }
  }
  if ('cluster' in scope) {
    return {
      kind,
      reason: `cluster ${scope.cluster} was not read in full`,
      settle: { by: 'user', step: 'read the live cluster or a snapshot of it, or say --complete' },
    }
  }
  return {
    kind,
    reason: `${scope.clusterName === undefined ? '' : `cluster ${scope.clusterName} of `}account ${scope.account} was not read`,
    settle: { by: 'user', step: 'read it live with --profile or --assume-role, or add a dump of it' },
  }
}
