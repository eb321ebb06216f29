import { kubernetesKinds, type KubernetesKind } from '#model/kinds.ts'
import { compare } from '#model/world.ts'

/** One rule of a ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/**
 * The rules of the ClusterRole that reading these kinds needs, one for each API group, sorted. Reading only ever lists:
 * there is no kind for Secrets, and nothing here can grant them.
 */
export function kubernetesPermissions(kinds: readonly KubernetesKind[]): readonly PolicyRule[] {
  const facts = [...new Set(kinds)].map(kind => kubernetesKinds[kind])
  const byGroup = Map.groupBy(facts, ({ group }) => group)
  return [...byGroup]
    .sort(([a], [b]) => compare(a, b))
    .map(([group, members]) => ({ apiGroups: [group], resources: members.map(({ plural }) => plural).sort(compare), verbs: ['list'] }))
}
