import { isDeepStrictEqual } from 'node:util'
import type { Kind, Kinds } from '#model/kinds.ts'
import { isKubernetesKind, kubernetesKinds } from '#model/kinds.ts'
import { Resource, scopeText, type Scope } from '#model/resource.ts'
import { compare, type Coverage, type UnreadEntry } from '#model/world.ts'
import type { Gathered } from '#sources/gathered.ts'
import type { Harvest, Held, HeldUnread } from './harvest.ts'
import { joinParts } from './join-parts.ts'
import { joinProviders } from './join-providers.ts'
import { placePlaceless } from './place-placeless.ts'
import { placeInVpcs } from './place-in-vpcs.ts'

export interface SettleOptions {
  readonly cluster?: string
  readonly complete?: boolean
}

/** What was read, once all of it is known: clusters named, providers joined, objects that are defined twice settled. */
export function settleHarvest(harvest: Harvest, options: SettleOptions): Gathered {
  placeInVpcs(harvest)
  placePlaceless(harvest)
  joinProviders(harvest)
  joinParts(harvest)
  const cluster = options.cluster ?? onlyOne(harvest.clusters) ?? onlyEksCluster(harvest.held) ?? 'default'
  const resources = single(harvest, cluster)
  const readAt = harvest.readAt.sort(compare).at(-1)
  return {
    resources,
    read: unique([...harvest.read, ...(options.complete === true ? coverageOf(resources) : [])]),
    unread: unique(harvest.unread.map(entry => unreadEntry(entry, cluster))),
    problems: harvest.problems,
    ignored: new Map([...harvest.ignored].sort(([a], [b]) => compare(a, b))),
    ...(readAt === undefined ? {} : { readAt }),
  }
}

function onlyOne(names: ReadonlySet<string>): string | undefined {
  const [name] = names
  return names.size === 1 ? name : undefined
}

const onlyEksCluster = (held: readonly Held[]): string | undefined =>
  onlyOne(new Set(held.flatMap(one => (one.kind === 'aws/eks/Cluster' ? [(one.body as Kinds['aws/eks/Cluster']).name] : []))))

const scopeOf = (held: Held, cluster: string): Scope => ('scope' in held ? held.scope : { cluster: held.cluster ?? cluster })

function unreadEntry({ where, ...entry }: HeldUnread, cluster: string): UnreadEntry {
  if (where === 'anywhere') return entry
  return { ...entry, scope: 'scope' in where ? where.scope : { cluster: where.cluster ?? cluster } }
}

/** The user says that the input holds every object of each kind in it: in each cluster and account that occurs. */
function coverageOf(resources: readonly Resource[]): Coverage[] {
  return resources.map(({ kind, scope, id }) =>
    isKubernetesKind(kind) && kubernetesKinds[kind].only !== undefined ? { kind, scope, id } : { kind, scope },
  )
}

function unique<T extends Coverage | UnreadEntry>(entries: readonly T[]): T[] {
  const seen = new Map<string, T>()
  for (const entry of entries) {
    const { scope, ...rest } = entry
    const key = JSON.stringify([scope === undefined ? '' : scopeText(scope), rest])
    if (!seen.has(key)) seen.set(key, entry)
  }
  return [...seen.values()]
}

/**
 * One resource for each object. When two documents differ about one, nobody can say which is meant: it is reported, and unread.
 */
function single(harvest: Harvest, cluster: string): Resource[] {
  const byKey = new Map<string, { readonly held: Held; readonly isClear: boolean }>()
  for (const held of harvest.held) {
    const key = `${held.kind}\n${'scope' in held ? '' : (held.cluster ?? cluster)}\n${held.id}`
    const before = byKey.get(key)
    if (before === undefined) byKey.set(key, { held, isClear: true })
    else if (before.isClear) byKey.set(key, settled(harvest, before.held, held, cluster))
  }
  return [...byKey.values()].flatMap(({ held, isClear }) =>
    isClear ? [new Resource<Kind>(held.kind, held.id, scopeOf(held, cluster), held.body as never, held.origin)] : [],
  )
}

function settled(harvest: Harvest, first: Held, second: Held, cluster: string): { readonly held: Held; readonly isClear: boolean } {
  const a = first.body as Record<string, unknown>
  const b = second.body as Record<string, unknown>
  const shared = Object.keys(a).filter(name => Object.hasOwn(b, name))
  const isKubernetes = isKubernetesKind(first.kind)
  const agree = isKubernetes ? isDeepStrictEqual(a, b) : shared.every(name => isVolatile(name) || isDeepStrictEqual(a[name], b[name]))
  // AWS calls tell more or less of one object; the answer that tells more is kept.
  if (agree) return { held: Object.keys(b).length > Object.keys(a).length ? second : first, isClear: true }
  const there = first.origin.locate([], 'value')
  const here = second.origin.locate([], 'value')
  if (there.in !== 'file' || here.in !== 'file') return { held: first, isClear: true }
  const name = `${first.kind} ${first.id}`
  harvest.problems.push({
    code: 'DEFINED_TWICE',
    file: here.file,
    line: here.line,
    column: here.column,
    message: `${name} is defined differently here and at ${there.file}:${there.line}`,
    text: here.text.slice(0, 200),
    help: 'read one environment at a time, or leave one of them out',
  })
  harvest.unread.push({
    kind: first.kind,
    id: first.id,
    where: { scope: scopeOf(first, cluster) },
    reason: `it is defined twice, differently: ${there.file}:${there.line} and ${here.file}:${here.line}`,
    settle: { by: 'user', step: `leave out ${there.file}:${there.line} or ${here.file}:${here.line}` },
  })
  return { held: first, isClear: false }
}

/** Fields that two calls may tell differently of the same object. */
const isVolatile = (name: string): boolean => /date$|^createdAt$|lastused$|^tags$/i.test(name)
