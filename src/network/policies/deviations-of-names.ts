import type { DeviationSearch } from './deviation-parts.ts'
import type { Deviation } from '../policy-layer.ts'
import type { RuleReference } from '../question.ts'
import { policyReference } from './explain.ts'

const podReference = (id: string): RuleReference => ({ kind: 'k8s/Pod', id, path: ['metadata', 'name'] })

/** Pods whose names make the agent take one for the other, and policies whose names make the controller. */
export function deviationsOfNames({ compiled, podsOf }: DeviationSearch): Deviation[] {
  const shared = [...compiled.cluster.pods.values()].flatMap((pod): Deviation[] => {
    const inForce = compiled.inForce.get(pod.id)
    if (inForce === undefined || inForce.siblings.length === 0 || pod.unenforced !== undefined) return []
    const across = inForce.variants.length > 1
    const others = inForce.siblings.join(', ')
    const detail = across
      ? `its tables may also hold the policies of ${others}, which run on other nodes: that depends on the order of writes`
      : `it shares its tables with ${others}, whose policies are not its own`
    const id = across ? 'shared-identifier-across-nodes' : 'shared-identifier'
    return [{ id, at: podReference(pod.id), with: inForce.siblings.map(podReference), error: 'unpredictable', pods: [pod.id], detail }]
  })
  const namespaced = compiled.policies.filter(policy => policy.kind === 'k8s/ApplicationNetworkPolicy')
  const contested = namespaced.flatMap((policy): Deviation[] => {
    const twin = compiled.policies.find(other => other.kind === 'k8s/NetworkPolicy' && other.id === policy.id)
    if (twin === undefined) return []
    const detail = `a NetworkPolicy has the same name, and the controller writes the endpoints of one over those of the other`
    const pods = [...new Set([...podsOf(policy), ...podsOf(twin)])]
    return [{ id: 'policy-name-shared', at: policyReference(policy), with: [policyReference(twin)], error: 'unpredictable', pods, detail }]
  })
  return [...shared, ...contested]
}
