import { settleText } from '#base/settle.ts'
import type { UnreadFact } from '#base/errors.ts'
import type { InputProblem } from '#model/input-problem.ts'
import { placeOf, type Evidence } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { clean, padEnd, widthOf } from './characters.ts'
import { note, type TextOptions } from './diagnostic.ts'
import { fixLineNumbers, fixLines } from './fix-lines.ts'
import { inkFor, type Style } from './ink.ts'
import { placeText } from './place-text.ts'
import { problemText } from './problem-lines.ts'
import { digitsFor, snippets, type Frame, type Mark } from './snippet.ts'
import { wrap } from './wrap.ts'

export type AccessVerdict = 'allow' | 'deny' | 'unknown'

/** An answer to "may this principal do this", with everything that a person needs to believe it. */
export interface DecisionReport {
  readonly subject: string
  readonly action: string
  readonly resource: string
  readonly verdict: AccessVerdict
  /** One for each AWS identity that the subject has. */
  readonly ways: readonly WayReport[]
  readonly warnings: readonly string[]
  readonly problems: readonly InputProblem[]
}

export interface WayReport {
  /** `IRSA`, `itself`. */
  readonly by: string
  readonly mechanism: string
  /** Where the question is asked in parts: which resource this one is about. */
  readonly on?: string
  readonly roleArn?: string
  readonly caller?: string
  readonly steps: readonly StepReport[]
  readonly session: 'holds' | 'refused' | 'unknown'
  readonly verdict: AccessVerdict
  readonly headline: string
  /** The primary place first. */
  readonly evidence: readonly Evidence[]
  readonly decision?: DecisionFacts
  readonly conditional: readonly ResidualReport[]
  readonly unread: readonly UnreadFact[]
  readonly notRead: readonly string[]
  readonly layers: readonly LayerReport[]
  readonly heals: readonly Fix[]
  /** Where there is none: what a person can do, a sentence. */
  readonly help?: string
}

export interface StepReport {
  readonly text: string
  readonly at?: Evidence
}

export interface DecisionFacts {
  readonly answer: string
  readonly decidedBy?: {
    readonly layer: string
    readonly level?: number
    readonly policy: number
    readonly statement: number
    readonly sid?: string
  }
  readonly missingLayer?: string
  readonly missingLevel?: number
  readonly reason: string
}

export interface ResidualReport {
  readonly key: string
  readonly operator: string
  readonly values: readonly string[]
  readonly effect: 'Allow' | 'Deny'
  readonly layer: string
  readonly text: string
  readonly at?: Evidence
}

export interface LayerReport {
  readonly layer: string
  readonly text: string
  readonly says: 'allows' | 'denies' | 'silent' | 'open' | 'unread' | 'none' | 'exempt'
  readonly by?: string
  readonly at?: Evidence
}

export interface DecisionOptions extends TextOptions {
  /** Every layer, and the way to the identity. */
  readonly why: boolean
}

const styles = { allow: 'bold', deny: 'broken', unknown: 'unknown' } as const satisfies Record<AccessVerdict, Style>

/** The verdict, the statement that decides it in its place, and what would turn it. Ends with a line feed. */
export function decisionText(report: DecisionReport, options: DecisionOptions): string {
  const ink = inkFor(options.color)
  const question = `${report.subject} · ${report.action} on ${report.resource}`
  const blocks = [
    ...report.problems.map(problem => problemText(problem, options)),
    ...report.warnings.map(warning => wrap(`warning: ${warning}`, options.width).join('\n')),
    ...report.ways.map(way => wayText(way, way.on === undefined ? question : `${report.subject} · ${report.action} on ${way.on}`, options)),
  ]
  const several = report.ways.length > 1 ? [ink(styles[report.verdict], `${report.verdict}: ${summary(report)}`)] : []
  return `${[...blocks, ...several].join('\n\n')}\n`
}

const summary = ({ ways, verdict }: DecisionReport): string =>
  ways.some(({ on }) => on !== undefined) ? partsSummary(verdict, ways) : identitiesSummary(verdict, ways)

const partsSummary = (verdict: AccessVerdict, ways: readonly WayReport[]): string =>
  verdict === 'allow' ? 'each part of it is allowed' : `it needs all of ${[...new Set(ways.map(({ on }) => on))].join(' and ')}`

