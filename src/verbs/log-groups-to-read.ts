import { controlPlaneGroup } from '#joints/container-insights/destinations.ts'
import { sectionsOf } from '#joints/container-insights/settings.ts'
import { home } from '#joints/container-insights/shippers.ts'
import type { Kind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Gathered } from '#sources/gathered.ts'

/** What is read of one group at a time. */
const ofGroups: ReadonlySet<Kind> = new Set(['aws/logs/LogStreams', 'aws/logs/SubscriptionFilters'])

/**
 * The groups whose streams and subscriptions are asked for besides those that Container Insights makes by itself: that of the control plane, and those that
 * Fluent Bit's configuration names otherwise. None when no check asks for what groups hold.
 */
export function logGroupsToRead(read: readonly Gathered[], cluster: string | undefined, kinds: readonly Kind[]): readonly string[] {
  if (cluster === undefined || !kinds.some(kind => ofGroups.has(kind))) return []
  const maps = read
    .flatMap(part => part.resources)
    .filter((resource): resource is Resource<'k8s/ConfigMap'> => resource.kind === 'k8s/ConfigMap')
  const texts = maps.flatMap(({ id, body }) => (id.startsWith(`${home}/`) ? Object.values(body.data ?? {}) : []))
  const named = texts.flatMap(text =>
    sectionsOf(text).flatMap(({ name, values }) => (name === 'output' ? (values.get('log_group_name') ?? []) : [])),
  )
  // What else a name is made of, only the pods know.
  const whole = named.map(name => name.replaceAll('${CLUSTER_NAME}', cluster)).filter(name => !name.includes('${'))
  return [...new Set([controlPlaneGroup(cluster), ...whole])]
}
