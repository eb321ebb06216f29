import { Unread } from '#base/errors.ts'
import { workloadKinds } from '#joints/workloads.ts'
import type { ClusterNetwork, ReachReader, WorkloadPods } from '#joints/network.ts'
import { perWorld } from '#joints/per-world.ts'
import type { ReferenceRule } from '#network/aws/security-group-rules.ts'
import type { Answer, Question } from '#network/question.ts'
import { referencesTo } from './group-flows.ts'
import { idsOfPodGroups, type Group } from './pod-groups.ts'
import { selectedBy } from './workload-groups.ts'

/** What a rule of a group of pods declares with another group of pods, and what policies say of each two workloads. */
export interface PodFlow {
  readonly rule: ReferenceRule
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
  readonly from: string
  readonly to: string
  readonly question: Question
  /** Of policies alone; that which is not known is among them. */
  readonly verdicts: readonly Answer['verdict'][]
}

/** The workloads of a cluster by the groups that policies give them now. */
const byGroup = perWorld((view: ClusterNetwork) => ({ view, found: new Map<string, WorkloadPods[]>(), isDone: false }))

function workloadsWith(world: ReachReader, view: ClusterNetwork, id: string): readonly WorkloadPods[] {
  const index = byGroup(view)
  if (!index.isDone) {
    for (const group of view.workloads) {
      if (group.pods.length === 0) continue
      for (const own of selectedBy(world, group.workload)?.groups ?? []) {
        const list = index.found.get(own)
        if (list === undefined) index.found.set(own, [group])
        else list.push(group)
      }
    }
    index.isDone = true
  }
  return index.found.get(id) ?? []
}

/**
 * The flows between pods that rules of a group declare.
 * @throws Unread when what policies say of one is not known
 */
export function podFlowsInto(world: ReachReader, view: ClusterNetwork, group: Group): readonly PodFlow[] {
  const to = workloadsWith(world, view, group.body.GroupId)
  const [destination] = to
  const flows = destination === undefined ? [] : flowsBetween(world, view, group, to, destination)
  if (flows.length === 0) for (const kind of workloadKinds) world.list(kind, { cluster: view.cluster })
  return flows
}

function flowsBetween(
  world: ReachReader,
  view: ClusterNetwork,
  group: Group,
  to: readonly WorkloadPods[],
  destination: WorkloadPods,
): readonly PodFlow[] {
  return idsOfPodGroups(world).flatMap(id => {
    const own = (referencesTo(world).get(id) ?? []).filter(each => each.group === group)
    const from = own.length === 0 ? [] : workloadsWith(world, view, id)
    const [source] = from
    if (source === undefined) return []
    return own.map(({ rule, protocol, port }): PodFlow => {
      const { cells } = view.network.matrix({ from, to, traffic: [{ protocol, port }] })
      const verdicts = cells.flatMap(({ answers }) => answers.map(({ kubernetes }) => kubernetes))
      if (verdicts.every(verdict => verdict === 'deny' || verdict === 'unknown') && verdicts.includes('unknown'))
        throw new Unread({ kind: 'k8s/NetworkPolicy', reason: 'what policies say of the pods that the rule lets in is not known' })
      const question: Question = { from: { pod: source.pods[0]! }, to: { pod: destination.pods[0]! }, protocol, port }
      return { rule, protocol, port, from: textOf(source, from.length), to: textOf(destination, to.length), question, verdicts }
    })
  })
}

const textOf = ({ workload }: WorkloadPods, count: number): string =>
  `${workload.name} in ${workload.namespace}${count === 1 ? '' : ` and ${count - 1} more`}`
