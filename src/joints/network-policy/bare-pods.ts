import { policiesOf, requireLists, type PolicyLayerReader } from '#joints/policy-layer.ts'
import type { Workload } from '#joints/workloads.ts'
import { fail, skip, type Verdict } from '#model/verdict.ts'
import { deviationLists, enforcedByAws, placeOf } from './deviation-verdict.ts'
import { classOf, selectedVerdict } from './selected-pods.ts'

/** @throws Unread when it was not read who enforces policies, or what they are about */
export function barePodVerdict(world: PolicyLayerReader, workload: Workload): Verdict {
  const policies = policiesOf(world, workload.cluster)
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  requireLists(policies.input, deviationLists)
  const { resource } = workload
  if (workload.template.spec.hostNetwork === true) return skip('no policy is enforced on pods of the host network')
  if (resource.kind !== 'k8s/Pod' || (resource.body.metadata.ownerReferences ?? []).length > 0) return selectedVerdict(policies, workload)
  const own = classOf(policies, resource.id)?.policies
  const selecting = own === undefined ? [] : [...own.ingress, ...own.egress]
  const places = selecting.flatMap(each => placeOf(policies, { ...each, path: [] }, 'it selects the pod') ?? [])
  if (places.length === 0) return skip('no policy selects it')
  return fail({
    message: `${workload.name} has no owner, and AWS enforces policies only on pods that have one`,
    evidence: [resource.at(['metadata', 'name'], 'it has no metadata.ownerReferences'), ...places.slice(0, 2)],
    effect:
      'Enforcement is not promised: the agent was seen to enforce on such pods, and to take those whose names agree up to the last dash for one.',
    help: 'Run it as a Deployment, StatefulSet or Job.',
  })
}
