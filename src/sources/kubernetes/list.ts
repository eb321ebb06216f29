import { inGroup, kubernetesKinds, kubernetesName, type KubernetesKind } from '#model/kinds.ts'
import { metadataOnly } from '#sources/metadata-only.ts'
import type { ApiClient, Answer } from './api-client.ts'

/** One list of one kind: in one namespace, or everywhere. */
export interface ListPlace {
  readonly kind: KubernetesKind
  readonly namespace?: string
  /** Another version than the kind's own, with objects of the same form. */
  readonly version?: string
}

export type Listed = { readonly is: 'ok'; readonly items: readonly ListItem[] } | Exclude<Answer, { readonly is: 'ok' | 'expired' }>

/** An object as its API sent it, with the apiVersion and kind that lists leave out. */
export interface ListItem {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** client-go's page size. https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks */
const pageSize = 500
const pagedTries = 2

/**
 * Metadata and nothing else. There is no second choice, so a server that cannot do it refuses (406) rather than send the whole.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
 */
const partial = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

/** `/api/v1/namespaces/payments/pods`, `/apis/apps/v1/deployments`. */
export function collectionPath({ kind, namespace, version = kubernetesKinds[kind].version }: ListPlace): string {
  const { group, plural } = kubernetesKinds[kind]
  const prefix = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return namespace === undefined ? `${prefix}/${plural}` : `${prefix}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

/**
 * Every object of the list, in pages. A list that expires while it is read (410 Gone) starts again: pages of two moments must not be mixed.
 * If it expires again it is read in one piece, which cannot expire.
 */
export async function listAll(api: ApiClient, place: ListPlace): Promise<Listed> {
  for (let tries = 0; tries < pagedTries; tries += 1) {
    const listed = await listPages(api, place, pageSize)
    if (listed.is !== 'expired') return listed
  }
  const whole = await listPages(api, place, undefined)
  return whole.is === 'expired' ? { is: 'failed', reason: 'the list expired while it was read' } : whole
}

async function listPages(api: ApiClient, place: ListPlace, limit: number | undefined): Promise<Listed | { readonly is: 'expired' }> {
  const items: ListItem[] = []
  const isPartial = kubernetesKinds[place.kind].metadataOnly === true
  let token: string | undefined
  do {
    const query = new URLSearchParams({
      ...(limit === undefined ? {} : { limit: `${limit}` }),
      ...(token === undefined ? {} : { continue: token }),
    })
    const answer = await api.get(
      `${collectionPath(place)}${query.size === 0 ? '' : `?${query.toString()}`}`,
      isPartial ? partial : undefined,
    )
    if (answer.is !== 'ok') return answer
    if (isPartial && answer.body['kind'] !== 'PartialObjectMetadataList')
      return { is: 'failed', reason: 'the API server does not give metadata alone' }
    const page = pageOf(answer.body)
    if (page === undefined) return { is: 'failed', reason: 'the API server answered something that is not a list' }
    for (const item of page.items) items.push(completed(place, item))
    token = page.next
  } while (token !== undefined)
  return { is: 'ok', items }
}

type Json = Readonly<Record<string, unknown>>

function pageOf(body: Json): { readonly items: readonly Json[]; readonly next: string | undefined } | undefined {
  const { items, metadata } = body
  // Go writes an empty slice of some types as null.
  const list = items === null ? [] : items
  if (!Array.isArray(list) || !list.every(isNamed)) return undefined
  const next = typeof metadata === 'object' && metadata !== null && 'continue' in metadata ? metadata.continue : undefined
  return { items: list, next: typeof next === 'string' && next !== '' ? next : undefined }
}

const isNamed = (item: unknown): item is Json =>
  typeof item === 'object' && item !== null && 'metadata' in item && typeof (item.metadata as { name?: unknown } | null)?.name === 'string'

/** As `kubectl get -o json` prints it, without the field managers, which say nothing about what the object does. */
export function completed({ kind, version = kubernetesKinds[kind].version }: ListPlace, item: Json): ListItem {
  const { group, metadataOnly: isPartial } = kubernetesKinds[kind]
  // The server says PartialObjectMetadata of metadata alone: apiVersion and kind are left out with the rest.
  const said = isPartial === true ? { metadata: metadataOnly(item)['metadata'] } : item
  const { metadata, ...rest } = said as { metadata: Record<string, unknown> }
  const { managedFields: _, ...kept } = metadata
  return {
    apiVersion: inGroup(group, version),
    kind: kubernetesName(kind),
    metadata: kept as { name: string },
    ...rest,
  }
}
