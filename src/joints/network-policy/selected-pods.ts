import type { ClusterPolicies } from '#joints/policy-layer.ts'
import type { Workload } from '#joints/workloads.ts'
import { pass, skip, type Verdict } from '#model/verdict.ts'
import type { PodClass } from '#network/policy-layer.ts'
import { placeOf } from './deviation-verdict.ts'
import { podIdsOf } from './workload-deviations.ts'

/** A pass that names a policy which is enforced on the pods; a skip when there is none. */
export function selectedVerdict(policies: ClusterPolicies, workload: Workload): Verdict {
  for (const pod of podIdsOf(policies, workload)) {
    const own = classOf(policies, pod)?.policies
    const [policy] = own === undefined ? [] : [...own.ingress, ...own.egress]
    const place = policy && placeOf(policies, { ...policy, path: [] }, 'it selects the pods, and the agent of their node enforces it')
    if (place !== undefined) return pass(place)
  }
  return skip('no policy selects its pods')
}

export const classOf = (policies: ClusterPolicies, pod: string): PodClass | undefined => policies.layer().classOf(pod)
