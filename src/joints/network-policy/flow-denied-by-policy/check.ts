import { defineCheck } from '#joints/define.ts'
import { assertKnown, distinctPlaces, fixFor, layerEvidence } from '#joints/denied-layers.ts'
import { declaredFlowsOf, flowSort, flowText, type DeclaredFlow } from '#joints/flow-verdicts.ts'
import { networkInputKinds } from '#joints/network-input.ts'
import { networkOf, type ReachReader } from '#joints/network.ts'
import type { Workload } from '#joints/workloads.ts'
import { isKubernetesLayer } from '#network/join-layers.ts'
import type { Answer } from '#network/question.ts'
import { fail, pass, skip, type Verdict } from '#model/verdict.ts'

export default defineCheck({
  id: 'network-policy/flow-denied-by-policy',
  title: 'A flow that a policy of one end names is closed by the policies of the other',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: networkInputKinds,
  sources: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation'],

  test({ subject: workload, world }) {
    const flows = declaredFlowsOf(world, workload)
    if (flows.length === 0) return skip('no policy says who is meant to talk with it')
    const asked = explained(world, flows)
    const denied = asked.filter(({ flow, answer }) => closedAt(answer, flow, workload))
    const [first, ...others] = denied
    if (first !== undefined) return failing(world, workload, [first, ...others])
    const unsure = asked.filter(({ answer }) => answer.upstream === undefined)
    for (const { answer } of unsure) assertKnown(answer.layers.filter(isKubernetesLayer))
    return pass(
      ...distinctPlaces(flows.map(({ rule }) => rule.policy.at(rule.path, 'it is meant here, and its own policies let it pass'))).slice(
        0,
        3,
      ),
    )
  },
})

interface Asked {
  readonly flow: DeclaredFlow
  readonly answer: Answer
}

/** Those that policies do not surely let pass, once for each sort of pods. */
function explained(world: ReachReader, flows: readonly DeclaredFlow[]): readonly Asked[] {
  const suspects = flows.filter(({ answer }) => answer.kubernetes !== 'allow')
  const sorts = new Map(suspects.map(flow => [flowSort(world, flow), flow]))
  return [...sorts.values()].map(flow => ({ flow, answer: networkOf(world, flow.from.workload.cluster).network.answer(flow.question) }))
}

/** By policies of this workload, as they are written: where AWS's engine alone closes it, other checks say so. */
function closedAt({ layers, upstream }: Answer, { from }: DeclaredFlow, workload: Workload): boolean {
  if (upstream?.verdict === 'allow') return false
  const end = from.workload === workload ? 'source' : 'destination'
  return layers.some(layer => isKubernetesLayer(layer) && layer.end === end && layer.verdict === 'deny')
}

function failing(world: ReachReader, workload: Workload, denied: readonly [Asked, ...Asked[]]): Verdict {
  const [{ flow, answer }, ...others] = denied
  const view = networkOf(world, workload.cluster)
  const end = flow.from.workload === workload ? 'source' : 'destination'
  const places = distinctPlaces(
    answer.layers
      .filter(layer => isKubernetesLayer(layer) && layer.end === end && layer.verdict === 'deny')
      .flatMap(layer => layerEvidence(view, layer)),
  )
  const fix =
    denied.length > 6
      ? undefined
      : fixFor(
          view,
          denied.map(each => each.flow.question),
        )
  const meant = flow.rule.policy.at(flow.rule.path, `a policy of the other end means it`)
  return fail({
    message: `${flowText(flow)} is named by policy ${flow.rule.policy.id}, and the policies of ${workload.name} close it${others.length === 0 ? '' : ` (and ${others.length} more like it)`}`,
    evidence: [
      places[0] ?? meant,
      ...places.slice(1, 3),
      meant,
      workload.resource.at(['metadata', 'name'], 'no policy of these pods lets it pass'),
    ],
    effect:
      'A connection needs both: egress of its source and ingress of its destination. Here one side was written without the other, so it times out.',
    ...(fix === undefined ? { help: 'Let it pass at this end as well, or take the rule of the other end away.' } : { fix }),
  })
}
