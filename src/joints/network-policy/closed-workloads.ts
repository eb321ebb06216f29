import { requireLists, type ClusterPolicies } from '#joints/policy-layer.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import { placeOf } from './deviation-verdict.ts'

/** A workload that a policy closes, and the policy. */
export interface ClosedWorkload {
  readonly workload: Workload
  readonly by: Evidence | undefined
}

/**
 * Each workload that policies are enforced on and close, one way or the other, with the first of them.
 * @throws Unread when none is known, and policies or pods may be missing
 */
export function closedWorkloads(policies: ClusterPolicies): readonly ClosedWorkload[] {
  const found = new Map<Workload, ClosedWorkload>()
  for (const { pods, unenforced, policies: own } of policies.layer().classes) {
    const [policy] = [...own.ingress, ...own.egress]
    if (policy === undefined || unenforced !== undefined) continue
    for (const pod of pods) {
      const workload = policies.workloadOf.get(pod)
      if (workload === undefined || found.has(workload)) continue
      found.set(workload, {
        workload,
        by: placeOf(policies, { ...policy, path: [] }, `it closes ${workload.name} in ${workload.namespace}`),
      })
    }
  }
  if (found.size === 0) requireLists(policies.input, ['pods', 'namespaces', 'networkPolicies', 'awsClusterNetworkPolicies'])
  return [...found.values()]
}
