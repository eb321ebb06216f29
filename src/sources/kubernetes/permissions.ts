import { kubernetesKinds, type KubernetesKind } from '#model/kinds.ts'
import { compare } from '#model/world.ts'

/** One rule of a ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

/**
 * The rules of the ClusterRole that reading these kinds needs, one for each API group, sorted. Reading only ever lists, and gets by name the few
 * ConfigMaps that it needs. Of Secrets it asks for the metadata alone, but RBAC cannot grant that without the values: the rule is here when, and
 * only when, one of the kinds is k8s/Secret.
 */
export function kubernetesPermissions(kinds: readonly KubernetesKind[]): readonly PolicyRule[] {
  const facts = [...new Set(kinds)].map(kind => kubernetesKinds[kind])
  const byGroup = Map.groupBy(
    facts.filter(({ only, metadataOnly }) => only === undefined && metadataOnly === undefined),
    ({ group }) => group,
  )
  const lists = [...byGroup]
    .sort(([a], [b]) => compare(a, b))
    .map(([group, members]) => ({ apiGroups: [group], resources: members.map(({ plural }) => plural).sort(compare), verbs: ['list'] }))
  const singles = facts.flatMap(({ group, plural, only }) =>
    only === undefined
      ? []
      : [
          {
            apiGroups: [group],
            resources: [plural],
            verbs: ['get'],
            resourceNames: only.map(id => id.slice(id.indexOf('/') + 1)).sort(compare),
          },
        ],
  )
  // A rule of its own: who does not want it leaves it out, and what needs it is unknown.
  const metadata = facts.flatMap(({ group, plural, metadataOnly }) =>
    metadataOnly === undefined ? [] : [{ apiGroups: [group], resources: [plural], verbs: ['list'] }],
  )
  return [...lists, ...singles, ...metadata]
}
