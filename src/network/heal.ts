import { aclCandidates, groupCandidates } from './heal/aws-candidates.ts'
import { countObstacles, denialsOf, type Denial } from './heal/denial.ts'
import { withEdit, type Candidate, type HealEdit } from './heal/heal-edit.ts'
import { openedPairs, type OpenedPairs } from './heal/opened-pairs.ts'
import { policyCandidates } from './heal/policy-candidates.ts'
import { isKubernetesLayer } from './join-layers.ts'
import type { Network, PodGroup } from './network.ts'
import type { Answer, LayerName, Question } from './question.ts'

export type { HealEdit } from './heal/heal-edit.ts'

/** The smallest additions that make a denied question allowed, proved by asking it again of the network with them. */
export interface Heal {
  readonly edits: readonly HealEdit[]
  /** In lower case, no full stop, one for each edit: `sg-0api lets tcp/8080 in from sg-0web`. */
  readonly says: readonly string[]
  readonly layers: readonly LayerName[]
  /** Pairs of groups that reach each other with it at this port and did not before, the pair that was asked for among them. */
  readonly opens: readonly (readonly [from: string, to: string])[]
  /** What the question is answered with it. */
  readonly answer: Answer
}

/** What nobody can heal by adding a rule: why, in lower case, no full stop. */
export interface NotHealed {
  readonly because: string
  readonly answer: Answer
}

export interface HealOptions {
  /** Over which the blast radius is counted. */
  readonly groups: readonly PodGroup[]
}

/** More denials than a path has layers, of a service with many backends. */
const mostEdits = 12

/**
 * One denial after the other is lifted by the addition that opens least, until the whole answer is allow. Nothing is taken away or replaced,
 * and an addition that would close anything else, as AWS's engine may make of it, is none.
 */
export function healReach(network: Network, question: Question, { groups }: HealOptions): Heal | NotHealed {
  let healed = network
  const chosen: { readonly candidate: Candidate; readonly layer: LayerName }[] = []
  for (let round = 0; round < mostEdits; round++) {
    const answer = healed.answer(question)
    if (answer.verdict === 'allow' && answer.partial !== true) return result(network, healed, question, answer, chosen, groups)
    const [denial] = denialsOf(question, answer)
    if (denial === undefined)
      return { because: `nothing denies it, but it is not known to be allowed: ${answer.reason}`, answer: network.answer(question) }
    const best = bestCandidate(healed, question, denial, groups)
    if (best === undefined) return { because: `no rule that is added lifts this: ${denial.layer.reason}`, answer: network.answer(question) }
    chosen.push({ candidate: best.candidate, layer: denial.layer.layer })
    healed = best.network
  }
  return { because: `more than ${mostEdits} rules would be needed`, answer: network.answer(question) }
}

function result(
  network: Network,
  healed: Network,
  question: Question,
  answer: Answer,
  chosen: readonly { readonly candidate: Candidate; readonly layer: LayerName }[],
  groups: readonly PodGroup[],
): Heal {
  const { opened } = openedPairs(network, healed, {
    groups,
    traffic: trafficOf(question, answer),
    half: 'verdict',
    edited: chosen.map(({ candidate }) => candidate.edit),
  })
  return {
    edits: chosen.map(({ candidate }) => candidate.edit),
    says: chosen.map(({ candidate }) => candidate.says),
    layers: [...new Set(chosen.map(({ layer }) => layer))],
    opens: opened,
    answer,
  }
}

/** What is asked of pairs: to a service, the ports of its backends. */
function trafficOf({ protocol, port }: Question, { backends }: Answer) {
  const ports = backends === undefined ? [port] : [...new Set(backends.map(backend => backend.port))]
  return ports.map(of => ({ protocol, ...(of === undefined ? {} : { port: of }) }))
}

const candidatesFor: Readonly<Record<LayerName, (network: Network, denial: Denial) => readonly Candidate[]>> = {
  securityGroup: groupCandidates,
  nacl: aclCandidates,
  networkPolicy: policyCandidates,
  // What a cluster's administrator denies, or no route leads to, is no missing rule.
  clusterNetworkPolicy: () => [],
  route: () => [],
}

interface Tried {
  readonly candidate: Candidate
  readonly network: Network
}

function bestCandidate(network: Network, question: Question, denial: Denial, groups: readonly PodGroup[]): Tried | undefined {
  const before = countObstacles(network, question)
  const candidates = candidatesFor[denial.layer.layer](network, denial)
  const lifting = candidates
    .map((candidate): Tried => ({ candidate, network: withEdit(network, candidate.edit) }))
    .filter(tried => countObstacles(tried.network, question) < before)
  if (lifting.length === 0) return undefined
  const half = isKubernetesLayer(denial.layer) ? 'kubernetes' : 'aws'
  const traffic = [{ protocol: denial.protocol, ...(denial.port === undefined ? {} : { port: denial.port }) }]
  const measured = lifting.map(tried => ({
    tried,
    ...openedPairs(network, tried.network, { groups, traffic, half, edited: [tried.candidate.edit] }),
  }))
  const harmless = measured.filter(({ closes }) => !closes)
  return harmless.sort((a, b) => inOrder(costs(a), costs(b)))[0]?.tried
}

/** What opens least; then what touches fewest pods, and fewest that may come. */
const costs = ({ tried, opened, touched }: { readonly tried: Tried } & OpenedPairs): readonly number[] => [
  Number(tried.candidate.isLastResort === true),
  opened.length,
  touched,
  tried.candidate.carriers ?? 0,
]

function inOrder(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((cost, i) => cost !== b[i])
  return at < 0 ? 0 : a[at]! - b[at]!
}
