import type { Outcome } from '#findings/outcome.ts'
import { placeOf } from '#model/resource.ts'
import type { Finding } from '#findings/finding.ts'
import { clean } from './characters.ts'
import { diagnostic, type TextOptions } from './diagnostic.ts'
import { inkFor, severityStyle, type Ink } from './ink.ts'
import { nextCommand } from './next-command.ts'
import { placeText } from './place-text.ts'
import { problemText } from './problem-lines.ts'
import { ignoredLine, jointTable, summaryLine, unknownCount } from './summary.ts'
import { unknownLines } from './unknown-lines.ts'
import { wrap } from './wrap.ts'

export interface TerminalOptions extends TextOptions {
  /** One line a finding, and the summary. */
  readonly quiet?: boolean
  /** The command to name at the end, instead of the one that is chosen. */
  readonly nextCommand?: string
}

/** A scan for a person: input problems, findings, what is unknown, the table of joints, and a summary. Ends with a line feed. */
export function terminalReport(outcome: Outcome, options: TerminalOptions): string {
  const ink = inkFor(options.color)
  const next = options.nextCommand ?? nextCommand(outcome)
  const last = [
    ...(options.quiet === true ? [] : asideLines(outcome, options, ink)),
    ink('bold', wrap(summaryLine(outcome), options.width).join('\n')),
    ...(next === undefined ? [] : [`next: ${clean(next)}`]),
  ].join('\n')
  if (options.quiet === true) return `${[...outcome.findings.map(finding => shortLine(finding, ink)), last].join('\n')}\n`
  const blocks = [
    ...outcome.problems.map(problem => problemText(problem, options)),
    ...outcome.findings.map(finding => diagnostic(finding, options)),
    ...unknownLines(outcome.unknowns, options),
    jointTable(outcome.joints, ink, options.width).join('\n'),
    last,
  ]
  return `${blocks.filter(block => block !== '').join('\n\n')}\n`
}

/** What a reader must not take for a pass. */
function asideLines(outcome: Outcome, options: TerminalOptions, ink: Ink): readonly string[] {
  const ignored = options.verbose === true ? ignoredLine(outcome.ignored) : undefined
  const unproven = unknownCount(outcome) > 0 && outcome.findings.length === 0
  return [
    ...(ignored === undefined ? [] : wrap(ignored, options.width).map(line => ink('faint', line))),
    ...(unproven ? [ink('unknown', 'nothing is known to be broken, and not everything is known')] : []),
  ]
}

function shortLine(finding: Finding, ink: Ink): string {
  const head = `${finding.severity}[${clean(finding.check.id)}]`
  return `${ink(severityStyle[finding.severity], head)}: ${clean(finding.message)} (${placeText(placeOf(finding.evidence[0]))})`
}
