import { agrees, names } from '#joints/agreement.ts'
import type { Question } from '#joints/define-diagnosis.ts'
import type { Recognised } from '#joints/define-symptoms.ts'
import type { AnyCheck } from '#joints/define.ts'
import { pointedPart } from '#joints/pointed-part.ts'
import { questionsOf, treeOf } from '#joints/trees.ts'
import type { Verdict } from '#model/verdict.ts'
import { findingOf, type AskedChain } from './asked-chains.ts'
import type { Clue, Open, Part, RuledOut } from './diagnosis.ts'
import type { Finding } from './finding.ts'

/** A text and one thing that it shows. */
export interface Shown {
  readonly clue: Clue
  readonly found: Recognised
}

/** What the questions of one text came to. */
export interface Answered {
  readonly shown: Shown
  readonly cause?: Part & { readonly finding: Finding }
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
  const at = questions.findIndex(question => chosen(saidTo(question, chains), found.parameters) !== undefined)
  const question = questions[at]
  const asked = questions.some(each => saidTo(each, chains).length > 0)
  if (question === undefined) return { shown, ...passedBy(questions, chains), asked }
  const said = saidTo(question, chains)
  const finding = chosen(said, found.parameters)
  if (finding === undefined) throw new Error(`${question.asks} is broken no longer`)
  const part = causePart(partOf(question), said, finding)
  return { shown, cause: { ...part, finding }, ...passedBy(upstreamOf(question, questions.slice(0, at), found, chains), chains), asked }
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
function chosen(said: readonly Said[], parameters: Readonly<Record<string, string>>): Finding | undefined {
  const fitting = said.flatMap(({ chain, verdict }) => (verdict.is === 'fail' && agrees(verdict, parameters) ? [{ chain, verdict }] : []))
  const best = fitting.find(({ verdict }) => names(verdict, parameters)) ?? fitting[0]
  return best === undefined ? undefined : findingOf(best.chain, best.verdict)
}

function partOf({ asks }: Question): Part {
  const [joint = ''] = asks.split('/')
  const { id, title } = pointedPart(asks)
  return { joint, id: id.startsWith(`${joint}/`) ? id.slice(joint.length + 1) : id, title }
}

/** The link itself, where one check of it alone was asked. */
function causePart(part: Part, said: readonly Said[], finding: Finding): Part {
  const home = said.flatMap(({ chain }) => chain.links.filter(({ link }) => link.checks.some(({ id }) => id === finding.check.id)))
  const [link] = home.map(each => each.link)
  return link === undefined ? part : { joint: part.joint, id: link.id, title: link.title }
}

function evidenceOf(said: readonly Said[]): Pick<RuledOut, 'evidence'> {
  const because = said.flatMap(({ verdict }) => (verdict.is === 'pass' ? verdict.because : []))
  const best = because.find(({ label }) => label !== '') ?? because[0]
  return best === undefined ? {} : { evidence: best }
}
