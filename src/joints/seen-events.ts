import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

export type Event = Resource<'k8s/Event'>

const byObject = perWorld((world: Reader<'k8s/Event'>): ReadonlyMap<string, readonly Event[]> =>
  Map.groupBy(world.seen('k8s/Event'), ({ scope, body: { involvedObject } }) =>
    keyOf('cluster' in scope ? scope.cluster : '', involvedObject.kind ?? '', involvedObject.namespace ?? '', involvedObject.name ?? ''),
  ),
)

const keyOf = (...parts: readonly string[]): string => parts.join('\n')

/** What events are written about: an object of the API server, whatever its kind. */
type Involved = Pick<Resource, 'kind' | 'scope'> & {
  readonly body: { readonly metadata: { readonly namespace?: string | undefined; readonly name: string } }
}

/** The events about an object that the API server still had. It keeps them for an hour, so that there is none proves nothing. */
export function eventsOf(world: Reader<'k8s/Event'>, about: Involved): readonly Event[] {
  const { namespace = '', name } = about.body.metadata
  const cluster = 'cluster' in about.scope ? about.scope.cluster : ''
  const kind = about.kind.slice(4)
  const found = byObject(world).get(keyOf(cluster, kind, namespace, name)) ?? []
  // Events of nodes are written into a namespace, and some writers put it into the object too.
  const more = kind === 'Node' ? (byObject(world).get(keyOf(cluster, kind, 'default', name)) ?? []) : []
  return [...found, ...more]
}
