import { agrees, names } from '#joints/agreement.ts'
import type { Question } from '#joints/define-diagnosis.ts'
import type { Recognised } from '#joints/define-symptoms.ts'
import type { AnyCheck } from '#joints/define.ts'
import { pointedPart } from '#joints/pointed-part.ts'
import { questionsOf, treeOf } from '#joints/trees.ts'
import type { Verdict } from '#model/verdict.ts'
import { causeOf, type AskedChain } from './asked-chains.ts'
import type { Cause, Clue, Open, Part, RuledOut } from './diagnosis.ts'

/** A text and one thing that it shows. */
export interface Shown {
  readonly clue: Clue
  readonly found: Recognised
}

/** What the questions of one text came to. */
export interface Answered {
  readonly shown: Shown
  readonly cause?: Cause
  readonly ruledOut: readonly RuledOut[]
  readonly open: readonly Open[]
  /** Whether any chain has what is asked. */
  readonly asked: boolean
}

interface Said {
  readonly chain: AskedChain
  readonly check: AnyCheck
  readonly verdict: Verdict
}

/** Asks the questions of a text in order, until one of them finds the break that explains it. */
export function answerQuestions(shown: Shown, chains: readonly AskedChain[]): Answered {
  const { found } = shown
  const questions = questionsOf(found)
  const asked = questions.some(each => saidTo(each, chains).length > 0)
  for (const [index, question] of questions.entries()) {
    const cause = chosen(saidTo(question, chains), found.parameters, chains)
    if (cause === undefined) continue
    const passed = passedBy(upstreamOf(question, questions.slice(0, index), found, chains), chains)
    // A tree may have nothing before the link; what its chain has before it holds too.
    const ruledOut = passed.ruledOut.length > 0 ? passed.ruledOut : passedBy(linksBefore(question.asks, chains), chains).ruledOut
    return { shown, cause, ...passed, ruledOut, asked }
  }
  return { shown, ...passedBy(questions, chains), asked }
}

/** What was asked before the question that found the cause, and what stands before it in the tree; without a tree, in the chain. */
function upstreamOf(question: Question, before: readonly Question[], found: Recognised, chains: readonly AskedChain[]) {
  const inTree = treeOf(found)?.questions ?? linksBefore(question.asks, chains)
  const index = inTree.findIndex(({ asks }) => asks === question.asks)
  const upstream = index < 0 ? linksBefore(question.asks, chains) : inTree.slice(0, index)
  return [...new Map([...before, ...upstream].map(each => [each.asks, each])).values()].filter(({ asks }) => asks !== question.asks)
}

/** The links that a chain of the same joint has before one. */
export function linksBefore(name: Question['asks'], chains: readonly AskedChain[]): readonly Question[] {
  const [joint = '', id] = name.split('/')
  const links = chains.find(chain => chain.joint === joint)?.links ?? []
  const index = links.findIndex(({ link }) => link.id === id || link.checks.some(check => check.id === name))
  return links.slice(0, Math.max(0, index)).map(({ link }) => ({ asks: `${joint}/${link.id}` as const }))
}

/** What these questions rule out, and what they leave open. */
export function passedBy(questions: readonly Question[], chains: readonly AskedChain[]): Pick<Answered, 'ruledOut' | 'open'> {
  const ruledOut: RuledOut[] = []
  const open: Open[] = []
  for (const question of questions) {
    const said = saidTo(question, chains)
    const part = partOf(question)
    const what = question.rulesOut ?? `${part.joint} is broken at ${part.title}`
    const unknown = said.find(({ verdict }) => verdict.is === 'unknown')?.verdict
    if (said.some(({ verdict }) => verdict.is === 'fail')) continue
    if (unknown?.is === 'unknown') open.push({ ...part, what, fact: unknown.fact })
    else if (said.some(({ verdict }) => verdict.is === 'pass')) ruledOut.push({ ...part, what, ...evidenceOf(said) })
  }
  return { ruledOut, open }
}

function saidTo({ asks }: Question, chains: readonly AskedChain[]): readonly Said[] {
  const [jointId, id] = asks.split('/')
  const ofJoint = chains.filter(({ joint }) => joint === jointId)
  return ofJoint.flatMap(chain =>
    chain.links.flatMap(({ link, verdicts }) =>
      verdicts.filter(({ check }) => link.id === id || check.id === asks).map(each => ({ chain, ...each })),
    ),
  )
}

/** Of several breaks that could be meant the one that the text names; of none that it names, the first. */
function chosen(said: readonly Said[], parameters: Recognised['parameters'], chains: readonly AskedChain[]): Cause | undefined {
  const fitting = said.flatMap(each =>
    each.verdict.is === 'fail' && agrees(each.verdict, parameters) ? [{ ...each, told: each.verdict }] : [],
  )
  const best = fitting.find(({ told }) => names(told, parameters)) ?? fitting[0]
  return best === undefined ? undefined : causeOf(best.chain, best.verdict, chains)
}

function partOf({ asks }: Question): Part {
  const [joint = ''] = asks.split('/')
  const { id, title } = pointedPart(asks)
  return { joint, id: id.startsWith(`${joint}/`) ? id.slice(joint.length + 1) : id, title }
}

function evidenceOf(said: readonly Said[]): Pick<RuledOut, 'evidence'> {
  const because = said.flatMap(({ verdict }) => (verdict.is === 'pass' ? verdict.because : []))
  const best = because.find(({ label }) => label !== '') ?? because[0]
  return best === undefined ? {} : { evidence: best }
}
