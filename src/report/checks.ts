import { inkFor } from './ink.ts'
import { wrap } from './wrap.ts'

interface CheckFacts {
  readonly id: string
  readonly title: string
  readonly severity: string
  readonly since: string
  readonly subject: string | readonly string[]
  readonly reads: readonly string[]
  readonly sources: readonly string[]
}

interface Style {
  readonly color: boolean
  readonly width: number
}

const bold = (text: string, { color }: Style): string => inkFor(color)('bold', text)

/** A heading for each joint, two lines a check, and what to type next. */
export function checkList(checks: readonly CheckFacts[], style: Style): string {
  const idWidth = Math.max(...checks.map(check => check.id.length))
  const byJoint = Map.groupBy(checks, check => check.id.slice(0, check.id.indexOf('/')))
  const blocks = [...byJoint.values()].map(group =>
    group
      .flatMap(check => [
        `${bold(check.id, style)}${' '.repeat(idWidth - check.id.length)}  ${check.severity}`,
        ...wrap(check.title, style.width - 4).map(line => `    ${line}`),
      ])
      .join('\n'),
  )
  return `${blocks.join('\n\n')}\n\n${checks.length} checks; mortise checks <id> explains one\n`
}

/** One check's page: its facts, then its docs.md. */
export function checkText(check: CheckFacts & { readonly docs: string; readonly link?: string }, style: Style): string {
  const subjects = [check.subject].flat().join(', ')
  const facts = [
    ['severity', check.severity],
    ['stands on', check.link === undefined ? subjects : `${subjects}, link "${check.link}"`],
    ['reads', check.reads.join(', ')],
    ['since', check.since],
  ].filter(([, value]) => value !== '')
  const table = facts.map(([name = '', value]) => `  ${name.padEnd(10)} ${value}`).join('\n')
  const docs = check.docs.replace(/^(#+) (.*)$/gm, (_, _marks: string, title: string) => bold(title, style)).trim()
  const sources = check.sources.map(source => `  ${source}`).join('\n')
  return `${bold(check.id, style)}: ${check.title}\n\n${table}\n\n${docs}\n\n${bold('Sources', style)}\n\n${sources}\n`
}
