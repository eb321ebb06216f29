import { settleText } from '#base/settle.ts'
import type { UnreadFact } from '#base/errors.ts'
import type { InputProblem } from '#model/input-problem.ts'
import { placeOf, type Evidence } from '#model/resource.ts'
import { clean } from './characters.ts'
import { listed, note, type TextOptions } from './diagnostic.ts'
import { inkFor, type Ink } from './ink.ts'
import { jsonText } from './json-text.ts'
import { evidenceJson } from './json.ts'
import { placeText } from './place-text.ts'
import { problemText } from './problem-lines.ts'
import type { Frame } from './snippet.ts'
import { count } from './summary.ts'
import { wrap } from './wrap.ts'

/** Everyone who may do an action on a resource. */
export interface WhoCanReport {
  readonly action: string
  readonly resource: string
  readonly alias?: string
  /** Further resources that the operation needs permission on: whoever is listed may do it on each. */
  readonly also: readonly string[]
  readonly reaches: readonly ReachReport[]
  readonly outsiders: readonly { readonly text: string; readonly limited: boolean; readonly at: Evidence }[]
  readonly clusterSubjects: readonly {
    readonly text: string
    readonly cluster: string
    readonly accounts: readonly string[]
    readonly ways: readonly string[]
  }[]
  readonly unread: readonly UnreadFact[]
  readonly warnings: readonly string[]
  readonly problems: readonly InputProblem[]
}

interface Because {
  readonly because: string
  readonly at?: Evidence
}

export interface ReachReport extends Because {
  readonly caller: string
  readonly arn?: string
  readonly verdict: 'allow' | 'unknown'
  /** Nothing is known of its policies. */
  readonly isUnread: boolean
  readonly holders: readonly HolderReport[]
  readonly through: readonly AssumerReport[]
}

export interface HolderReport {
  readonly holder: string
  readonly cluster: string
  readonly verdict: 'allow' | 'unknown'
  readonly by: string
  readonly mechanism: string
  readonly workloads: readonly string[]
  readonly pods: number
  readonly steps: readonly { readonly text: string; readonly at?: Evidence }[]
  /** Why it is unknown. */
  readonly doubt?: string
}

export interface AssumerReport extends Because {
  readonly caller: string
  readonly arn?: string
  readonly assumes: string
  readonly verdict: 'allow' | 'unknown'
  readonly holders: readonly HolderReport[]
}

/** One block a role or user, with whoever has it beneath. Ends with a line feed. */
export function whoCanText(report: WhoCanReport, options: TextOptions): string {
  const ink = inkFor(options.color)
  const known = report.reaches.filter(reach => !reach.isUnread)
  const unread = report.reaches.filter(reach => reach.isUnread)
  const title = `who can ${report.action} on ${report.alias === undefined ? '' : `${report.alias}, `}${[report.resource, ...report.also].join(' and ')}`
  const blocks = [
    ...report.problems.map(problem => problemText(problem, options)),
    ...report.warnings.map(warning => wrap(`warning: ${warning}`, options.width).join('\n')),
    ink('bold', clean(title)),
    ...known.map(reach => reachLines(reach, ink, options).join('\n')),
    ...(report.outsiders.length === 0 ? [] : [outsiderLines(report, ink).join('\n')]),
    ...(report.clusterSubjects.length === 0 ? [] : [subjectLines(report, ink, options).join('\n')]),
    ...(unread.length === 0
      ? []
      : [
          ink(
            'unknown',
            `unknown: the policies of ${count(unread.length, 'principal')} were not read: ${listed(
              unread.map(reach => reach.caller),
              options.verbose,
            )}`,
          ),
        ]),
    ...unreadLines(report.unread, options),
    summary(report),
  ]
  return `${blocks.join('\n\n')}\n`
}

const mark = (verdict: 'allow' | 'unknown', ink: Ink): string => (verdict === 'allow' ? ink('bold', '✓') : ink('unknown', '?'))

const place = (at: Evidence | undefined, ink: Ink): string => (at === undefined ? '' : ink('faint', `  ${placeText(placeOf(at))}`))

function reachLines({ caller, verdict, because, at, holders, through }: ReachReport, ink: Ink, options: TextOptions): readonly string[] {
  return [
    `${mark(verdict, ink)} ${ink('bold', clean(caller))} · ${clean(because)}${place(at, ink)}`,
    ...holderLines(holders, '    ', ink, options),
    ...through.flatMap(assumer => [
      `    ${mark(assumer.verdict, ink)} ${clean(assumer.caller)} assumes ${clean(assumer.assumes.slice(assumer.assumes.lastIndexOf('/') + 1))} · ${clean(assumer.because)}${place(assumer.at, ink)}`,
      ...holderLines(assumer.holders, '        ', ink, options),
    ]),
  ]
}

