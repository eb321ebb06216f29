import { UserError } from '#base/errors.ts'
import { networkKinds, networkOf, type ClusterNetwork } from '#joints/network.ts'
import { withEngine, type EngineOverride } from '#joints/network-engine-override.ts'
import { endNamed, type ReachEnd } from '#joints/reach-ends.ts'
import { reachFix } from '#joints/reach-fix.ts'
import { healReach } from '#network/heal.ts'
import type { Answer, Endpoint, Question } from '#network/question.ts'
import { compare } from '#model/world.ts'
import type { Reached, ReachGroup, ReachVerdict } from '#report/reach.ts'
import { drawnPaths, unreadOf } from './reach-hops.ts'
import { trafficText, trafficTo, type AskedTraffic } from './reach-traffic.ts'
import { readWorld, type ReadResult, type WorldInput } from './read-world.ts'

export type { EngineOverride } from '#joints/network-engine-override.ts'

export interface ReachQuestion {
  readonly from: string
  readonly to: string
  readonly port: string | undefined
  readonly namespace: string | undefined
  readonly override: EngineOverride
}

export interface ReachResult extends ReadResult {
  /** One for each port that was asked. */
  readonly reached: readonly Reached[]
}

/** At most so many pairs of pods are asked; a workload of more pods than that is asked by its first ones, and says so. */
const mostPairs = 250_000

/**
 * Whether one end reaches another, for every pair of their pods.
 * @throws UserError for ends that do not exist
 */
export async function reach(input: WorldInput, question: ReachQuestion): Promise<ReachResult> {
  const read = await readWorld(input, networkKinds)
  const view = withEngine(networkOf(read.world, oneCluster(read)), question.override)
  const from = endNamed(view, question.from, question.namespace)
  const to = endNamed(view, question.to, question.namespace)
  const asked = trafficTo(view, to.endpoints, question.port)
  return { ...read, reached: asked.map(traffic => reachOf(view, from, to, traffic, read)) }
}

/** @throws UserError `ONE_CLUSTER` when several clusters were read, or none */
export function oneCluster({ world }: Pick<ReadResult, 'world'>): string {
  const scopes = (['k8s/Pod', 'k8s/Namespace', 'k8s/Deployment', 'k8s/NetworkPolicy', 'k8s/Node', 'k8s/Service'] as const).flatMap(kind =>
    world.seen(kind).map(({ scope }) => ('cluster' in scope ? scope.cluster : '')),
  )
  const [only, ...others] = [...new Set(scopes)].sort(compare)
  if (only === undefined)
    throw new UserError('NO_CLUSTER', 'no Kubernetes object was read', {
      help: 'name manifests, a snapshot, or a live cluster with --context',
    })
  if (others.length === 0) return only
  throw new UserError('ONE_CLUSTER', `several clusters were read: ${[only, ...others].join(', ')}`, {
    help: 'read one of them, or name it with --cluster',
  })
}

function reachOf(view: ClusterNetwork, from: ReachEnd, to: ReachEnd, traffic: AskedTraffic, { problems }: ReadResult): Reached {
  const questions = questionsOf(from.endpoints, to.endpoints, traffic)
  const byVerdict = Map.groupBy(questions, question => view.network.verdict(question))
  const groups = [...byVerdict].map(([verdict, alike]) => groupOf(view, verdict, alike)).sort((a, b) => b.pairs - a.pairs)
  return {
    from: from.text,
    to: to.text,
    traffic: trafficText(traffic),
    verdict: joined(groups.map(group => group.verdict)),
    groups,
    problems,
  }
}

function questionsOf(from: readonly Endpoint[], to: readonly Endpoint[], traffic: AskedTraffic): readonly Question[] {
  const pairs = from.flatMap(source => to.map(destination => ({ from: source, to: destination, ...traffic })))
  const others = pairs.filter(pair => !isSame(pair.from, pair.to))
  const kept = others.length === 0 ? pairs : others
  if (kept.length <= mostPairs) return kept
  throw new UserError('TOO_MANY_PAIRS', `${kept.length} pairs of pods are too many to ask one by one`, {
    help: 'ask for a pod of each, or for the --matrix',
  })
}

const isSame = (a: Endpoint, b: Endpoint): boolean => 'pod' in a && 'pod' in b && a.pod === b.pod

/** Pairs that differ give no one answer. */
function joined(verdicts: readonly ReachVerdict[]): ReachVerdict {
  const [first = 'unknown', ...others] = new Set(verdicts)
  return others.length === 0 ? first : verdicts.includes('unknown') ? 'unknown' : 'split'
}

function groupOf(view: ClusterNetwork, verdict: Answer['verdict'], questions: readonly Question[]): ReachGroup {
  const [example] = questions
  if (example === undefined) throw new Error('a group of no question')
  const answer = view.network.answer(example)
  const names = (end: 'from' | 'to') => [...new Set(questions.map(question => endText(question[end])))]
  return {
    verdict,
    reason: answer.reason,
    pairs: questions.length,
    from: names('from'),
    to: names('to'),
    paths: drawnPaths(view, answer),
    ...(answer.upstream === undefined ? {} : { upstream: upstreamText(answer.upstream) }),
    ...(verdict === 'deny' || verdict === 'split' ? healing(view, example) : {}),
    unread: unreadOf(answer),
  }
}

const upstreamText = ({ verdict, because }: NonNullable<Answer['upstream']>): string =>
  `by the published semantics of NetworkPolicy it would be ${verdict === 'allow' ? 'allowed' : 'denied'}: ${because}`

function healing(view: ClusterNetwork, question: Question): Pick<ReachGroup, 'heal' | 'help'> {
  const heal = healReach(view.network, question, { groups: view.workloads })
  if ('because' in heal) return { help: heal.because }
  const fix = reachFix(view, heal)
  return { heal: { title: heal.says.join(', and '), opens: heal.opens.length, ...(fix === undefined ? {} : { fix }) } }
}

function endText(end: Endpoint): string {
  if ('pod' in end) return `pod/${end.pod}`
  if ('service' in end) return `svc/${end.service}`
  if ('node' in end) return `node/${end.node}`
  return 'address' in end ? end.address : 'internet'
}
