import { policiesOf, requireLists, type PolicyLayerReader } from '#joints/policy-layer.ts'
import { vpcCniOf } from '#joints/vpc-cni.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, skip, type Verdict } from '#model/verdict.ts'
import type { Deviation } from '#network/policy-layer.ts'
import { Unread } from '#base/errors.ts'
import { deviationLists, enforcedByAws, podEvidence } from './deviation-verdict.ts'
import { selectedVerdict } from './selected-pods.ts'
import { podIdsOf } from './workload-deviations.ts'

const closedSets = new WeakMap<readonly Deviation[], ReadonlySet<string>>()

/** @throws Unread when it was not read who enforces policies, in which mode, or what they are about */
export function strictModeVerdict(world: PolicyLayerReader, workload: Workload): Verdict {
  const policies = policiesOf(world, workload.cluster)
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  const { mode } = policies.input
  if ('unread' in mode) throw new Unread(mode.unread)
  if (mode.value === 'standard') return skip('in standard mode pods are open until a policy selects them')
  requireLists(policies.input, deviationLists)
  const all = policies.deviations()
  const closed = closedSets.get(all) ?? new Set(all.flatMap(each => (each.id === 'closed-without-policy' ? each.pods : [])))
  closedSets.set(all, closed)
  const pods = podIdsOf(policies, workload).filter(pod => closed.has(pod))
  const [first] = pods
  if (first === undefined) return selectedVerdict(policies, workload)
  const isDns = workload.namespace === 'kube-system' && workload.template.labels['k8s-app'] === 'kube-dns'
  return fail({
    message: `${workload.name} is closed: policies are enforced in strict mode, and no NetworkPolicy selects its pods`,
    evidence: [podEvidence(policies, first, 'no NetworkPolicy selects this pod'), ...modePlace(world, workload.cluster)],
    effect: isDns
      ? 'No pod of the cluster resolves a name.'
      : 'Everything to and from its pods is dropped, probes of the kubelet included, until a NetworkPolicy selects them.',
    help: `Write a NetworkPolicy in namespace ${workload.namespace} that selects its pods and allows what they need.`,
    ...(isDns ? { severity: 'critical' } : {}),
  })
}

function modePlace(world: PolicyLayerReader, cluster: string): Evidence[] {
  const label = 'pods are closed until a policy selects them'
  const cni = vpcCniOf(world, cluster)
  const path = cni?.variable('NETWORK_POLICY_ENFORCING_MODE').path
  if (cni !== undefined) return path === undefined ? [] : [cni.daemonSet.at(path, label)]
  const strict = world.list('k8s/NodeClass', { cluster }).find(({ body }) => body.spec?.networkPolicy === 'DefaultDeny')
  return strict === undefined ? [] : [(strict as unknown as Resource).at(['spec', 'networkPolicy'], label)]
}