function holderLines(holders: readonly HolderReport[], indent: string, ink: Ink, options: TextOptions): readonly string[] {
  const shown = options.verbose === true ? holders : holders.slice(0, 20)
  const more = holders.length - shown.length
  const lines = shown.map(({ holder, by, verdict, workloads, pods, steps, doubt }) => {
    const runs = [
      ...(workloads.length === 0 ? [] : [listed(workloads, options.verbose)]),
      ...(pods === 0 ? [] : [count(pods, 'pod')]),
    ].join(', ')
    const at = steps.findLast(step => step.at !== undefined)?.at
    return `${indent}${mark(verdict, ink)} ${clean(holder)} · by ${by}${runs === '' ? '' : ` · ${clean(runs)}`}${doubt === undefined ? '' : ` · ${clean(doubt)}`}${place(at, ink)}`
  })
  return [...lines, ...(more > 0 ? [`${indent}and ${more} more, with --verbose`] : [])]
}

const outsiderLines = ({ outsiders }: WhoCanReport, ink: Ink): readonly string[] => [
  ink('bold', 'let in by the policy of the resource, their own policies not read'),
  ...outsiders.map(({ text, limited, at }) => `  ${clean(text)}${limited ? ', within conditions' : ''}${place(at, ink)}`),
]

const subjectLines = ({ clusterSubjects }: WhoCanReport, ink: Ink, options: TextOptions): readonly string[] => [
  ink('bold', 'act as these service accounts through Kubernetes'),
  ...clusterSubjects.map(
    ({ text, accounts, ways }) => `  ${clean(text)} · ${clean(listed(accounts, options.verbose))} · ${ways.join(', ')}`,
  ),
]

function unreadLines(unread: readonly UnreadFact[], options: TextOptions): readonly string[] {
  const frame: Frame = { ink: inkFor(options.color), digits: 1, width: options.width }
  return unread.map(({ kind, reason, settle }) =>
    [
      `${frame.ink('unknown', `unknown[${clean(kind)}]`)}: ${clean(reason)}, so others may reach it too`,
      ...(settle === undefined ? [] : note('settle', settleText(settle), frame)),
    ].join('\n'),
  )
}

function summary({ reaches, unread }: WhoCanReport): string {
  const allowed = reaches.filter(reach => reach.verdict === 'allow')
  const holders = reaches
    .flatMap(reach => [...reach.holders, ...reach.through.flatMap(assumer => assumer.holders)])
    .filter(holder => holder.verdict === 'allow')
  const open = reaches.length - allowed.length
  const found = `${count(allowed.length, 'role or user', 'roles and users')}, ${count(holders.length, 'holder')} in clusters`
  return `${found}${open === 0 ? '' : `, ${open} unknown`}${unread.length === 0 ? '' : ', and not everything was read'}`
}

/** The same as data. */
export function whoCanJson(report: WhoCanReport, options: { readonly version: string }): string {
  const { action, resource, alias, also, reaches, outsiders, clusterSubjects, unread, warnings, problems } = report
  const data = {
    schemaVersion: 1,
    tool: { name: 'mortise', version: options.version },
    question: { action, resource, ...(alias === undefined ? {} : { alias }), ...(also.length === 0 ? {} : { also }) },
    reaches: reaches.map(({ holders, through, at, isUnread: _, ...reach }) => ({
      ...reach,
      ...atJson(at),
      holders: holders.map(holderJson),
      through: through.map(assumerJson),
    })),
    outsiders: outsiders.map(({ text, limited, at }) => ({ text, limited, ...atJson(at) })),
    clusterSubjects,
    unread: unread.map(({ settle, ...fact }) => ({ ...fact, ...(settle === undefined ? {} : { settle: settleText(settle) }) })),
    warnings,
    problems,
  }
  return `${jsonText(data)}\n`
}

const atJson = (at: Evidence | undefined) => (at === undefined ? {} : { at: evidenceJson(at) })
const assumerJson = ({ at, holders, ...rest }: AssumerReport) => ({ ...rest, ...atJson(at), holders: holders.map(holderJson) })
/** Ten thousand pods have as many places, and each is a re-read: only the way of names is given. */
const holderJson = ({ steps, ...rest }: HolderReport) => ({ ...rest, path: steps.map(({ text }) => text) })
