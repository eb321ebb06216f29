import { placementOf, type Joined } from './joined-layers.ts'
import type { NetworkEnd } from './find-ends.ts'
import { pathOf, reasonOf } from './join-layers.ts'
import type { Answer, PathAnswer, Question } from './question.ts'

type Backend = NonNullable<Answer['backends']>[number]

/**
 * To a Service: every node translates its address to one ready backend before a packet is routed, so groups see the backend's address and port.
 * Policies may see the Service's own, which is theirs to say.
 */
export function answerService(joined: Joined, question: Question, id: string): Answer {
  joined.ends.service(id)
  const { from, protocol, port } = question
  if ('internet' in from) return outsider(id)
  if ('service' in from) return { verdict: 'unknown', layers: [], reason: `service ${from.service} opens no connections` }
  const source = joined.ends.find(from)
  if (source.pod === undefined && source.node === undefined) return outsider(id)
  const asked = joined.policies.path({ from: source.peer, to: { service: id }, protocol, ...(port === undefined ? {} : { port }) })
  if (asked.backends === undefined || asked.backends.length === 0) return asked
  const backends = asked.backends.map(backend => joinBackend(joined, source, backend, question))
  return { ...summary(backends), backends: backends.map(({ pod, port: of, answer }) => ({ pod, port: of, answer })), ...upstreamOf(asked) }
}

const upstreamOf = ({ upstream }: Answer) => (upstream === undefined ? {} : { upstream })

const outsider = (id: string): Answer => ({
  verdict: 'unknown',
  layers: [],
  reason: `from outside the cluster ${id} is reached by node ports and load balancers, which are not modelled`,
})

interface JoinedBackend extends Backend {
  /** It differs between one node and two. */
  readonly split?: Answer['split']
}

/** What policies say of the backend, and what AWS says of its address and port. */
function joinBackend({ ends, aws }: Joined, source: NetworkEnd, backend: Backend, { protocol, placement }: Question): JoinedBackend {
  // An endpoint without a pod is called by its address.
  const isPod = backend.pod.includes('/')
  if (isPod && aws.pod(backend.pod) === undefined) return gone(backend)
  const to = isPod ? ends.pod(backend.pod) : ends.find({ address: backend.pod })
  const at = (isOnOneNode: boolean): PathAnswer =>
    pathOf(backend.answer.layers, aws.explain(source.aws, to.aws, isOnOneNode, protocol, backend.port))
  const where = placementOf(source, to, placement)
  if (where !== 'either') return { ...backend, answer: at(where === 'same-node') }
  const [sameNode, otherNode] = [at(true), at(false)]
  return sameNode.verdict === otherNode.verdict
    ? { ...backend, answer: otherNode }
    : { ...backend, answer: otherNode, split: { sameNode, otherNode } }
}

/** Slices and pods are listed one after the other, and a pod may have come or gone between. */
const gone = (backend: Backend): JoinedBackend => ({
  ...backend,
  answer: {
    verdict: 'unknown',
    layers: [
      ...backend.answer.layers,
      { layer: 'securityGroup', end: 'destination', verdict: 'unknown', by: [], reason: `there is no pod ${backend.pod}, an endpoint` },
    ],
  },
})

/** Allow when all are reached, deny when none is; when only some are, a connection gets through or not by chance. */
function summary(backends: readonly JoinedBackend[]): Answer {
  const verdicts = backends.map(({ answer, split }) => (split === undefined ? answer.verdict : 'split'))
  const [first] = backends
  const isAlike = verdicts.every(verdict => verdict === verdicts[0])
  if (isAlike && verdicts[0] === 'split' && first?.split !== undefined) {
    return {
      verdict: 'split',
      layers: first.answer.layers,
      reason: 'it depends on whether the pod shares a node with the backend',
      split: first.split,
    }
  }
  if (isAlike && first !== undefined) return { ...first.answer, reason: reasonOf(first.answer) }
  const open = verdicts.filter(verdict => verdict === 'allow').length
  const closed = backends.find(({ answer }) => answer.verdict !== 'allow') ?? backends[0]!
  const counted = `${open} of ${backends.length} ready backends are reached`
  const reason = `${counted}, ${closed.pod} is ${closed.answer.verdict === 'unknown' ? 'not known to be' : 'not'}: ${reasonOf(closed.answer)}`
  if (open > 0) return { verdict: 'allow', partial: true, layers: closed.answer.layers, reason }
  return { verdict: 'unknown', layers: closed.answer.layers, reason }
}
