import { addressText } from '../addresses.ts'
import type { PolicyInput } from '../input.ts'
import type { Direction, Peer, PolicyQuestion, Verdict } from '../policy-layer.ts'
import type { Answer, LayerAnswer, PathAnswer, Protocol } from '../question.ts'
import type { Answers } from './answers.ts'
import { viewService, type Backend, type ServiceView } from './backends.ts'

/** Two readings of the same policies: as the engine enforces them, and as they are published, when that is not the same. */
export interface Readings {
  readonly input: PolicyInput
  /** AWS: egress is compared with a service's address before it is translated. */
  readonly beforeTranslation: boolean
  readonly answers: Answers
  readonly published: (() => Answers) | undefined
}

interface Flow {
  readonly from: Peer
  readonly to: Peer
  readonly protocol: Protocol
  readonly port: number | undefined
}

export function answerPath(readings: Readings, { from, to, protocol, port }: PolicyQuestion): Answer {
  if ('service' in to) return serviceAnswer(readings, from, to.service, protocol, port)
  const flow = { from, to, protocol, port }
  const layers = bothEnds(readings.answers, flow, flow)
  return { ...summed(layers), reason: reasonOf(layers), ...difference(readings, flow, joined(layers)) }
}

/** The two ends may see different addresses and ports of one flow. */
function bothEnds(answers: Answers, sent: Flow, received: Flow): LayerAnswer[] {
  const end = (direction: Direction, pod: Peer, peer: Peer, { protocol, port }: Flow) =>
    'pod' in pod ? [answers.answer(direction, pod.pod, peer, protocol, port)] : []
  return [...end('egress', sent.from, sent.to, sent), ...end('ingress', received.to, received.from, received)]
}

function joined(layers: readonly LayerAnswer[]): Verdict {
  if (layers.some(layer => layer.verdict === 'deny')) return 'deny'
  return layers.some(layer => layer.verdict === 'unknown') ? 'unknown' : 'allow'
}

const summed = (layers: readonly LayerAnswer[]): PathAnswer => ({ verdict: joined(layers), layers })

function reasonOf(layers: readonly LayerAnswer[]): string {
  const verdict = joined(layers)
  return layers.find(layer => layer.verdict === verdict)?.reason ?? 'neither end is a pod'
}

/** What the published semantics say, when it is something else. Verdicts are cheap, and mostly agree: reasons are looked for when they do not. */
function difference({ published }: Readings, flow: Flow, verdict: Verdict): Pick<Answer, 'upstream'> {
  if (published === undefined || verdict === 'unknown') return {}
  const other = verdictOf(published(), flow)
  if (other === 'unknown' || other === verdict) return {}
  return { upstream: { verdict: other, because: reasonOf(bothEnds(published(), flow, flow)) } }
}

/** As `answerPath`, of ends that are no service: only what the published semantics say, when it is something else. */
export function publishedDifference(readings: Readings, { from, to, protocol, port }: PolicyQuestion): Answer['upstream'] {
  if (readings.published === undefined || 'service' in to) return undefined
  const flow = { from, to, protocol, port }
  return difference(readings, flow, verdictOf(readings.answers, flow)).upstream
}

function verdictOf({ verdict }: Answers, { from, to, protocol, port }: Flow): Verdict {
  const out = 'pod' in from ? verdict('egress', from.pod, to, protocol, port) : 'allow'
  const into = 'pod' in to ? verdict('ingress', to.pod, from, protocol, port) : 'allow'
  if (out === 'deny' || into === 'deny') return 'deny'
  return out === 'unknown' ? out : into
}

function serviceAnswer(readings: Readings, from: Peer, id: string, protocol: Protocol, port: number | undefined): Answer {
  const view = viewService(readings.input, id)
  const unknown = (reason: string): Answer => {
    const fact = readings.input.services.missing ?? readings.input.endpointSlices.missing
    return {
      verdict: 'unknown',
      layers: [{ layer: 'networkPolicy', end: 'source', verdict: 'unknown', by: [], reason, ...(fact && { fact }) }],
      reason,
    }
  }
  if (view === undefined) return unknown(`there is no service ${id}`)
  const backends = port === undefined ? undefined : view.backends(protocol, port)
  if (backends === undefined) return unknown(`service ${id} has no port ${port ?? 'without a number'} of ${protocol}`)
  if (backends.length === 0) return unknown(`service ${id} has no ready endpoint for it`)
  const answers = backends.map(backend => ({
    pod: backend.pod ?? backend.address,
    port: backend.port,
    answer: toBackend(readings, from, view, backend, protocol, port),
  }))
  const verdicts = answers.map(({ answer }) => answer.verdict)
  const partial = verdicts.includes('allow') && verdicts.includes('deny')
  const upstream = publishedOfBackends(readings, from, backends, verdicts, protocol)
  const verdict = verdicts.includes('allow') ? 'allow' : joinedBackends(verdicts)
  const shown = answers.find(({ answer }) => answer.verdict === verdict)!.answer
  return { verdict, layers: shown.layers, reason: reasonOf(shown.layers), backends: answers, ...(partial && { partial }), ...upstream }
}

/**
 * By the published semantics labels of a peer mean the pods that have them, whatever address was called to get there. Where that differs for some
 * backends, it is said of those.
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
 */
function publishedOfBackends(
  { answers, published }: Readings,
  from: Peer,
  backends: readonly Backend[],
  verdicts: readonly Verdict[],
  protocol: Protocol,
): Pick<Answer, 'upstream'> {
  if (published === undefined) return {}
  const differing = backends.flatMap((backend, i) => {
    if (verdicts[i] === 'unknown') return []
    const flow = { from, to: peerOf(backend), protocol, port: backend.port }
    const verdict = verdictOf(published(), flow)
    return verdict === 'unknown' || verdict === verdicts[i] ? [] : [{ verdict, flow }]
  })
  const [first] = differing
  if (first === undefined || differing.some(({ verdict }) => verdict !== first.verdict)) return {}
  const some = differing.length === backends.length ? '' : ` (${differing.length} of ${backends.length} backends)`
  // What the pod's own address is answered tells whether translation makes the difference.
  const isOfAddress = first.verdict === 'allow' && verdictOf(answers, first.flow) === 'allow'
  const because = isOfAddress ? addressOfService : reasonOf(bothEnds(published(), first.flow, first.flow))
  return { upstream: { verdict: first.verdict, because: `${because}${some}` } }
}

const addressOfService =
  "the pods behind the service are admitted, but AWS's engine compares the service's address, for which the labels of a peer must match the service's own selector"

const peerOf = ({ pod, address }: Backend): Peer => (pod === undefined ? { address } : { pod })

const joinedBackends = (verdicts: readonly Verdict[]): Verdict => (verdicts.every(verdict => verdict === 'deny') ? 'deny' : 'unknown')

function toBackend(
  { answers, beforeTranslation }: Readings,
  from: Peer,
  { record }: ServiceView,
  backend: Backend,
  protocol: Protocol,
  port: number | undefined,
): PathAnswer {
  const to = peerOf(backend)
  const received = { from, to, protocol, port: backend.port }
  const sent = record !== undefined && beforeTranslation ? { from, to: { address: addressText(record.address) }, protocol, port } : received
  return summed(bothEnds(answers, sent, received))
}
