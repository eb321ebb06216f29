import type { ClusterRoleDocument } from './documents.ts'
import { items } from './documents.ts'
import { selects } from './label-selector.ts'

const nameOf = (role: ClusterRoleDocument): string => role.metadata?.name ?? ''

/**
 * From which ClusterRoles each aggregated one gets its rules, itself excluded: what the API server's controller would write into `rules`, over
 * whatever a manifest says there. An aggregated role may select another, so this follows selections to the roles that have rules of their own.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
 *
 * Not modelled: aggregated roles that select each other in a circle keep, on a live cluster, rules that no role has any more.
 */
export function contributorsOf(
  clusterRoles: readonly ClusterRoleDocument[],
): ReadonlyMap<ClusterRoleDocument, readonly ClusterRoleDocument[]> {
  const byName = [...clusterRoles].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const selected = new Map<ClusterRoleDocument, readonly ClusterRoleDocument[]>()
  for (const role of clusterRoles) if (role.aggregationRule) selected.set(role, selectedBy(role, byName))
  return new Map([...selected.keys()].map(role => [role, sourcesOf(role, selected)]))
}

function selectedBy(role: ClusterRoleDocument, byName: readonly ClusterRoleDocument[]): readonly ClusterRoleDocument[] {
  const selectors = items(role.aggregationRule?.clusterRoleSelectors)
  const found = selectors.flatMap(selector =>
    selector === undefined ? [] : byName.filter(other => selects(selector, other.metadata?.labels ?? {})),
  )
  return [...new Set(found)]
}

function sourcesOf(
  role: ClusterRoleDocument,
  selected: ReadonlyMap<ClusterRoleDocument, readonly ClusterRoleDocument[]>,
): readonly ClusterRoleDocument[] {
  const seen = new Set([role])
  const sources: ClusterRoleDocument[] = []
  // A list that grows while it is read: chains of aggregation may be long, and circles end here.
  const queue = [...(selected.get(role) ?? [])]
  for (const next of queue) {
    if (seen.has(next)) continue
    seen.add(next)
    const more = selected.get(next)
    if (more === undefined) sources.push(next)
    else queue.push(...more)
  }
  return sources
}
