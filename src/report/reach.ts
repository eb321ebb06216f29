import type { UnreadFact } from '#base/errors.ts'
import { settleText } from '#base/settle.ts'
import type { InputProblem } from '#model/input-problem.ts'
import { placeOf, type Evidence } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { clean, padEnd, widthOf } from './characters.ts'
import { listed, note, type TextOptions } from './diagnostic.ts'
import { fixLineNumbers, fixLines } from './fix-lines.ts'
import { inkFor, type Ink, type Style } from './ink.ts'
import { placeText } from './place-text.ts'
import { problemText } from './problem-lines.ts'
import { digitsFor, type Frame } from './snippet.ts'
import { count } from './summary.ts'
import { hang, wrap } from './wrap.ts'

export type PathVerdict = 'allow' | 'deny' | 'unknown'
export type ReachVerdict = PathVerdict | 'split'

/** An answer to "does this reach that", with everything that a person needs to believe it. */
export interface Reached {
  readonly from: string
  readonly to: string
  /** `tcp/8080`, `icmp`. */
  readonly traffic: string
  readonly verdict: ReachVerdict
  /** Pairs of pods that answer alike, most pairs first. */
  readonly groups: readonly ReachGroup[]
  readonly problems: readonly InputProblem[]
}

export interface ReachGroup {
  readonly verdict: ReachVerdict
  readonly reason: string
  /** How many pairs of ends answer so, and the first of them. */
  readonly pairs: number
  readonly from: readonly string[]
  readonly to: readonly string[]
  /** One; two where placement decides; one for each backend of a service. */
  readonly paths: readonly DrawnPath[]
  /** What the published semantics would say, where the engine that enforces differs. */
  readonly upstream?: string
  readonly heal?: { readonly title: string; readonly opens: number; readonly fix?: Fix }
  readonly help?: string
  readonly unread: readonly UnreadFact[]
}

export interface DrawnPath {
  /** `pods on one node`, `backend shop/api-0 port 8080`; none for the only path. */
  readonly title?: string
  readonly verdict: PathVerdict
  readonly hops: readonly Hop[]
}

/** One layer at one end. */
export interface Hop {
  readonly layer: string
  readonly end: 'source' | 'destination'
  /** `NetworkPolicy shop/web-out rule 2`, `security group sg-0web (branch interface)`. */
  readonly name: string
  readonly verdict: PathVerdict
  readonly says: string
  readonly evidence: readonly Evidence[]
}

export const verdictWords = { allow: 'allowed', deny: 'denied', unknown: 'unknown', split: 'depends on placement' } as const
const styles = { allow: 'bold', deny: 'broken', unknown: 'unknown', split: 'unknown' } as const satisfies Record<ReachVerdict, Style>
const signs = { allow: ' ', deny: '✕', unknown: '?' } as const satisfies Record<PathVerdict, string>

/** The path drawn end to end for each group of pairs. Ends with a line feed. */
export function reachText(reached: Reached, options: TextOptions): string {
  const ink = inkFor(options.color)
  const title = `${reached.from} → ${reached.to} ${reached.traffic}`
  const groups = reached.groups.map(group => groupLines(group, title, reached.groups.length > 1, ink, options).join('\n'))
  const several =
    reached.groups.length > 1
      ? [
          ink(
            styles[reached.verdict],
            `${clean(title)}: ${reached.groups.map(g => `${verdictWords[g.verdict]} for ${count(g.pairs, 'pair')}`).join(', ')}`,
          ),
        ]
      : []
  return `${[...reached.problems.map(problem => problemText(problem, options)), ...groups, ...several].join('\n\n')}\n`
}

function groupLines(group: ReachGroup, title: string, isOneOfSeveral: boolean, ink: Ink, options: TextOptions): readonly string[] {
  const head = `${title} · ${verdictWords[group.verdict]} · ${group.reason}`
  const [first = '', ...rest] = wrap(head, options.width - 2)
  const frame = frameFor(group, ink, options)
  return [
    ink(styles[group.verdict], first),
    ...rest.map(line => `  ${line}`),
    ...(isOneOfSeveral ? hang('  pairs  ', pairsText(group, options.verbose ?? false), options.width) : []),
    ...group.paths.flatMap(path => pathLines(path, ink, options)),
    ...(group.upstream === undefined ? [] : note('differs', group.upstream, frame)),
    ...unreadLines(group.unread, frame),
    ...healLines(group, frame, options),
  ]
}

