import { Unread } from '#base/errors.ts'
import type { Chain, LinkState } from '#model/chain.ts'
import type { Resource } from '#model/resource.ts'
import { unknown, type Verdict } from '#model/verdict.ts'
import type { World } from '#model/world.ts'
import { whyNoCluster } from './clusters.ts'
import type { AnyCheck, ChainStart, Joint, Link, Subject, SubjectKind } from './define.ts'
import { isWorkload, subjectKinds, subjectText } from './define.ts'
import { workloadsOf, type Workload } from './workloads.ts'

/** What one check said about one subject, and which workloads it concerns. */
export interface Result {
  readonly check: AnyCheck
  readonly joint: string
  readonly subject: Subject
  readonly verdict: Verdict
  /** Workloads whose chain runs through the subject, when the subject is not itself one. */
  readonly witnesses: readonly Workload[]
}

export interface JointRun {
  readonly joint: Joint
  readonly chains: readonly DrawnChain[]
  readonly results: readonly Result[]
}

export interface DrawnChain extends Chain {
  readonly start: ChainStart
}

/** Which checks to ask; all of them by default. */
export type Choose = (check: AnyCheck) => boolean

/** Draws every chain of a joint and asks every check that stands on its own. */
export function runJoint(joint: Joint, world: World, choose: Choose = () => true, namespaces: readonly string[] = []): JointRun {
  const ask = asker(joint, world, choose)
  const inside = (namespace: string | undefined) => namespaces.length === 0 || namespace === undefined || namespaces.includes(namespace)
  const starts = joint.starts(world).filter(start => inside(namespaceOf(beginningOf(start))))
  const chains = starts.map(start => drawChain(joint, start, ask.onChain))
  for (const check of joint.safe.filter(choose)) {
    for (const subject of subjectsOf(check, world)) if (inside(namespaceOf(subject))) ask.alone(check, subject)
  }
  return { joint, chains, results: ask.results() }
}

/** One link of a chain, with what each of its checks says of each of its subjects. */
export interface AskedLink {
  readonly link: Link
  readonly verdicts: readonly { readonly check: AnyCheck; readonly verdict: Verdict }[]
}

/** Every link of one chain, those after a break too: what a diagnosis chooses a cause from. */
export function askEveryLink(joint: Joint, world: World, start: ChainStart): { links: readonly AskedLink[]; results: readonly Result[] } {
  const ask = asker(joint, world, () => true)
  const links = linksOf(joint, start).map(link => ({
    link,
    verdicts: link.checks.flatMap(check => ask.onChain(check, start).map(verdict => ({ check, verdict }))),
  }))
  return { links, results: ask.results() }
}

/** One check on one subject. What it could not read makes its verdict unknown; any other error is our bug. */
export function runCheck(check: AnyCheck, subject: Subject, world: World): Verdict {
  try {
    return check.test({ subject: subject as never, world: world as never })
  } catch (error) {
    if (error instanceof Unread) return unknown(error.fact)
    throw error
  }
}

/** Every subject of the check's kinds that was read. */
export function subjectsOf(check: AnyCheck, world: World): readonly Subject[] {
  return subjectKinds(check).flatMap((kind): readonly Subject[] => (kind === 'workload' ? workloadsOf(world) : world.seen(kind)))
}

function namespaceOf(subject: Subject | undefined): string | undefined {
  if (subject === undefined) return undefined
  // An association names its namespace at the top of its body.
  const { metadata, namespace } = (isWorkload(subject) ? subject.resource : subject).body as {
    metadata?: { namespace?: string }
    namespace?: unknown
  }
  return metadata?.namespace ?? (typeof namespace === 'string' ? namespace : undefined)
}

type AskOnChain = (check: AnyCheck, start: ChainStart) => readonly Verdict[]

