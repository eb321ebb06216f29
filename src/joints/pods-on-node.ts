import type { Resource, Scope } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { perKinds } from './per-world.ts'

type Pod = Resource<'k8s/Pod'>

const podsByNode = perKinds(['k8s/Pod'], (world: Reader<'k8s/Pod'>): ReadonlyMap<string, readonly Pod[]> =>
  Map.groupBy(world.seen('k8s/Pod'), ({ scope, body }) => keyOf(scope, body.spec?.nodeName ?? '')),
)

const keyOf = (scope: Scope, node: string): string => `${'cluster' in scope ? scope.cluster : ''}\n${node}`

/** The pods that were read and that their spec puts on the node, those that ended too. Proves presence, never absence. */
export const podsOn = (world: Reader<'k8s/Pod'>, { scope, body }: Resource<'k8s/Node'>): readonly Pod[] =>
  podsByNode(world).get(keyOf(scope, body.metadata.name)) ?? []
