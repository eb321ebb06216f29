import type { Answer, Question } from '#network/question.ts'
import type { Prediction, ProbeObject } from '#model/probe.ts'
import type { Evidence } from '#model/resource.ts'
import type { World } from '#model/world.ts'
import { predicting } from '#joints/define-probe.ts'
import { layersOf } from '#joints/dns-path.ts'
import { networkOf, ruleEvidence, type ClusterNetwork } from '#joints/network.ts'
import { policyEngineOf } from '#joints/policy-engine.ts'
import type { Workload } from '#joints/workloads.ts'

/** How the network engine names the pod that a Job would make. */
export const plannedId = (job: ProbeObject | undefined): string => {
  if (job === undefined) throw new Error('a flow has two ends')
  return `${job.id}-planned-0`
}

/** What the engine says of one flow between pods that a probe would make. */
export const flowPrediction = (world: World, cluster: string, question: Question): Prediction =>
  predicting(() => {
    const view = networkOf(world, cluster)
    return ofAnswer(world, view, view.network.answer(question))
  })

const service = 'kube-system/kube-dns'

/** What the engine says of questions to the DNS of the cluster, wherever its pods are. */
export const dnsPrediction = (
  world: World,
  { cluster }: Workload,
  pod: string,
  { protocol, placement }: Pick<Question, 'protocol' | 'placement'>,
): Prediction =>
  predicting(() => {
    if (world.find('k8s/Service', service, { cluster }) === undefined)
      return { is: 'unknown', fact: { kind: 'k8s/Service', id: service, reason: 'the cluster has no Service kube-dns' } }
    const view = networkOf(world, cluster)
    return ofAnswer(
      world,
      view,
      view.network.answer({ from: { pod }, to: { service }, protocol, port: 53, ...(placement === undefined ? {} : { placement }) }),
    )
  })

function ofAnswer(world: World, view: ClusterNetwork, answer: Answer): Prediction {
  const { verdict, reason: said } = answer
  const reason = isUnenforced(world, view.cluster) ? `nothing enforces NetworkPolicies in this cluster: ${said}` : said
  if (verdict === 'allow' || verdict === 'deny')
    return { is: verdict === 'allow' ? 'yes' : 'no', because: reason, at: placesOf(view, answer) }
  const fact = layersOf(answer).find(layer => layer.fact !== undefined)?.fact
  return { is: 'unknown', fact: fact ?? { kind: 'k8s/NetworkPolicy', reason } }
}

function isUnenforced(world: World, cluster: string): boolean {
  const { engine } = policyEngineOf(world, cluster)
  return 'value' in engine && engine.value === 'none'
}

/** The rules that decide, or the documents that had none. */
function placesOf(view: ClusterNetwork, answer: Answer): readonly Evidence[] {
  const layers = layersOf(answer).filter(({ verdict }) => verdict === answer.verdict)
  const rules = layers.flatMap(({ by, asked = [] }) => (by.length > 0 ? by : asked))
  return rules.slice(0, 3).flatMap(rule => ruleEvidence(view, rule, 'this decides') ?? [])
}
