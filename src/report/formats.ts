import type { Outcome } from '#findings/outcome.ts'
import { jsonReport } from './json.ts'
import { terminalReport, type TerminalOptions } from './terminal.ts'

export interface ReportOptions extends TerminalOptions {
  /** Mortise's own version. */
  readonly version: string
}

/** Every format of an outcome. The same outcome and options always give the same bytes. */
export const formats = {
  terminal: terminalReport,
  json: jsonReport,
} as const satisfies Record<string, (outcome: Outcome, options: ReportOptions) => string>

export type Format = keyof typeof formats

export const report = (format: Format, outcome: Outcome, options: ReportOptions): string => formats[format](outcome, options)
