import { settleText } from '#base/settle.ts'
import type { UnreadFact } from '#base/errors.ts'
import { clean } from './characters.ts'
import { listed, type TextOptions } from './diagnostic.ts'
import { inkFor } from './ink.ts'
import { jsonText } from './json-text.ts'
import { count } from './summary.ts'
import { hang } from './wrap.ts'

/** The smallest policy of a service account, and why it is the smallest. */
export interface MinimalReport {
  readonly subject: string
  readonly caller: string
  readonly document: unknown
  /** One for each statement, in their order. */
  readonly reasons: readonly string[]
  /** What the engine found wrong with the policy; none: it is proved. */
  readonly faults: readonly string[]
  /** What AWS would take and that does not do what it says. */
  readonly lint: readonly string[]
  readonly decisions: number
  readonly adds: readonly string[]
  readonly removes: readonly string[]
  /** Characters, as AWS counts them: 6,144 is the quota of a managed policy. */
  readonly size: number
  readonly baseline?: { readonly title: string; readonly source: string; readonly narrow?: string }
  readonly unread: readonly UnreadFact[]
}

const managedQuota = 6144

/** The document, then each statement's reason and the proof. Ends with a line feed. */
export function minimalText(report: MinimalReport, options: TextOptions): string {
  const ink = inkFor(options.color)
  const line = (head: string, text: string) => hang(`${head}: `, text, options.width).join('\n')
  const { baseline, faults, lint, adds, removes, size } = report
  const proof =
    faults.length === 0
      ? `the engine was asked ${count(report.decisions, 'question')}: all that is needed is allowed, and nothing besides`
      : faults.join('; ')
  const long = size <= managedQuota ? [] : [line('size', `${size} characters, and a managed policy may have ${managedQuota}: split it`)]
  return `${[
    ink('bold', clean(`smallest policy of ${report.subject}, for ${report.caller}`)),
    jsonText(report.document),
    ...(baseline === undefined
      ? []
      : [
          line('baseline', `${baseline.title}, ${baseline.source}`),
          ...(baseline.narrow === undefined ? [] : [line('narrow', baseline.narrow)]),
        ]),
    report.reasons.map((reason, index) => line(`Need${index + 1}`, reason)).join('\n'),
    line(faults.length === 0 ? 'proved' : 'not proved', proof),
    ...lint.map(message => line('lint', message)),
    ...(adds.length === 0 ? [] : [line('adds', `${listed(adds, options.verbose)}: needed, and not allowed now`)]),
    ...(removes.length === 0 ? [] : [line('takes away', `${count(removes.length, 'action')}: ${listed(removes, options.verbose)}`)]),
    ...long,
    ...report.unread.map(({ reason, settle }) => line('not read', `${reason}${settle === undefined ? '' : ` (${settleText(settle)})`}`)),
  ].join('\n')}\n`
}

/** The same as data. */
export function minimalJson(report: MinimalReport, options: { readonly version: string }): string {
  const { unread, ...rest } = report
  return `${jsonText({ schemaVersion: 1, tool: { name: 'mortise', version: options.version }, ...rest, isProved: report.faults.length === 0, unread: unread.map(({ settle, ...fact }) => ({ ...fact, ...(settle === undefined ? {} : { settle: settleText(settle) }) })) })}\n`
}
