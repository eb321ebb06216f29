import type { Outcome } from '#findings/outcome.ts'
import { jsonReport } from './json.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import { sarifReport } from './sarif.ts'
import { terminalReport, type TerminalOptions } from './terminal.ts'

export interface ReportOptions extends TerminalOptions {
  /** Mortise's own version. */
  readonly version: string
}

/** Every format of an outcome. The same outcome and options always give the same bytes. */
export const formats = {
  terminal: terminalReport,
  json: jsonReport,
  sarif: sarifReport,
  junit: junitReport,
  markdown: markdownReport,
} as const satisfies Record<string, (outcome: Outcome, options: ReportOptions) => string | Generator<string>>

export type Format = keyof typeof formats

/** The report, part by part. */
export function report(format: Format, outcome: Outcome, options: ReportOptions): Iterable<string> {
  const text = formats[format](outcome, options)
  return typeof text === 'string' ? [text] : text
}
