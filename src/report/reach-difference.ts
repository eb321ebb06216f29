import type { InputProblem } from '#model/input-problem.ts'
import { clean } from './characters.ts'
import type { TextOptions } from './diagnostic.ts'
import { inkFor, type Style } from './ink.ts'
import { jsonText } from './json-text.ts'
import { problemText } from './problem-lines.ts'
import { verdictWords, type ReachVerdict } from './reach.ts'
import { reachSchemaVersion } from './reach-json.ts'
import { count } from './summary.ts'
import { hang } from './wrap.ts'

/** What a change opens and closes between workloads. */
export interface ReachDifferences {
  readonly opened: readonly ReachChange[]
  readonly closed: readonly ReachChange[]
  /** What is unknown after it, or was before. */
  readonly unsure: readonly ReachChange[]
  readonly problems: readonly InputProblem[]
}

export interface ReachChange {
  readonly from: string
  readonly to: string
  readonly traffic: string
  readonly before: ReachVerdict
  readonly after: ReachVerdict
}

const parts = [
  { of: 'opened', sign: '+', style: 'added' },
  { of: 'closed', sign: '-', style: 'removed' },
  { of: 'unsure', sign: '?', style: 'unknown' },
] as const satisfies readonly { readonly of: keyof ReachDifferences; readonly sign: string; readonly style: Style }[]

/** Sources of one destination and port stand together. Ends with a line feed. */
export function differenceText(differences: ReachDifferences, options: TextOptions): string {
  const ink = inkFor(options.color)
  const blocks = parts.flatMap(({ of, sign, style }) => {
    const changes = differences[of]
    if (changes.length === 0) return []
    const groups = Map.groupBy(changes, ({ to, traffic, before, after }) => `${to} ${traffic} ${before} ${after}`)
    const lines = [...groups.values()].flatMap(group =>
      groupLines(group, sign, of === 'unsure', options.width).map(line => ink(style, line)),
    )
    return [[ink('bold', `${of} (${changes.length})`), ...lines].join('\n')]
  })
  const { opened, closed, unsure, problems } = differences
  const summary = `opens ${count(opened.length, 'pair')}, closes ${count(closed.length, 'pair')}${unsure.length === 0 ? '' : `, ${unsure.length} unsure`}`
  return `${[...problems.map(problem => problemText(problem, options)), ...blocks, summary].join('\n\n')}\n`
}

function groupLines(group: readonly ReachChange[], sign: string, withVerdicts: boolean, width: number): readonly string[] {
  const [first] = group
  if (first === undefined) return []
  const words = withVerdicts ? ` (${verdictWords[first.before]}, then ${verdictWords[first.after]})` : ''
  const sources = group.map(({ from }) => from)
  return hang(`  ${sign} ${clean(`${first.to} ${first.traffic}`)} from `, `${sources.join(', ')}${words}`, width, 6)
}

/** As `docs/schemas/reach.schema.json` says of a difference. */
export function differenceJson({ opened, closed, unsure, problems }: ReachDifferences, options: { readonly version: string }): string {
  return `${jsonText({ schemaVersion: reachSchemaVersion, tool: { name: 'mortise', version: options.version }, opened, closed, unsure, problems })}\n`
}
