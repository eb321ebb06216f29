import { requirementsOf } from '#joints/label-selector.ts'
import { policiesOf, requireLists, type ClusterPolicies, type PolicyLayerReader } from '#joints/policy-layer.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import { fail, skip, type Verdict } from '#model/verdict.ts'
import type { Deviation } from '#network/policy-layer.ts'
import { deviationLists, enforcedByAws, placeOf, podEvidence, policyName } from './deviation-verdict.ts'
import { classOf, selectedVerdict } from './selected-pods.ts'
import { deviationsOfWorkload } from './workload-deviations.ts'

const where: Readonly<Record<string, string>> = {
  'host-network': 'in the network of their nodes',
  fargate: 'on Fargate',
  windows: 'on Windows nodes',
  hybrid: 'on hybrid nodes',
}

/** @throws Unread when it was not read who enforces policies, or what they are about */
export function unenforcedVerdict(world: PolicyLayerReader, workload: Workload): Verdict {
  const policies = policiesOf(world, workload.cluster)
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  requireLists(policies.input, deviationLists)
  if (workload.template.spec.hostNetwork === true) return onHostNetwork(policies, workload)
  const [first, ...others] = deviationsOfWorkload(policies, 'unenforced-pod', workload)
  if (first === undefined) return selectedVerdict(policies, workload)
  const reason = classOf(policies, first.at.id)?.unenforced ?? 'no-engine'
  const [policy] = first.with
  return fail({
    message: `${workload.name} runs ${where[reason] ?? 'where nothing enforces policies'}, where ${policy === undefined ? 'the policies that select it are' : `${policyName(policy)} is`} not enforced`,
    evidence: evidenceOf(policies, first, reason),
    effect: `${others.length === 0 ? 'The pod accepts and sends' : `All ${others.length + 1} pods accept and send`} everything, whatever the policies say.`,
    help: 'Give the pods security groups of their own, or run them where policies are enforced.',
  })
}

function evidenceOf(policies: ClusterPolicies, first: Deviation, reason: string): [Evidence, ...Evidence[]] {
  const decides = podEvidence(policies, first.at.id, `no agent enforces policies ${where[reason] ?? 'here'}`)
  return [decides, ...first.with.slice(0, 3).flatMap(each => placeOf(policies, { ...each, path: [] }, 'it selects the pods') ?? [])]
}

/** What a NetworkPolicy does to pods of the host network its API leaves open; AWS's engine passes over them. */
function onHostNetwork(policies: ClusterPolicies, { name, namespace, resource, template }: Workload): Verdict {
  const selecting = policies.input.networkPolicies.all.filter(
    ({ metadata, spec }) =>
      metadata.namespace === namespace && requirementsOf(spec?.podSelector).every(each => each.holds(template.labels)),
  )
  const [first] = selecting
  if (first === undefined) return skip('no NetworkPolicy selects its pods')
  const places = selecting.slice(0, 3).flatMap(({ metadata }) => {
    const reference = { kind: 'k8s/NetworkPolicy', id: `${namespace}/${metadata.name}`, path: [] } as const
    return placeOf(policies, reference, 'it selects the pods') ?? []
  })
  return fail({
    message: `${name} runs ${where['host-network'] ?? ''}, where NetworkPolicy ${namespace}/${first.metadata.name} is not enforced`,
    evidence: [
      resource.at([...template.root, 'spec', 'hostNetwork'], 'pods of the host network have no interface to enforce policies at'),
      ...places,
    ],
    effect: 'Its pods accept and send what their node does, whatever the policies say.',
    help: "Close the ports in the nodes' security groups, or take hostNetwork away.",
    severity: 'medium',
  })
}
