import type { NetworkInput } from './aws-input.ts'
import { answerInternet } from './answer-internet.ts'
import { answerService } from './answer-service.ts'
import type { AwsLayer } from './aws/aws-layer.ts'
import { compileAws } from './aws/compile-aws.ts'
import { verdictCodes, type VerdictCode } from './aws/rows.ts'
import { trafficKey } from './aws/traffic.ts'
import { compilePolicies } from './compile-policies.ts'
import { makeEndFinder, type NetworkEnd } from './find-ends.ts'
import { answerOf, pathOf, splitOf } from './join-layers.ts'
import { placementOf, type Joined } from './joined-layers.ts'
import { makeMatrix } from './make-matrix.ts'
import type { Network } from './network.ts'
import type { PolicyLayer, Verdict } from './policy-layer.ts'
import { reachRows } from './reach-rows.ts'
import type { Answer, Question } from './question.ts'
import { updateLayers } from './update-layers.ts'

/** Both layers of one cluster, joined: what an interface lets pass and what policies do, each with the peer that it sees. */
export function compileNetwork(input: NetworkInput): Network {
  const { pods, nodes } = input.policies
  return joinNetwork(input, compileAws(input.aws, pods, nodes), compilePolicies(input.policies))
}

function joinNetwork(input: NetworkInput, aws: AwsLayer, policies: PolicyLayer): Network {
  const ends = makeEndFinder(input, aws)
  const policyCode: Joined['policyCode'] = (from, to, { protocol, port }) => {
    const out = from.pod === undefined ? 2 : codeOf[policies.verdict('egress', from.pod, to.peer, protocol, port)]
    if (out === 0 || to.pod === undefined) return out
    return least(out, codeOf[policies.verdict('ingress', to.pod, from.peer, protocol, port)])
  }
  const code: Joined['code'] = (from, to, isOnOneNode, question) => {
    const own = aws.code(from.aws, to.aws, isOnOneNode, trafficKey(question.protocol, question.port))
    return own === 0 ? 0 : least(own, policyCode(from, to, question))
  }
  const path: Joined['path'] = (from, to, isOnOneNode, { protocol, port }) => {
    const egress = from.pod === undefined ? [] : [policies.answer('egress', from.pod, to.peer, protocol, port)]
    const ingress = to.pod === undefined ? [] : [policies.answer('ingress', to.pod, from.peer, protocol, port)]
    return pathOf([...egress, ...ingress], aws.explain(from.aws, to.aws, isOnOneNode, protocol, port))
  }
  const joined: Joined = { input, aws, policies, ends, code, policyCode, path }
  return {
    input,
    aws,
    policies,
    answer: question => answer(joined, question),
    verdict: question => verdict(joined, question),
    matrix: makeMatrix(joined),
    rows: (pods, placement) => reachRows(joined, pods, placement === 'same-node'),
    update: changes => joinNetwork(...updateLayers(joined, changes)),
  }
}

const codeOf: Readonly<Record<Verdict, VerdictCode>> = { deny: 0, unknown: 1, allow: 2 }
const least = (a: VerdictCode, b: VerdictCode): VerdictCode => (a < b ? a : b)

function verdict(joined: Joined, question: Question): Answer['verdict'] {
  const { from, to } = question
  if ('service' in from || 'internet' in from || 'service' in to || 'internet' in to) return answer(joined, question).verdict
  const [source, destination] = [joined.ends.find(from), joined.ends.find(to)]
  const placement = placementOf(source, destination, question.placement)
  if (placement !== 'either') return verdictCodes[joined.code(source, destination, placement === 'same-node', question)]
  const [same, other] = [true, false].map(isOnOneNode => joined.code(source, destination, isOnOneNode, question))
  return same === other ? verdictCodes[other!] : 'split'
}

function answer(joined: Joined, question: Question): Answer {
  const { from, to } = question
  if ('service' in to) return answerService(joined, question, to.service)
  if ('service' in from) return notASource(from.service)
  if ('internet' in from || 'internet' in to) return answerInternet(joined, question)
  const ends = [joined.ends.find(from), joined.ends.find(to)] as const
  return withUpstream(joined, question, answerEnds(joined, ...ends, question), ends)
}

const notASource = (service: string): Answer => ({
  verdict: 'unknown',
  layers: [],
  reason: `service ${service} opens no connections: ask about the pods behind it`,
})

function answerEnds(joined: Joined, from: NetworkEnd, to: NetworkEnd, question: Question): Answer {
  const placement = placementOf(from, to, question.placement)
  if (placement !== 'either') return answerOf(joined.path(from, to, placement === 'same-node', question))
  return splitOf(joined.path(from, to, true, question), joined.path(from, to, false, question))
}

/** What the published semantics would say of the policies, where both ends are what policies know. */
function withUpstream(
  { policies }: Joined,
  { protocol, port }: Question,
  answered: Answer,
  [from, to]: readonly [NetworkEnd, NetworkEnd],
): Answer {
  if (from.pod === undefined && to.pod === undefined) return answered
  const upstream = policies.upstream({ from: from.peer, to: to.peer, protocol, ...(port === undefined ? {} : { port }) })
  return upstream === undefined ? answered : { ...answered, upstream }
}