const identitiesSummary = (verdict: AccessVerdict, ways: readonly WayReport[]): string =>
  verdict !== 'unknown' ? `so say all ${ways.length} identities of it` : `its ${ways.length} identities differ, or one of them is not known`

function wayText(way: WayReport, question: string, options: DecisionOptions): string {
  const marks = way.evidence.map((item, index): Mark => ({ place: placeOf(item), label: item.label, primary: index === 0 }))
  const lines = marks.flatMap(({ place }) => (place.in === 'file' ? [place.line] : []))
  const [heal] = way.heals
  const frame: Frame = {
    ink: inkFor(options.color),
    digits: digitsFor([...lines, ...fixLineNumbers(heal, way.evidence)]),
    width: options.width,
  }
  const [first = '', ...rest] = wrap(`${way.verdict}: ${question}`, frame.width - 2)
  const head = frame.ink(styles[way.verdict], first.slice(0, way.verdict.length)) + first.slice(way.verdict.length)
  return [
    head,
    ...rest.map(line => `  ${line}`),
    ...snippets(marks, frame),
    ...note('because', way.headline, frame),
    ...asLines(way, frame),
    ...openLines(way, frame),
    ...(heal === undefined ? [] : note('fix (needs approval)', heal.title, frame)),
    ...(heal === undefined ? [] : fixLines(heal, way.evidence, frame, options.verbose ?? false)),
    ...(heal === undefined ? [] : widened(heal, frame)),
    ...(way.help === undefined ? [] : note('help', way.help, frame)),
    ...(options.why ? whyLines(way, frame) : []),
  ].join('\n')
}

const widened = (heal: Fix, frame: Frame): readonly string[] =>
  [...new Set(heal.changes.map(change => change.risk))].filter(risk => risk !== '').flatMap(risk => note('widens', risk, frame))

function asLines({ by, mechanism, caller }: WayReport, frame: Frame): readonly string[] {
  if (caller === undefined || mechanism === 'itself') return []
  return note('as', `${caller}, by ${by}`, frame)
}

function openLines({ conditional, unread, notRead }: WayReport, frame: Frame): readonly string[] {
  const texts = [...new Set(conditional.map(({ text }) => text))]
  const doubts = unread.length > 0 ? [] : notRead
  return [
    ...texts.flatMap(text => note('depends', text, frame)),
    ...doubts.flatMap(text => note('unsure', text, frame)),
    ...unread.flatMap(fact => note('not read', `${fact.kind}${fact.id === undefined ? '' : ` ${fact.id}`}: ${fact.reason}`, frame)),
    ...[...new Set(unread.flatMap(({ settle }) => (settle === undefined ? [] : [settleText(settle)])))].flatMap(text =>
      note('settle', text, frame),
    ),
  ]
}

const signs = { allows: '✓', denies: '✕', silent: '✕', open: '?', unread: '?', none: '–', exempt: '–' } as const
const words = {
  allows: 'allows',
  denies: 'denies',
  silent: 'has no allow',
  open: 'depends',
  unread: 'not read',
  none: 'there is none',
  exempt: 'does not apply',
} as const

/** The way to the identity, then one line a layer with its place at the right. */
function whyLines({ steps, layers }: WayReport, frame: Frame): readonly string[] {
  const name = Math.max(0, ...layers.map(layer => widthOf(layer.text)))
  const word = Math.max(...Object.values(words).map(widthOf))
  const path =
    steps.length < 2
      ? []
      : [
          '',
          frame.ink('bold', 'the way to the identity'),
          ...steps.map(({ text, at }) => `  ${clean(text)}${at === undefined ? '' : frame.ink('faint', `  ${placeText(placeOf(at))}`)}`),
        ]
  const said = layers.map(({ text, says, by, at }) => {
    const place = at === undefined ? '' : frame.ink('faint', `  ${placeText(placeOf(at))}`)
    return `  ${signs[says]} ${padEnd(text, name)}  ${padEnd(words[says], word)}${by === undefined ? '' : `  ${clean(by)}`}${place}`.trimEnd()
  })
  return [...path, ...(layers.length === 0 ? [] : ['', frame.ink('bold', 'every layer'), ...said])]
}
