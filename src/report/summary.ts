import type { JointCount, Outcome } from '#findings/outcome.ts'
import { severities } from '#model/verdict.ts'
import { clean, cutEnd, padEnd, widthOf } from './characters.ts'
import type { Ink, Style } from './ink.ts'

/** `1 finding`, `2 findings`. */
export const count = (many: number, one: string, several = `${one}s`): string => `${many} ${many === 1 ? one : several}`

/** Verdicts that could not be given. */
export const unknownCount = (outcome: Outcome): number => outcome.unknowns.reduce((sum, group) => sum + group.verdicts.length, 0)

const columns = ['chains', 'hold', 'broken', 'unknown'] as const

/** How the chains of every joint stand. Red only where something is broken. */
export function jointTable(joints: readonly JointCount[], ink: Ink, width: number): readonly string[] {
  const first = Math.max(5, ...joints.map(joint => widthOf(clean(joint.joint))))
  const head = ink('faint', [padEnd('joint', first), ...columns.map(name => name.padStart(name.length + 2))].join(''))
  const lines = joints.map(({ joint, title, holds, broken, unknown }) => {
    const cells = [holds + broken + unknown, holds, broken, unknown].map((many, index) => cell(many, index, ink))
    return `${padEnd(clean(joint), first)}${cells.join('')}  ${ink('faint', cutEnd(clean(title), Math.max(10, width - first - numbers)))}`
  })
  return joints.length === 0 ? [] : [head, ...lines]
}

/** Columns that the numbers take, and the gap before the title. */
const numbers = columns.reduce((sum, name) => sum + name.length + 2, 2)

const columnStyles: readonly Style[] = ['plain', 'plain', 'broken', 'unknown']

function cell(many: number, index: number, ink: Ink): string {
  const width = (columns[index]?.length ?? 0) + 2
  const text = String(many)
  return ' '.repeat(Math.max(1, width - text.length)) + ink(many === 0 ? 'faint' : (columnStyles[index] ?? 'plain'), text)
}

/** What was found and what could not be told: unknowns are counted even when there are none. */
export function summaryLine(outcome: Outcome): string {
  const unknown = unknownCount(outcome)
  const bySeverity = severities.flatMap(severity => {
    const many = outcome.findings.filter(finding => finding.severity === severity).length
    return many === 0 ? [] : [`${many} ${severity}`]
  })
  const parts = [
    count(outcome.findings.length, 'finding') + (bySeverity.length === 0 ? '' : ` (${bySeverity.join(', ')})`),
    `${unknown} unknown`,
    ...(outcome.problems.length === 0 ? [] : [count(outcome.problems.length, 'input problem')]),
    `${count(outcome.resources, 'resource')} read`,
  ]
  return parts.join(' · ')
}

/** `12 objects that no check reads: v1/Service 10, v1/ConfigMap 2`. */
export function ignoredLine(ignored: ReadonlyMap<string, number>): string | undefined {
  const total = [...ignored.values()].reduce((sum, many) => sum + many, 0)
  if (total === 0) return undefined
  const kinds = [...ignored].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1)).map(([kind, many]) => `${clean(kind)} ${many}`)
  return `${count(total, 'object')} that no check reads: ${kinds.join(', ')}`
}