function frameFor({ heal, paths }: ReachGroup, ink: Ink, { width }: TextOptions): Frame {
  const evidence = evidenceOf(paths)
  return { ink, width, digits: digitsFor(heal?.fix === undefined ? [] : fixLineNumbers(heal.fix, evidence)) }
}

const evidenceOf = (paths: readonly DrawnPath[]): readonly Evidence[] => paths.flatMap(({ hops }) => hops.flatMap(hop => hop.evidence))

const pairsText = ({ pairs, from, to }: ReachGroup, all: boolean): string => `${pairs}: ${listed(from, all)} → ${listed(to, all)}`

const ends = { source: 'egress', destination: 'ingress' } as const

/** Each hop on a line of its own: end, rule, what it says, and where the rule stands. */
function pathLines(path: DrawnPath, ink: Ink, options: TextOptions): readonly string[] {
  const room = Math.max(24, Math.floor((options.width - 12) * 0.55))
  const name = Math.min(room, Math.max(0, ...path.hops.map(hop => widthOf(hop.name))))
  const lines = path.hops.flatMap((hop, index) => {
    const end = path.hops[index - 1]?.end === hop.end ? '' : ends[hop.end]
    return hopLines(hop, `  ${padEnd(end, 7)}  `, name, ink, options)
  })
  return path.title === undefined ? lines : ['', `  ${ink('bold', clean(path.title))} · ${verdictWords[path.verdict]}`, ...lines]
}

function hopLines(hop: Hop, head: string, nameWidth: number, ink: Ink, { width, verbose }: TextOptions): readonly string[] {
  const indent = ' '.repeat(widthOf(head))
  const says = `${hop.says}${signs[hop.verdict] === ' ' ? '' : `  ${signs[hop.verdict]}`}`
  const names = wrap(hop.name, nameWidth)
  const words = wrap(says, Math.max(16, width - widthOf(head) - nameWidth - 2))
  const rows = Math.max(names.length, words.length)
  const style: Style = hop.verdict === 'deny' ? 'broken' : hop.verdict === 'unknown' ? 'unknown' : 'plain'
  const lines = Array.from({ length: rows }, (_, row) => {
    const left = `${row === 0 ? head : indent}${padEnd(names[row] ?? '', nameWidth)}  `
    return `${left}${ink(style, words[row] ?? '')}`.trimEnd()
  })
  const places = [...new Set(hop.evidence.map(item => placeText(placeOf(item))))]
  const shown = verbose === true ? places : places.slice(0, 1)
  const more = places.length > shown.length ? ` and ${places.length - shown.length} more` : ''
  return [...lines, ...shown.map((place, index) => ink('faint', `${indent}${place}${index === shown.length - 1 ? more : ''}`))]
}

function unreadLines(unread: readonly UnreadFact[], frame: Frame): readonly string[] {
  const settles = new Set(unread.flatMap(({ settle }) => (settle === undefined ? [] : [settleText(settle)])))
  return [
    ...unread.flatMap(fact => note('not read', `${fact.kind}${fact.id === undefined ? '' : ` ${fact.id}`}: ${fact.reason}`, frame)),
    ...[...settles].flatMap(text => note('settle', text, frame)),
  ]
}

function healLines({ heal, help, paths }: ReachGroup, frame: Frame, { verbose }: TextOptions): readonly string[] {
  const advice = help === undefined ? [] : note('help', help, frame)
  if (heal === undefined) return advice
  const opens = heal.opens === 0 ? 'opens it to no other workload' : `opens ${count(heal.opens, 'pair')} of workloads`
  return [
    ...note('smallest fix (needs approval)', `${heal.title} (${opens})`, frame),
    ...(heal.fix === undefined ? [] : fixLines(heal.fix, evidenceOf(paths), frame, verbose ?? false)),
    ...advice,
  ]
}
