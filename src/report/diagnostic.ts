import type { Finding } from '#findings/finding.ts'
import { placeOf } from '#model/resource.ts'
import { clean } from './characters.ts'
import { fixLineNumbers, fixLines } from './fix-lines.ts'
import { inkFor, severityStyle } from './ink.ts'
import { digitsFor, gutter, snippets, type Frame, type Mark } from './snippet.ts'
import { hang, wrap } from './wrap.ts'

export interface TextOptions {
  readonly color: boolean
  /** Columns of the terminal; text that can be wrapped stays within them. */
  readonly width: number
  /** Leave nothing out. */
  readonly verbose?: boolean
}

/** A finding as a compiler would print it: what, where, what follows from it, and what to change. */
export function diagnostic(finding: Finding, options: TextOptions): string {
  const { evidence, fix } = finding
  const marks = evidence.map((item, index): Mark => ({ place: placeOf(item), label: item.label, primary: index === 0 }))
  const lines = marks.flatMap(({ place }) => (place.in === 'file' ? [place.line] : []))
  const digits = digitsFor([...lines, ...fixLineNumbers(fix, evidence)])
  const frame: Frame = { ink: inkFor(options.color), digits, width: options.width }
  return [...title(finding, frame), ...snippets(marks, frame), ...notes(finding, frame, options.verbose ?? false)].join('\n')
}

/** `severity[check]: message`, with the head in the severity's ink. */
function title({ severity, check, message }: Finding, frame: Frame): readonly string[] {
  const head = `${severity}[${clean(check.id)}]`
  const [first = '', ...rest] = wrap(`${head}: ${message}`, frame.width - 2)
  return [frame.ink(severityStyle[severity], first.slice(0, head.length)) + first.slice(head.length), ...rest.map(line => `  ${line}`)]
}

function notes(finding: Finding, frame: Frame, verbose: boolean): readonly string[] {
  const { fix, help, workloads } = finding
  const risks = [...new Set(fix?.changes.map(change => change.risk))].filter(risk => risk !== '')
  return [
    ...note('effect', finding.effect, frame),
    ...(workloads.length === 0 ? [] : note('breaks', listed(workloads, verbose), frame)),
    ...(fix === undefined ? [] : note(fix.safe ? 'fix' : 'fix (needs approval)', fix.title, frame)),
    ...(fix === undefined ? [] : fixLines(fix, finding.evidence, frame, verbose)),
    ...(verbose ? risks.flatMap(risk => note('risk', risk, frame)) : []),
    ...(help === undefined ? [] : note('help', help, frame)),
    ...(verbose ? finding.check.sources.flatMap(source => note('source', source, frame)) : []),
    ...note('see', `mortise checks ${finding.check.id}`, frame),
  ]
}

/** `= effect: …`, its further lines under its first, or under a long name's own beginning. */
export function note(name: string, text: string, frame: Frame): readonly string[] {
  const head = `${name}: `
  const indent = head.length > longestName ? 2 : head.length
  const [first = '', ...rest] = hang(head, text, frame.width - frame.digits - 3, indent)
  const before = ' '.repeat(frame.digits + 3)
  return [`${gutter(frame, '', '=')} ${frame.ink('bold', `${name}:`)}${first.slice(name.length + 1)}`, ...rest.map(line => before + line)]
}

const longestName = 10

/** The first three, and how many more. */
export function listed(names: readonly string[], all = false): string {
  const shown = all || names.length <= 4 ? names : names.slice(0, 3)
  const more = names.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
