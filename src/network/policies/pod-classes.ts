import type { PodClass } from '../policy-layer.ts'
import { policiesAsked } from './answers.ts'
import type { CompiledCluster } from './compile.ts'

/** Classes as their readers see them. */
export function podClasses(compiled: CompiledCluster): PodClass[] {
  const { classes, tables, cluster } = compiled
  return classes.pods.map((pods, id) => {
    const table = tables[id]!
    const namespaces = new Set(pods.map(pod => pod.namespace))
    const [namespace] = namespaces
    const unenforced = cluster.engine === 'none' ? 'no-engine' : table.unenforced
    return {
      id,
      namespace: namespaces.size === 1 ? namespace : undefined,
      pods: pods.map(pod => pod.id),
      ...(unenforced && { unenforced }),
      policies: { ingress: policiesAsked(compiled, table, 'ingress'), egress: policiesAsked(compiled, table, 'egress') },
    }
  })
}
