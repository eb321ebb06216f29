import { Unread, type UnreadFact } from '#base/errors.ts'
import { compilePolicy, type CompiledPolicy, type PolicyKind } from '#iam/compile.ts'
import type { Layer } from '#iam/layer.ts'
import type { Path } from '#model/place.ts'
import type { Kind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'

/** A compiled document and where it stands: the engine answers with indexes, people want places. */
export interface PlacedPolicy {
  readonly policy: CompiledPolicy
  readonly resource: Resource
  /** Of the document inside the resource's body. */
  readonly path: Path
  /** `inline policy read-db of role s3-reader`. */
  readonly name: string
}

/** The documents of one layer as far as they were read, and why the rest was not. */
export interface PlacedLayer {
  readonly policies: readonly PlacedPolicy[]
  readonly unread: readonly UnreadFact[]
}

export const noPolicies: PlacedLayer = { policies: [], unread: [] }

export const unreadLayer = (...unread: readonly UnreadFact[]): PlacedLayer => ({ policies: [], unread })

export const joinLayers = (...layers: readonly PlacedLayer[]): PlacedLayer => ({
  policies: layers.flatMap(layer => layer.policies),
  unread: layers.flatMap(layer => layer.unread),
})

/** For the engine: a layer of which anything was not read is not read. */
export const wholeLayer = (layer: PlacedLayer): Layer => (layer.unread.length > 0 ? 'unread' : readLayer(layer))

/** What was read of it alone: enough for a denial that stands whatever the rest says. */
export const readLayer = ({ policies }: PlacedLayer): readonly CompiledPolicy[] => policies.map(({ policy }) => policy)

/** The document at a path of a resource, as a layer of its own. Null is none; undefined was not read. */
export function documentLayer<K extends Kind>(
  resource: Resource<K>,
  path: Path,
  document: unknown,
  kind: PolicyKind,
  name: string,
  unread: UnreadFact,
): PlacedLayer {
  if (document === null) return noPolicies
  if (document === undefined) return unreadLayer(unread)
  return { policies: [{ policy: compiledDocument(document, kind), resource: resource, path, name }], unread: [] }
}

/** No policy at all is no layer, which differs from one that is silent only in what people are told. */
export const optionalLayer = (layer: PlacedLayer): PlacedLayer | undefined =>
  layer.policies.length === 0 && layer.unread.length === 0 ? undefined : layer

const compiled = new WeakMap<object, Map<PolicyKind, CompiledPolicy>>()

/** Compiled once for as long as the document lives, whichever joint asks. */
export function compiledDocument(document: unknown, kind: PolicyKind): CompiledPolicy {
  if (typeof document !== 'object' || document === null) return compilePolicy(document, kind)
  const kinds = compiled.get(document) ?? new Map<PolicyKind, CompiledPolicy>()
  compiled.set(document, kinds)
  const known = kinds.get(kind)
  if (known !== undefined) return known
  const policy = compilePolicy(document, kind)
  kinds.set(kind, policy)
  return policy
}

/** What was asked of the world, or why no source could tell. */
export type Tried<T> = { readonly is: 'read'; readonly value: T } | { readonly is: 'unread'; readonly fact: UnreadFact }

export function tried<T>(ask: () => T): Tried<T> {
  try {
    return { is: 'read', value: ask() }
  } catch (error) {
    if (error instanceof Unread) return { is: 'unread', fact: error.fact }
    throw error
  }
}
