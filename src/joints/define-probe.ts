import { Unread } from '#base/errors.ts'
import type { Chain, LinkState } from '#model/chain.ts'
import type { Kind } from '#model/kinds.ts'
import { pathText } from '#model/place.ts'
import type { Expectation, Observation, Prediction, Probe, ProbeObject, Seen, SeenPod, StepResult } from '#model/probe.ts'
import { Resource } from '#model/resource.ts'
import type { World } from '#model/world.ts'
import type { ChainStart, Joint } from './define.ts'
import { subjectText } from './define.ts'

/** What holds for every probe of one run. */
export interface ProbeSettings {
  /** Names what this run makes. */
  readonly run: string
  /** The image of the program in probe/. */
  readonly image: string
  /** Follows a rotation of a mounted secret, which somebody else makes, for so many seconds. */
  readonly rotationSeconds?: number
  /** Makes GuardDuty send a sample finding. */
  readonly sampleFindings: boolean
  /** How long a line may take from a pod to its log group, seconds. */
  readonly logSeconds: number
}

/** What would run for one chain. */
export interface Prepared extends Pick<Probe, 'pods' | 'objects' | 'acts' | 'rereads'> {
  readonly namespace: string
  /** What of it cannot be tried in this cluster, and why. */
  readonly omits?: string
  /**
   * What should be seen, by the engines.
   * @param world with the probe's own Jobs in it
   * @param chain of the probe's first Job, when the joint draws one
   * @param own the chain that is tried, of a joint that draws none for Jobs
   */
  readonly expect: (world: World, chain: Chain | undefined, own: Chain | undefined) => Pick<Probe, 'expectations' | 'judge'>
}

/** How one joint is tried: pure, from the world to what runs and what should be seen. */
export interface JointProbe {
  readonly joint: Joint
  /** Kinds to read besides those of the joint. */
  readonly reads: readonly Kind[]
  /** Chains to try; those of the joint when it is left out. */
  readonly starts?: (world: World) => readonly ChainStart[]
  /** @param number tells the probes of one run apart */
  readonly prepare: (world: World, start: ChainStart, settings: ProbeSettings, number: number) => Prepared | { readonly why: string }
}

export const defineProbe = (probe: JointProbe): JointProbe => probe

/** What the chain begins with, for people. */
export function startText(start: ChainStart): string {
  const subject = start.workload ?? start.serviceAccount ?? start.through?.[0] ?? start.cluster
  if (subject === undefined) throw new Error('a chain begins nowhere')
  return subjectText(subject)
}

/** An object that nobody made yet stands nowhere. */
const planned = {
  locate: (path: readonly (string | number)[]) =>
    ({ in: 'api', call: 'planned by mortise validate', path: pathText(path), excerpt: '' }) as const,
}

/** The world with what a probe would make. */
export const withObjects = (world: World, objects: readonly ProbeObject[]): World =>
  objects.reduce((copy, { kind, id, scope, body }) => copy.replace(new Resource(kind, id, scope, body as never, planned)), world)

/** What a chain says of whether something works, as far as the links before `end` decide it. */
export function chainPrediction(chain: Chain | undefined, end?: string): Prediction {
  if (chain === undefined) return { is: 'unknown', fact: { kind: 'k8s/Job', reason: 'no chain of the joint begins at the probe' } }
  const stop = end === undefined ? -1 : chain.links.findIndex(({ id }) => id === end)
  const links = stop < 0 ? chain.links : chain.links.slice(0, stop)
  const broken = links.find(({ verdict }) => verdict.is === 'fail')
  if (broken !== undefined) return linkPrediction(broken)
  const unsure = links.find(({ verdict }) => verdict.is === 'unknown')
  if (unsure !== undefined) return linkPrediction(unsure)
  const last = links.findLast(({ verdict }) => verdict.is === 'pass')
  if (last === undefined) return { is: 'unknown', fact: { kind: 'k8s/Job', reason: `no check speaks about ${chain.subject}` } }
  const { verdict } = last
  const at = verdict.is === 'pass' ? verdict.because : []
  return {
    is: 'yes',
    because: `${links.length} links of the chain hold, the last of them ${last.title}`,
    at,
    link: last.id,
    ...checkOf(last),
  }
}

function linkPrediction(link: LinkState): Prediction {
  const { verdict } = link
  if (verdict.is === 'fail') return { is: 'no', because: verdict.message, at: verdict.evidence, link: link.id, ...checkOf(link) }
  if (verdict.is === 'unknown') return { is: 'unknown', fact: verdict.fact }
  throw new Error(`link ${link.id} predicts nothing`)
}

const checkOf = ({ check }: LinkState) => (check === undefined ? {} : { check })

/** What was not read leaves the prediction open; any other error is our bug. */
export function predicting(predict: () => Prediction): Prediction {
  try {
    return predict()
  } catch (error) {
    if (error instanceof Unread) return { is: 'unknown', fact: error.fact }
    throw error
  }
}

/** What became of something that Mortise asked AWS for. */
export function actSeen({ acts }: Seen, id: string, judge: (result: StepResult) => Observation): Observation {
  const result = acts.get(id)
  return result === undefined ? notObserved('the probe was stopped before it came to this') : judge(result)
}

export const notObserved = (why: string): Observation => ({ is: 'not-observed', why })

/** What a pod's step showed, or why nobody saw it. */
export function stepSeen({ pods }: Seen, pod: string, step: string, judge: (result: StepResult, pod: SeenPod) => Observation): Observation {
  const seen = pods.get(pod)
  if (seen === undefined) return notObserved('the probe was stopped before its pod was made')
  const result = seen.results.get(step)
  if (result !== undefined)
    return result.code === 'UnknownStep' || result.code === 'UnknownOperation' ? notObserved(result.text) : judge(result, seen)
  return notObserved(seen.notStarted ?? 'the pod ended before it came to this')
}

/** Observations by the ids of expectations. */
export const judgedBy =
  (expectations: readonly Expectation[], judges: Readonly<Record<string, (seen: Seen) => Observation>>): Probe['judge'] =>
  seen =>
    new Map(
      expectations.map(({ id }) => {
        const judge = judges[id]
        if (judge === undefined) throw new Error(`nobody judges ${id}`)
        return [id, judge(seen)]
      }),
    )
