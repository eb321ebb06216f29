import { policiesOf, requireLists, type PolicyLayerReader } from '#joints/policy-layer.ts'
import type { Workload } from '#joints/workloads.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'
import { deviationLists, enforcedByAws, placeOf } from './deviation-verdict.ts'

/** Ports of services that let whoever reaches them do a lot, by what usually listens there. */
const sensitive: ReadonlyMap<number, string> = new Map([
  [2375, 'the Docker API'],
  [2376, 'the Docker API'],
  [2379, 'etcd'],
  [4194, 'cAdvisor'],
  [6060, 'profiles of a Go program'],
  [9100, 'metrics of the node'],
  [10250, 'the kubelet'],
  [10255, 'the kubelet without authentication'],
])

/**
 * A workload of the host network that listens on such a port, on nodes with pods that a policy closes.
 * @throws Unread when it was not read who enforces policies, or what they are about
 */
export function ownNodeVerdict(world: PolicyLayerReader, workload: Workload): Verdict {
  const policies = policiesOf(world, workload.cluster)
  if (!enforcedByAws(policies)) return skip('the engine of the VPC CNI does not enforce policies here')
  requireLists(policies.input, deviationLists)
  const { resource, template } = workload
  if (template.spec.hostNetwork !== true) return skip('it is not in the network of its nodes')
  const ports = template.spec.containers.flatMap(({ ports: own = [] }, i) =>
    own.map(({ containerPort }, j) => ({ containerPort, path: [...template.root, 'spec', 'containers', i, 'ports', j, 'containerPort'] })),
  )
  const found = ports.find(({ containerPort }) => sensitive.has(containerPort))
  if (found === undefined) return pass(resource.at([...template.root, 'spec', 'hostNetwork'], 'it names no port that needs care'))
  const closed = policies.layer().classes.find(({ unenforced, policies: own }) => unenforced === undefined && own.egress.length > 0)
  const place = closed?.policies.egress.flatMap(
    each => placeOf(policies, { ...each, path: [] }, 'pods that it closes reach the port on their own node') ?? [],
  )[0]
  if (place === undefined) return skip('no policy closes egress of any pod')
  return fail({
    message: `${workload.name} listens on port ${found.containerPort} of its nodes (${sensitive.get(found.containerPort) ?? ''}), which pods there reach whatever policies say`,
    evidence: [resource.at(found.path, 'a port in the network of the node'), place],
    effect: 'A pod and its own node always reach each other: no policy of egress closes the port to pods of the same node.',
    help: 'Let it listen on 127.0.0.1, or ask for authentication; policies cannot close it.',
  })
}