function asker(joint: Joint, world: World, choose: Choose) {
  type Answer = Result & { readonly witnesses: Workload[] }
  const answers: Answer[] = []
  const answered = new Map<AnyCheck, Map<Resource, Answer>>()
  function alone(check: AnyCheck, subject: Subject): Answer {
    const about = isWorkload(subject) ? subject.resource : subject
    const ofCheck = answered.get(check) ?? new Map<Resource, Answer>()
    answered.set(check, ofCheck)
    const known = ofCheck.get(about)
    if (known !== undefined) return known
    const answer = { check, joint: joint.id, subject, verdict: runCheck(check, subject, world), witnesses: [] }
    ofCheck.set(about, answer)
    answers.push(answer)
    return answer
  }
  const onChain: AskOnChain = (check, start) => {
    if (!choose(check)) return []
    const unread = (start.unread ?? []).filter(({ kind }) => subjectKinds(check).includes(kind)).map(({ fact }) => unknown(fact))
    const subjects = subjectsOn(check, start)
    if (subjects.length === 0 && check.subject === 'aws/eks/Cluster') return [unknown(whyNoCluster(world, start.clusterName))]
    const verdicts = subjects.map(subject => {
      const answer = alone(check, subject)
      if (start.workload !== undefined && !isWorkload(subject)) answer.witnesses.push(start.workload)
      return answer.verdict
    })
    return [...verdicts, ...unread]
  }
  return { alone, onChain, results: () => answers }
}

/** A chain's own subjects of the kind that the check speaks about; none when the chain has none. */
function subjectsOn(check: AnyCheck, start: ChainStart): readonly Subject[] {
  const kinds = subjectKinds(check)
  const own = [start.workload, start.serviceAccount, start.cluster].find(
    subject => subject !== undefined && kinds.includes(kindOf(subject)),
  )
  return [...(own === undefined ? [] : [own]), ...(start.through ?? []).filter(resource => kinds.includes(resource.kind))]
}

const kindOf = (subject: Subject): SubjectKind => (isWorkload(subject) ? 'workload' : subject.kind)

const beginningOf = (start: ChainStart): Subject | undefined =>
  start.workload ?? start.serviceAccount ?? start.through?.[0] ?? start.cluster

const linksOf = ({ links }: Joint, { omits = [] }: ChainStart): readonly Link[] =>
  omits.length === 0 ? links : links.filter(({ id }) => !omits.includes(id))

function drawChain(joint: Joint, start: ChainStart, ask: AskOnChain): DrawnChain {
  const links: LinkState[] = []
  let broken = false
  for (const link of linksOf(joint, start)) {
    const state: LinkState = broken ? { id: link.id, title: link.title, verdict: { is: 'not-asked' } as const } : drawLink(link, start, ask)
    links.push(state)
    broken ||= state.verdict.is === 'fail'
  }
  const subject = beginningOf(start)
  if (subject === undefined) throw new Error(`a chain of ${joint.id} begins nowhere`)
  const unsure = links.some(link => link.verdict.is === 'unknown')
  return { joint: joint.id, subject: subjectText(subject), links, start, state: broken ? 'broken' : unsure ? 'unknown' : 'holds' }
}

/** The first fail decides a link; else the first unknown; else what passed. */
function drawLink(link: Link, start: ChainStart, ask: AskOnChain): LinkState {
  const { id, title } = link
  let weakest: LinkState | undefined
  for (const check of link.checks) {
    for (const verdict of ask(check, start)) {
      const state = { id, title, verdict, check: check.id }
      if (verdict.is === 'fail') return state
      if (weakest === undefined || rank(verdict) < rank(weakest.verdict)) weakest = state
    }
  }
  return weakest ?? { id, title, verdict: { is: 'no-check' } }
}

const order: Readonly<Record<LinkState['verdict']['is'], number>> = { fail: 0, unknown: 1, pass: 2, skip: 3, 'not-asked': 4, 'no-check': 5 }
const rank = (verdict: LinkState['verdict']): number => order[verdict.is]
