import type { PolicyDocument } from './document.ts'
import type { CompiledCluster } from './compile.ts'

/** Pods on which a policy is, or may be, in force: `namespace/name`. */
export function podsOf({ policies, tables, classes }: CompiledCluster): (policy: PolicyDocument) => readonly string[] {
  const byPolicy = new Map<PolicyDocument, string[]>()
  classes.pods.forEach((pods, classId) => {
    for (const position of new Set(tables[classId]!.variants.flat())) {
      const policy = policies[position]!
      const list = byPolicy.get(policy)
      const ids = pods.map(pod => pod.id)
      if (list === undefined) byPolicy.set(policy, ids)
      else list.push(...ids)
    }
  })
  return policy => byPolicy.get(policy) ?? []
}
