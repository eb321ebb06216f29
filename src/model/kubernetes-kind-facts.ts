import type { Wire } from './wire.ts'

/** Every Kubernetes object that an API server returns has a name; client types leave it optional. */
export type Named<T> = Wire<T> & { readonly metadata: { readonly name: string } }
export type Namespaced<T> = Wire<T> & { readonly metadata: { readonly name: string; readonly namespace: string } }

/** What an index files a body under: nothing, one value, or several. */
export type IndexOf<Body> = (body: Body) => string | readonly string[] | undefined

/** How the API server names a kind, and the indexes that checks look it up by. */
export interface KindFacts<Body> {
  readonly group: string
  readonly version: string
  /** Other versions in which the objects have the same form: read where the API server does not serve `version`. The newest first. */
  readonly alsoIn?: readonly string[]
  readonly plural: string
  readonly namespaced: boolean
  /** The ids of the objects of the kind that are read; of others neither the names nor anything else is asked for or kept. */
  readonly only?: readonly string[]
  /** Of its objects only the metadata is asked for and kept. */
  readonly metadataOnly?: true
  /** A custom resource: clusters without its definition have none, and its definition may let anything through. */
  readonly custom?: true
  readonly indexes?: Readonly<Record<string, IndexOf<Body>>>
}

/** Facts of each kind of a table of bodies. */
export type KindTable<Bodies> = { readonly [K in keyof Bodies]: KindFacts<Bodies[K]> }
