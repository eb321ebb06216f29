import { settleText } from '#base/settle.ts'
import type { UnreadFact } from '#base/errors.ts'
import type { InputProblem } from '#model/input-problem.ts'
import { placeOf, type Evidence } from '#model/resource.ts'
import { clean } from './characters.ts'
import { note, type TextOptions } from './diagnostic.ts'
import { inkFor, type Ink } from './ink.ts'
import { jsonText } from './json-text.ts'
import { evidenceJson } from './json.ts'
import { placeText } from './place-text.ts'
import { problemText } from './problem-lines.ts'
import type { Frame } from './snippet.ts'
import { count } from './summary.ts'
import { hang } from './wrap.ts'

/** What a principal may do. */
export interface AccessReport {
  readonly subject: string
  readonly ways: readonly AccessWay[]
  readonly problems: readonly InputProblem[]
}

export interface AccessWay {
  readonly by: string
  readonly mechanism: string
  readonly caller?: string
  readonly roleArn?: string
  readonly steps: readonly { readonly text: string; readonly at?: Evidence }[]
  readonly session: 'holds' | 'refused' | 'unknown'
  /** Why it gets no session. */
  readonly refused?: string
  readonly services: readonly ServiceReport[]
  readonly unread: readonly UnreadFact[]
}

export type UsedReport = { readonly is: 'used'; readonly at: string } | { readonly is: 'never' }

export interface ServiceReport {
  readonly service: string
  readonly rows: readonly RowReport[]
  readonly lost: readonly string[]
  /** Undefined where nobody read it. */
  readonly used?: UsedReport
}

export interface RowReport {
  readonly resource: string
  readonly exists: boolean
  readonly verdict: 'allow' | 'unknown' | 'part'
  readonly actions: readonly string[]
  readonly depends: readonly string[]
  readonly at?: Evidence
}

/** By service, then by resource. Ends with a line feed. */
export function accessText(report: AccessReport, options: TextOptions): string {
  const ink = inkFor(options.color)
  const blocks = [
    ...report.problems.map(problem => problemText(problem, options)),
    ...report.ways.flatMap(way => wayBlocks(report.subject, way, ink, options)),
  ]
  return `${blocks.join('\n\n')}\n`
}

function wayBlocks(subject: string, way: AccessWay, ink: Ink, options: TextOptions): readonly string[] {
  const as = way.caller === undefined || way.mechanism === 'itself' ? '' : ` · ${way.caller}, by ${way.by}`
  const title = ink('bold', clean(`what ${subject} may do${as}`))
  if (way.refused !== undefined)
    return [`${title}\n${hang('  nothing: ', `it gets no AWS session: ${way.refused}`, options.width).join('\n')}`]
  const nothing = way.services.length === 0 && way.unread.length === 0 ? [`  nothing`] : []
  return [title, ...nothing, ...way.services.map(service => serviceText(service, ink, options)), ...unreadText(way.unread, options)]
}

const signs = { allow: '✓', unknown: '?', part: '◐' } as const

function serviceText({ service, rows, lost, used }: ServiceReport, ink: Ink, options: TextOptions): string {
  const use =
    used === undefined
      ? ''
      : used.is === 'never'
        ? ` · ${ink('unknown', 'not used in the time that IAM keeps')}`
        : ` · last used ${used.at.slice(0, 10)}`
  const lines = rows.flatMap(row => rowLines(row, service, ink, options))
  const gone =
    lost.length === 0
      ? []
      : hang('  ✕ ', `allowed by its policies, and nothing is left of it: ${actionsText(lost, service, options)}`, options.width)
  return [`${ink('bold', service)}${use}`, ...lines, ...gone].join('\n')
}

function rowLines(
  { resource, exists, verdict, actions, depends, at }: RowReport,
  service: string,
  ink: Ink,
  options: TextOptions,
): readonly string[] {
  const what = resource === '*' ? 'any resource' : resource
  const place = at === undefined ? '' : ink('faint', `  ${placeText(placeOf(at))}`)
  const remark = verdict === 'part' ? ' · a part of it is denied' : depends.length === 0 ? '' : ` · depends on ${depends.join(', ')}`
  return [
    `  ${signs[verdict]} ${clean(what)}${exists ? '' : ink('faint', resource === '*' ? '' : ' (as a policy names it)')}${place}`,
    ...hang('      ', `${actionsText(actions, service, options)}${remark}`, options.width),
  ]
}

/** The first dozen by name, without their service. */
function actionsText(actions: readonly string[], service: string, { verbose }: TextOptions): string {
  const names = actions.map(action => (action.startsWith(`${service}:`) ? action.slice(service.length + 1) : action))
  const shown = verbose === true ? names : names.slice(0, 12)
  return `${shown.join(', ')}${names.length > shown.length ? ` and ${count(names.length - shown.length, 'more action')}` : ''}`
}

function unreadText(unread: readonly UnreadFact[], options: TextOptions): readonly string[] {
  const frame: Frame = { ink: inkFor(options.color), digits: 1, width: options.width }
  return unread.map(({ kind, reason, settle }) =>
    [
      `${frame.ink('unknown', `unknown[${clean(kind)}]`)}: ${clean(reason)}`,
      ...(settle === undefined ? [] : note('settle', settleText(settle), frame)),
    ].join('\n'),
  )
}

/** The same as data. */
export function accessJson({ subject, ways, problems }: AccessReport, options: { readonly version: string }): string {
  const data = {
    schemaVersion: 1,
    tool: { name: 'mortise', version: options.version },
    subject,
    identities: ways.map(({ steps, services, unread, ...way }) => ({
      ...way,
      path: steps.map(({ text }) => text),
      services: services.map(({ rows, ...service }) => ({
        ...service,
        rows: rows.map(({ at, ...row }) => ({ ...row, ...(at === undefined ? {} : { at: evidenceJson(at) }) })),
      })),
      unread: unread.map(({ settle, ...fact }) => ({ ...fact, ...(settle === undefined ? {} : { settle: settleText(settle) }) })),
    })),
    problems,
  }
  return `${jsonText(data)}\n`
}
