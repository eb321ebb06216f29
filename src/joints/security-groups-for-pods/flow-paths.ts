import { assertKnown, layerEvidence, unknownPath } from '#joints/denied-layers.ts'
import { layersOf } from '#joints/dns-path.ts'
import { declaredFlowsOf, flowSort, flowText, type DeclaredFlow } from '#joints/flow-verdicts.ts'
import { networkOf, type ReachReader } from '#joints/network.ts'
import { workloadKinds, type Workload } from '#joints/workloads.ts'
import { isKubernetesLayer } from '#network/join-layers.ts'
import type { Answer, LayerAnswer, LayerName, Question } from '#network/question.ts'
import type { Evidence } from '#model/resource.ts'
import { groupFlowsOf } from './group-flows.ts'
import { clusterVpc } from './pod-interfaces.ts'
import { selectedBy } from './workload-groups.ts'

/** A path of which somebody said that it is meant, and which AWS closes while policies let it pass. */
export interface ClosedPath {
  readonly text: string
  readonly question: Question
  /** The layers that close it. */
  readonly layers: readonly LayerAnswer[]
  /** What says that it is meant. */
  readonly because: Evidence
}

export interface DeclaredPaths {
  readonly closed: readonly ClosedPath[]
  /** Some paths that are open, with what says that they are meant. */
  readonly open: readonly Evidence[]
  readonly count: number
}

/**
 * The declared paths of a workload that a layer of AWS closes, as far as it is this workload's to mend: at the end whose groups are its own, or else
 * where the other end has no groups of its own.
 * @throws Unread when none is surely closed and one is not known
 */
export function declaredPathsOf(
  world: ReachReader,
  workload: Workload,
  layer: Extract<LayerName, 'securityGroup' | 'nacl'>,
): DeclaredPaths {
  const flows = declaredFlowsOf(world, workload)
  const groups = selectedBy(world, workload)?.groups ?? []
  const byGroup = groupFlowsOf(world, workload, groups)
  const explanations = explained(world, workload, flows)
  const closed = [
    ...explanations.flatMap(each => closedFlow(world, workload, each, layer)),
    ...byGroup.flatMap(({ question, answer, reference: { group, rule } }) => {
      const layers = closingLayers(answer, layer)
      const text = `${workload.name} in ${workload.namespace} to ${'address' in question.to ? question.to.address : ''} (${group.body.GroupName ?? group.body.GroupId}) at ${question.protocol} port ${question.port ?? ''}`
      return layers.length === 0
        ? []
        : [{ text, question, layers, because: group.at([...rule.path, 'GroupId'], 'this rule lets the pods in') }]
    }),
  ]
  if (closed.length === 0) {
    const answers = [...explanations, ...byGroup].map(({ answer }) => answer)
    assertAllKnown(answers, layer)
    if (flows.length + byGroup.length === 0) assertAllRead(world, workload)
  }
  const open = [
    ...flows.map(({ rule }) => rule.policy.at(rule.path, 'it is meant here, and AWS lets it pass')),
    ...byGroup.flatMap(({ answer }) =>
      answer.layers.filter(each => each.layer === layer).flatMap(each => layerEvidence(networkOf(world, workload.cluster), each)),
    ),
  ]
  return { closed, open, count: flows.length + byGroup.length }
}

interface Explained {
  readonly flow: DeclaredFlow
  readonly answer: Answer
}

/** Explained once for each sort of pods, and only what is not open: what the matrix says of the others is the same. */
function explained(world: ReachReader, workload: Workload, flows: readonly DeclaredFlow[]): readonly Explained[] {
  const { network } = networkOf(world, workload.cluster)
  const suspects = flows.filter(({ answer }) => answer.kubernetes !== 'deny' && answer.aws !== 'allow')
  const sorts = new Map(suspects.map(flow => [flowSort(world, flow), flow]))
  return [...sorts.values()].map(flow => ({ flow, answer: network.answer(flow.question) }))
}

function closedFlow(world: ReachReader, workload: Workload, { flow, answer }: Explained, layer: LayerName): readonly ClosedPath[] {
  const layers = closingLayers(answer, layer).filter(({ end }) => isOwn(world, workload, flow, end))
  const { rule } = flow
  if (layers.length === 0) return []
  return [{ text: flowText(flow), question: flow.question, layers, because: rule.policy.at(rule.path, 'this rule means them to talk') }]
}

/** Only what AWS closes and policies do not: that is another cause, with a check of its own. */
function closingLayers(answer: Answer, layer: LayerName): readonly LayerAnswer[] {
  const layers = layersOf(answer)
  if (layers.some(each => isKubernetesLayer(each) && each.verdict !== 'allow')) return []
  return layers.filter(each => each.layer === layer && each.verdict === 'deny')
}

function isOwn(world: ReachReader, workload: Workload, { from, to }: DeclaredFlow, end: LayerAnswer['end']): boolean {
  const [here, other] = end === 'source' ? [from, to] : [to, from]
  if (here.workload === workload) return true
  return other.workload === workload && selectedBy(world, here.workload) === undefined
}

/** Which ACL filters is said by the route; an ACL is proved open only where the rest of the path is known. */
const layersAsked: Readonly<Record<'securityGroup' | 'nacl', readonly LayerName[]>> = {
  securityGroup: ['securityGroup'],
  nacl: ['nacl', 'route', 'securityGroup'],
}

function assertAllKnown(answers: readonly Answer[], layer: 'securityGroup' | 'nacl'): void {
  for (const answer of answers) {
    const layers = layersOf(answer)
    assertKnown(layers.filter(each => layersAsked[layer].includes(each.layer)))
    if (answer.verdict === 'unknown' && !layers.some(each => !isKubernetesLayer(each))) throw unknownPath(answer)
  }
}

/** @throws Unread when there may be more workloads, or groups that let them in */
function assertAllRead(world: ReachReader, { cluster }: Workload): void {
  for (const kind of workloadKinds) world.list(kind, { cluster })
  const within = clusterVpc(world, cluster)
  for (const kind of ['aws/ec2/SecurityGroup', 'aws/ec2/NetworkInterface', 'aws/ec2/Vpc'] as const) world.list(kind, within)
}
