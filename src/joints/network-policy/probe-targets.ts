import type { World } from '#model/world.ts'
import { tried } from '#joints/access-documents.ts'
import { declaredFlowsOf } from '#joints/flow-verdicts.ts'
import { podsOfWorkload } from '#joints/pod-sorts.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'

/** Another workload that a probe tries to reach, by a port of its own and by one beside it. */
export interface Target {
  readonly workload: Workload
  readonly port: number
  readonly otherPort: number
}

/**
 * At most two: of what policies declare from this workload one flow that is let through and one that is not, else a workload of its namespace that
 * declares a port.
 */
export function targetsOf(world: World, workload: Workload): readonly Target[] {
  const declared = declaredTargets(world, workload)
  return declared.length > 0 ? declared : neighbours(world, workload)
}

function declaredTargets(world: World, workload: Workload): readonly Target[] {
  const found = tried(() => {
    const own = podsOfWorkload(world, workload)
    return declaredFlowsOf(world, workload).filter(({ from, to }) => from === own && to.workload !== workload)
  })
  if (found.is === 'unread') return []
  const open = found.value.find(({ answer }) => answer.verdict === 'allow')
  const closed = found.value.find(({ answer, to }) => answer.verdict === 'deny' && to !== open?.to)
  return [open, closed].flatMap(flow => (flow?.answer.port === undefined ? [] : [target(flow.to.workload, flow.answer.port)]))
}

const neighbours = (world: World, { cluster, namespace, resource }: Workload): readonly Target[] =>
  workloadsOf(world)
    .filter(other => other.cluster === cluster && other.namespace === namespace && other.resource !== resource)
    .flatMap(other => {
      const [port] = portsOf(other)
      return port === undefined || other.template.spec.hostNetwork === true ? [] : [target(other, port)]
    })
    .slice(0, 1)

function target(workload: Workload, port: number): Target {
  const taken = new Set([port, ...portsOf(workload)])
  const otherPort = [port + 1, port + 2, 18_080, 18_081].find(candidate => candidate < 65_536 && !taken.has(candidate)) ?? 18_082
  return { workload, port, otherPort }
}

const portsOf = ({ template }: Workload): readonly number[] =>
  template.spec.containers.flatMap(({ ports = [] }) =>
    ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP').map(({ containerPort }) => containerPort),
  )
