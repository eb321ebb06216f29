import type { MatrixAnswer, Traffic } from '#network/network.ts'
import type { Question } from '#network/question.ts'
import { declaredRulesOf, type DeclaredRule } from './declared-flows.ts'
import { networkOf, type ReachReader, type WorkloadPods } from './network.ts'
import { perWorld } from './per-world.ts'
import { podsOfWorkload, sortOf } from './pod-sorts.ts'
import type { Workload } from './workloads.ts'

/** Two workloads of which a policy says that they talk, at one port, and what both layers make of it. */
export interface DeclaredFlow {
  readonly rule: DeclaredRule
  readonly from: WorkloadPods
  readonly to: WorkloadPods
  readonly answer: MatrixAnswer
  /** Of one pair of pods, on two nodes: for whoever needs reasons. */
  readonly question: Question
}

const flowsIn = perWorld((_world: ReachReader) => new Map<Workload, readonly DeclaredFlow[]>())

/**
 * Every declared flow that begins or ends at a workload, each pair and port once, by the matrix of the engine: nothing is explained yet.
 * @throws Unread when policies may be missing
 */
export function declaredFlowsOf(world: ReachReader, workload: Workload): readonly DeclaredFlow[] {
  const known = flowsIn(world)
  const found = known.get(workload) ?? flowsOf(world, workload)
  known.set(workload, found)
  return found
}

function flowsOf(world: ReachReader, workload: Workload): readonly DeclaredFlow[] {
  const { network } = networkOf(world, workload.cluster)
  const own = podsOfWorkload(world, workload)
  const flows = new Map<string, DeclaredFlow>()
  const add = (rule: DeclaredRule, from: readonly WorkloadPods[], to: readonly WorkloadPods[]) => {
    const { cells } = network.matrix({ from, to, traffic: group => rule.traffic(group as WorkloadPods) })
    for (const cell of cells) {
      const [source, destination] = [from[cell.from]!, to[cell.to]!]
      for (const answer of cell.answers) {
        const key = `${source.id} ${destination.id} ${answer.protocol}/${answer.port ?? ''}`
        if (!flows.has(key))
          flows.set(key, { rule, from: source, to: destination, answer, question: questionOf(source, destination, answer) })
      }
    }
  }
  for (const rule of declaredRulesOf(world, workload)) {
    if (rule.from.includes(own)) add(rule, [own], rule.to)
    if (rule.to.includes(own)) add(rule, rule.from, [own])
  }
  return [...flows.values()]
}

/** Between two pods: of one workload, the first two. */
function questionOf(from: WorkloadPods, to: WorkloadPods, { protocol, port }: Traffic): Question {
  const source = from.pods[0]!
  const destination = to.pods.find(pod => pod !== source) ?? to.pods[0]!
  return { from: { pod: source }, to: { pod: destination }, protocol, ...(port === undefined ? {} : { port }), placement: 'other-node' }
}

/** `deploy/web in shop → deploy/api in shop at TCP 8080`. */
export const flowText = ({ from, to, answer }: DeclaredFlow): string =>
  `${from.workload.name} in ${from.workload.namespace} to ${to.workload.name} in ${to.workload.namespace} at ${answer.protocol} port ${answer.port ?? ''}`

/** Flows that both layers cannot tell apart have one cause. */
export const flowSort = (world: ReachReader, { from, to, answer }: DeclaredFlow): string => {
  const view = networkOf(world, from.workload.cluster)
  return `${sortOf(view, from.pods[0]!)} ${sortOf(view, to.pods[0]!)} ${answer.protocol}/${answer.port ?? ''}`
}
