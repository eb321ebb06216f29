import { UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import { networkKinds, networkOf, type ClusterNetwork, type WorkloadPods } from '#joints/network.ts'
import { withEngine, type EngineOverride } from '#joints/network-engine-override.ts'
import type { ReachMatrix } from '#report/reach-matrix.ts'
import { declaredPorts, parseTraffic, trafficText, type AskedTraffic } from './reach-traffic.ts'
import { oneCluster } from './reach.ts'
import { readWorld, type ReadResult, type WorldInput } from './read-world.ts'

export interface MatrixQuestion {
  readonly port: string | undefined
  /** Only the workloads of these; of all when empty. */
  readonly namespaces: readonly string[]
  readonly onlyDisagreements: boolean
  readonly override: EngineOverride
}

export interface MatrixResult extends ReadResult {
  readonly matrix: ReachMatrix
}

/** Every workload to every other, as AWS sees it and as Kubernetes does. The whole cluster is read, since policies name other namespaces. */
export async function reachMatrix(input: WorldInput, question: MatrixQuestion): Promise<MatrixResult> {
  const read = await readWorld({ ...input, namespaces: [] }, networkKinds)
  const view = withEngine(networkOf(read.world, oneCluster(read)), question.override)
  const groups = groupsIn(view, question.namespaces)
  const { cells } = view.network.matrix({
    from: groups,
    to: groups,
    traffic: trafficFor(view, question.port),
    onlyDisagreements: question.onlyDisagreements,
  })
  const matrix: ReachMatrix = {
    workloads: groups.map(({ id }) => id),
    asked: question.port ?? 'the ports that each destination declares',
    cells: cells.map(({ from, to, answers }) => ({
      from,
      to,
      ports: answers.map(({ aws, kubernetes, verdict, ...traffic }) => ({ traffic: trafficText(traffic), aws, kubernetes, verdict })),
    })),
    isOnlyDisagreements: question.onlyDisagreements,
    problems: read.problems,
  }
  return { ...read, matrix }
}

/** @throws UserError `NO_SUCH_NAMESPACE` */
export function groupsIn({ workloads, network }: ClusterNetwork, namespaces: readonly string[]): readonly WorkloadPods[] {
  const known = [
    ...new Set([
      ...workloads.map(({ workload }) => workload.namespace),
      ...network.input.policies.namespaces.all.map(({ metadata }) => metadata.name),
    ]),
  ]
  for (const name of namespaces) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    throw new UserError(
      'NO_SUCH_NAMESPACE',
      `there is no namespace ${name} in what was read`,
      near === undefined ? {} : { help: `did you mean ${near}?` },
    )
  }
  return workloads.filter(({ workload }) => namespaces.length === 0 || namespaces.includes(workload.namespace))
}

/** One port for all, or each destination's own. */
export function trafficFor(
  view: ClusterNetwork,
  port: string | undefined,
): (to: { readonly pods: readonly string[] }) => readonly AskedTraffic[] {
  const asked = port === undefined ? undefined : parseTraffic(port)
  if (asked !== undefined && !('name' in asked)) return () => [asked]
  return ({ pods }) => {
    const declared = declaredPorts(
      view,
      pods.map(pod => ({ pod })),
    ).filter(
      ({ name, protocol }) => asked === undefined || (name === asked.name && (asked.protocol === undefined || asked.protocol === protocol)),
    )
    return [...new Map(declared.map(({ protocol, port: number }) => [`${protocol}/${number}`, { protocol, port: number }])).values()]
  }
}
