import { settleText } from '#base/settle.ts'
import type { Finding } from '#findings/finding.ts'
import type { JointCount, Outcome, UnknownGroup } from '#findings/outcome.ts'
import { placeOf } from '#model/resource.ts'
import { diagnostic, listed } from './diagnostic.ts'
import { codeSpan, escapeMarkdown, fenced } from './markdown-text.ts'
import { nextCommand } from './next-command.ts'
import { placeText } from './place-text.ts'
import { count, summaryLine } from './summary.ts'

/** GitHub refuses a comment of more than 65,536 characters. */
const limit = 65_000
/** Kept free for the lines that say what was cut. */
const reserve = 500
/** A table that is longer is no longer read. */
const mostRows = 50
/** Characters of the table: names full of markup grow when they are escaped. */
const mostTable = 25_000

/** The outcome as a comment on a pull request: a short table, and every diagnostic folded away beneath it. */
export function markdownReport(outcome: Outcome): string {
  const next = nextCommand(outcome)
  const head = [
    // A bot finds its earlier comment by this line.
    '<!-- mortise -->',
    `### Mortise: ${summaryLine(outcome)}`,
    ...(outcome.findings.length === 0 ? [] : [tableOf(outcome.findings)]),
    ...(outcome.joints.length === 0 ? [] : [jointsOf(outcome.joints)]),
    ...(next === undefined ? [] : [`Next: ${codeSpan(next)}`]),
  ].join('\n\n')
  const blocks = [
    ...(outcome.unknowns.length === 0 ? [] : [unknownsOf(outcome.unknowns)]),
    ...(outcome.problems.length === 0 ? [] : [problemsOf(outcome)]),
    ...outcome.findings.map(detailsOf),
  ]
  return `${fitted(head, blocks, outcome)}\n`
}

function tableOf(findings: readonly Finding[]): string {
  const rows: string[] = []
  let used = 0
  for (const finding of findings.slice(0, mostRows)) {
    const row = rowOf(finding)
    used += row.length + 1
    if (used > mostTable) break
    rows.push(row)
  }
  const more = findings.length - rows.length
  return [
    '| severity | finding | place | check |',
    '|---|---|---|---|',
    ...rows,
    ...(more > 0 ? [`\n…and ${count(more, 'more finding')}.`] : []),
  ].join('\n')
}

function rowOf(finding: Finding): string {
  const where = codeSpan(shortened(placeText(placeOf(finding.evidence[0])), 120))
  return `| ${finding.severity} | ${escapeMarkdown(shortened(finding.message, 300))} | ${where} | ${codeSpan(finding.check.id)} |`
}

function jointsOf(joints: readonly JointCount[]): string {
  const rows = joints.map(
    ({ joint, title, holds, broken, unknown }) =>
      `| ${codeSpan(shortened(joint, 60))} ${escapeMarkdown(shortened(title, 100))} | ${holds + broken + unknown} | ${holds} | ${broken} | ${unknown} |`,
  )
  return ['| joint | chains | hold | broken | unknown |', '|---|--:|--:|--:|--:|', ...rows].join('\n')
}

function unknownsOf(unknowns: readonly UnknownGroup[]): string {
  const lines = unknowns.slice(0, mostRows).map(({ kind, reason, settle, verdicts }) => {
    const subjects = escapeMarkdown(shortened(listed(verdicts.map(verdict => `${verdict.check} on ${verdict.subject}`)), 400))
    const settled = settle === undefined ? '' : `; to settle: ${codeSpan(shortened(settleText(settle), 300))}`
    return `- ${codeSpan(kind)}: ${escapeMarkdown(shortened(reason, 300))}${settled}. Open: ${subjects}`
  })
  const total = unknowns.reduce((sum, group) => sum + group.verdicts.length, 0)
  const more = unknowns.length - lines.length
  return folded(
    `${total} unknown, which is not a pass`,
    [...lines, ...(more > 0 ? [`- …and ${count(more, 'more cause')}`] : [])].join('\n'),
  )
}

function problemsOf({ problems }: Outcome): string {
  const lines = problems
    .slice(0, mostRows)
    .map(
      ({ file, line, column, message }) =>
        `- ${codeSpan(shortened(`${file}:${line}:${column}`, 120))} ${escapeMarkdown(shortened(message, 300))}`,
    )
  const more = problems.length - lines.length
  return folded(count(problems.length, 'input problem'), [...lines, ...(more > 0 ? [`- …and ${more} more`] : [])].join('\n'))
}

const detailsOf = (finding: Finding): string =>
  folded(`${finding.severity} ${finding.check.id}: ${finding.subject.text}`, fenced(diagnostic(finding, { color: false, width: 100 })))

const folded = (summary: string, body: string): string =>
  `<details><summary>${escapeMarkdown(shortened(summary, 300))}</summary>\n\n${body}\n\n</details>`

/** As many blocks as the limit allows, and what is missing. */
function fitted(head: string, blocks: readonly string[], outcome: Outcome): string {
  const parts = [head]
  let used = head.length
  for (const block of blocks) {
    if (used + block.length + 2 > limit - reserve) continue
    parts.push(block)
    used += block.length + 2
  }
  const missing = blocks.length - (parts.length - 1)
  if (missing > 0) {
    parts.push(
      `${missing} of ${count(blocks.length, 'folded section')} did not fit here; ${codeSpan('mortise scan')} prints all ${count(outcome.findings.length, 'finding')}.`,
    )
  }
  return parts.join('\n\n')
}

function shortened(text: string, most: number): string {
  const chars = Array.from(text.slice(0, most * 2))
  return chars.length <= most && text.length <= most * 2 ? text : `${chars.slice(0, most).join('')}…`
}
