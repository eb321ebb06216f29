import type { DeviationSearch } from './deviation-parts.ts'
import type { Deviation } from '../policy-layer.ts'
import { policyReference } from './explain.ts'

/** Pods that policies select and on which nothing enforces them. */
export function unenforcedPods({ compiled }: DeviationSearch): Deviation[] {
  return compiled.classes.pods.flatMap((pods, classId) => {
    const { unenforced, variants } = compiled.tables[classId]!
    const policies = [...new Set(variants.flat())].map(policy => policyReference(compiled.policies[policy]!))
    if (unenforced === undefined || policies.length === 0) return []
    return pods.map((pod): Deviation => {
      const detail = `policies select the pod and nothing enforces them on it (${unenforced})`
      return { id: 'unenforced-pod', at: { kind: 'k8s/Pod', id: pod.id, path: [] }, with: policies, error: 'opens', pods: [pod.id], detail }
    })
  })
}

/** Strict mode: a pod is closed until a NetworkPolicy has selected it, its own node's kubelet included. */
export function closedPods({ compiled, input }: DeviationSearch): Deviation[] {
  if (!('value' in input.mode) || input.mode.value !== 'strict') return []
  const pods = compiled.classes.pods.flatMap((list, classId) => {
    const { unenforced, variants } = compiled.tables[classId]!
    const selected = variants.every(variant => variant.some(policy => compiled.policies[policy]!.tier === 'namespace'))
    return unenforced !== undefined || selected ? [] : list.map(pod => pod.id)
  })
  const [first] = pods
  if (first === undefined) return []
  const detail = 'strict mode closes pods that no NetworkPolicy has selected yet'
  return [{ id: 'closed-without-policy', at: { kind: 'k8s/Pod', id: first, path: [] }, with: [], error: 'closes', pods, detail }]
}

const inertLists = {
  clusterNetworkPolicies: 'k8s/policy.networking.k8s.io/ClusterNetworkPolicy',
  adminNetworkPolicies: 'k8s/AdminNetworkPolicy',
  baselineAdminNetworkPolicies: 'k8s/BaselineAdminNetworkPolicy',
} as const

/** Policies of an API that AWS's engine does not read. */
export function inertPolicies({ input }: DeviationSearch): Deviation[] {
  return (['clusterNetworkPolicies', 'adminNetworkPolicies', 'baselineAdminNetworkPolicies'] as const).flatMap(list =>
    input[list].all.map(({ metadata }): Deviation => {
      const detail = 'nothing reads policies of policy.networking.k8s.io: AWS has its own, of networking.k8s.aws'
      return {
        id: 'inert-api',
        at: { kind: inertLists[list], id: metadata.name, path: [] },
        with: [],
        error: 'unpredictable',
        pods: [],
        detail,
      }
    }),
  )
}
