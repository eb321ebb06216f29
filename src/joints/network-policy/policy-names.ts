import type { Resource } from '#model/resource.ts'

/** `NetworkPolicy shop/web-out, ClusterNetworkPolicy closed`, each once. */
export const policyNames = (resources: readonly Pick<Resource, 'kind' | 'id'>[]): string =>
  [...new Set(resources.map(({ kind, id }) => `${kind.slice(kind.lastIndexOf('/') + 1)} ${id}`))].join(', ')
