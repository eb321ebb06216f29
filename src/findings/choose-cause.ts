import type { UnreadFact } from '#base/errors.ts'
import type { Clue } from '#joints/clues.ts'
import { causeText } from '#joints/define-symptoms.ts'
import { healthKinds } from '#joints/health-clues.ts'
import { isOfAnyPod, recognised } from '#joints/symptoms.ts'
import { treeOf } from '#joints/trees.ts'
import type { Kinds } from '#model/kinds.ts'
import { answerQuestions, linksBefore, passedBy, type Answered, type Shown } from './answer-questions.ts'
import { firstBreaks, type AskedChain } from './asked-chains.ts'
import type { Cause, Diagnosis, Followed, Open } from './diagnosis.ts'
import type { Finding } from './finding.ts'
import { firstInLife } from './first-in-life.ts'

/** What a diagnosis is made from. */
export interface Evidence {
  readonly subject?: string
  /** Texts that were given: they alone say what is to be explained. */
  readonly given: readonly Clue[]
  /** What statuses, events and logs say. */
  readonly clues: readonly Clue[]
  readonly chains: readonly AskedChain[]
  /** Logs that could not be read. */
  readonly unreadLogs?: readonly UnreadFact[]
}

/** The one cause of what is seen, or why none can be named. */
export function chooseCause({ subject, given, clues, chains, unreadLogs = [] }: Evidence): Diagnosis {
  const fresh = clues.filter(({ past }) => past !== true)
  const texts = given.length > 0 ? given : fresh
  const shown = texts.flatMap(clue => recognised(clue.text).map(found => ({ clue, found })))
  const answered = shown
    .map(each => answerQuestions(each, chains))
    .filter(({ asked, shown: { clue, found } }) => asked || isOfAnyPod(found.joint) || given.includes(clue))
  const breaks = firstBreaks(chains)
  const known = new Set(answered.map(each => each.shown.clue))
  const rest = {
    ...(subject === undefined ? {} : { subject }),
    unknownTexts: texts.filter(clue => !known.has(clue) && !isOfLog(clue) && !isOfMore(clue)),
    past: clues.filter(clue => clue.past === true && recognised(clue.text).length > 0),
  }
  const best = [...answered].sort((a, b) => rankOf(a) - rankOf(b))[0]
  if (best !== undefined) return { ...rest, ...ofAnswered(best, unreadLogs), alsoBroken: others(breaks, best.cause?.finding) }
  if (rest.unknownTexts.length > 0 || given.length > 0)
    return { ...rest, answer: 'unknown-text', ruledOut: [], open: openIn(chains), alsoBroken: breaks.map(({ finding }) => finding) }
  const first = firstInLife(breaks)
  if (first === undefined)
    return { ...rest, answer: 'well', ruledOut: [], open: [...openIn(chains), ...unreadLogs.map(logPart)], alsoBroken: [] }
  const passed = passedBy(linksBefore(`${first.joint}/${first.id}`, chains), chains)
  return { ...rest, answer: 'cause', cause: first, ...passed, alsoBroken: others(breaks, first.finding) }
}

const isOfLog = ({ from }: Clue): boolean => from.startsWith('log')

/** What a node warns of, or a service of all that it brought, need not be what one workload there shows. */
function isOfMore({ evidence }: Clue): boolean {
  if (evidence === undefined) return false
  const { kind, body } = evidence.resource
  return healthKinds.some(each => each === kind) || (kind === 'k8s/Event' && (body as Kinds['k8s/Event']).involvedObject.kind === 'Node')
}

function followedOf({ clue, found }: Shown): Followed {
  const { joint, symptom, parameters } = found
  const sees = treeOf(found)?.title
  return {
    clue,
    joint,
    symptom: symptom.id,
    link: symptom.link,
    means: causeText(found),
    parameters,
    source: symptom.source,
    ...(sees === undefined ? {} : { sees }),
    ...(symptom.hidden === undefined ? {} : { hidden: symptom.hidden }),
  }
}

/** A break that explains an exact text, one that explains a text that hides its cause, a text that says it all, and what nobody could tell. */
function rankOf({ cause, open, shown: { found } }: Answered): number {
  const isHidden = found.symptom.hidden !== undefined
  if (cause !== undefined) return isHidden ? 1 : 0
  if (isHidden) return 4
  return isOpen(found.joint, found.symptom.link, open) ? 3 : 2
}

const isOpen = (joint: string, link: string, open: Answered['open']): boolean => open.some(each => each.joint === joint && each.id === link)

/** A log that could not be read may have the text that another one hides. */
function ofAnswered(
  best: Answered,
  unreadLogs: readonly UnreadFact[],
): Omit<Diagnosis, 'subject' | 'unknownTexts' | 'past' | 'alsoBroken'> {
  const { shown, cause, ruledOut } = best
  const open = [...(cause === undefined ? unreadLogs.map(logPart) : []), ...best.open]
  const answer = cause !== undefined ? 'cause' : rankOf(best) === 2 ? 'told' : 'undecided'
  return { answer, followed: followedOf(shown), ...(cause === undefined ? {} : { cause }), ruledOut, open }
}

const logPart = (fact: UnreadFact): Open => ({
  joint: 'log',
  id: 'log',
  title: 'log',
  what: `the log of ${fact.id ?? 'a pod'} says more`,
  fact,
})

const others = (breaks: readonly Cause[], cause: Finding | undefined): readonly Finding[] =>
  breaks.map(({ finding }) => finding).filter(({ fingerprint }) => fingerprint !== cause?.fingerprint)

/** What was not read, each cause once. */
function openIn(chains: readonly AskedChain[]): Diagnosis['open'] {
  const all = chains.flatMap(({ joint, links }) =>
    links.flatMap(({ link, verdicts }) =>
      verdicts.flatMap(({ verdict }) =>
        verdict.is === 'unknown' ? [{ joint, id: link.id, title: link.title, what: `${link.title} is broken`, fact: verdict.fact }] : [],
      ),
    ),
  )
  return [...new Map(all.map(each => [JSON.stringify([each.fact.kind, each.fact.reason]), each])).values()]
}
