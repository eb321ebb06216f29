import type { InputProblem } from '#model/input-problem.ts'
import { clean, padEnd, widthOf } from './characters.ts'
import type { TextOptions } from './diagnostic.ts'
import { inkFor, type Ink, type Style } from './ink.ts'
import { jsonText } from './json-text.ts'
import { problemText } from './problem-lines.ts'
import type { ReachVerdict } from './reach.ts'
import { reachSchemaVersion } from './reach-json.ts'
import { count } from './summary.ts'
import { wrap } from './wrap.ts'

/** Workloads times workloads: what AWS says of each pair, what Kubernetes says, and what comes of both. */
export interface ReachMatrix {
  /** `shop/deploy/web`, in the order of rows and columns. */
  readonly workloads: readonly string[]
  /** What was asked of each pair: `tcp/8080`, or `the ports that each destination declares`. */
  readonly asked: string
  /** Only pairs that were asked and kept, by row and column; no workload is asked about itself unless it has several pods. */
  readonly cells: readonly MatrixCell[]
  /** Only the pairs whose halves disagree were kept. */
  readonly isOnlyDisagreements: boolean
  readonly problems: readonly InputProblem[]
}

export interface MatrixCell {
  readonly from: number
  readonly to: number
  readonly ports: readonly PortAnswer[]
}

export interface PortAnswer {
  /** `tcp/8080`. */
  readonly traffic: string
  /** Security groups, NACLs and routes. */
  readonly aws: ReachVerdict
  /** NetworkPolicies and ClusterNetworkPolicies. */
  readonly kubernetes: ReachVerdict
  readonly verdict: ReachVerdict
}

/** All ports alike, or `some`: a few are open. */
type Half = ReachVerdict | 'some' | 'none'

const signs = { allow: '✓', deny: '✕', unknown: '?', split: '±', some: '~', none: '·' } as const satisfies Record<Half, string>
const styles = {
  allow: 'faint',
  deny: 'broken',
  unknown: 'unknown',
  split: 'unknown',
  some: 'plain',
  none: 'faint',
} as const satisfies Record<Half, Style>

export function halfOf(verdicts: readonly ReachVerdict[]): Half {
  const [first, ...others] = new Set(verdicts)
  if (first === undefined) return 'none'
  if (others.length === 0) return first
  return verdicts.includes('unknown') ? 'unknown' : verdicts.includes('split') ? 'split' : 'some'
}

export const awsHalf = ({ ports }: MatrixCell): Half => halfOf(ports.map(({ aws }) => aws))
export const kubernetesHalf = ({ ports }: MatrixCell): Half => halfOf(ports.map(({ kubernetes }) => kubernetes))

const legend =
  'left of a cell: AWS (security groups, NACLs, routes), right: Kubernetes (policies); ✓ open  ✕ closed  ~ some ports  ± differs between one node and two, or between pods  ? unknown  · no port asked'

/** A table in blocks that fit the width, workloads numbered. Ends with a line feed. */
export function matrixText(matrix: ReachMatrix, options: TextOptions): string {
  const ink = inkFor(options.color)
  const { workloads, cells } = matrix
  const digits = String(workloads.length).length
  const name = Math.min(Math.max(8, ...workloads.map(widthOf)), Math.floor(options.width * 0.4))
  const perBlock = Math.max(1, Math.floor((options.width - name - digits - 3) / (Math.max(2, digits) + 1)))
  const table = new Map(cells.map(cell => [`${cell.from} ${cell.to}`, cell]))
  const rows = matrix.isOnlyDisagreements ? indexesIn(cells, 'from') : workloads.map((_, index) => index)
  const columns = matrix.isOnlyDisagreements ? indexesIn(cells, 'to') : workloads.map((_, index) => index)
  const blocks = chunks(columns, perBlock).map(block => blockLines(matrix, { rows, columns: block, table, name, digits }, ink).join('\n'))
  const shown = cells.length === 0 ? [emptyText(matrix)] : blocks
  return `${[
    ...matrix.problems.map(problem => problemText(problem, options)),
    ink('bold', `who reaches whom on ${clean(matrix.asked)}`),
    ...shown,
    wrap(legend, options.width).join('\n'),
    wrap(summaryText(matrix), options.width).join('\n'),
  ].join('\n\n')}\n`
}

const emptyText = ({ isOnlyDisagreements, workloads }: ReachMatrix): string =>
  isOnlyDisagreements ? 'the layers disagree on no pair' : workloads.length === 0 ? 'there is no workload' : 'no pair was asked'

const indexesIn = (cells: readonly MatrixCell[], end: 'from' | 'to'): readonly number[] =>
  [...new Set(cells.map(cell => cell[end]))].sort((a, b) => a - b)

const chunks = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))

interface Block {
  readonly rows: readonly number[]
  readonly columns: readonly number[]
  readonly table: ReadonlyMap<string, MatrixCell>
  readonly name: number
  readonly digits: number
}

function blockLines({ workloads }: ReachMatrix, { rows, columns, table, name, digits }: Block, ink: Ink): readonly string[] {
  const width = Math.max(2, digits)
  const head = `${' '.repeat(name + digits + 2)} ${columns.map(column => padEnd(String(column + 1), width)).join(' ')}`.trimEnd()
  const lines = rows.map(row => {
    const cells = columns.map(column => cellText(table.get(`${row} ${column}`), width, ink))
    const title = cutName(workloads[row] ?? '', name)
    return `${String(row + 1).padStart(digits)}  ${padEnd(title, name)} ${cells.join(' ')}`.trimEnd()
  })
  const hidden = columns.filter(column => !rows.includes(column))
  return [
    ink('faint', head),
    ...lines,
    ...hidden.map(column => ink('faint', `${String(column + 1).padStart(digits)}  ${clean(workloads[column] ?? '')}`)),
  ]
}

function cutName(text: string, width: number): string {
  const whole = clean(text)
  return widthOf(whole) <= width ? whole : `…${whole.slice(whole.length - width + 1)}`
}

function cellText(cell: MatrixCell | undefined, width: number, ink: Ink): string {
  if (cell === undefined) return ' '.repeat(width)
  const [aws, kubernetes] = [awsHalf(cell), kubernetesHalf(cell)]
  return ink(styles[aws], signs[aws]) + ink(styles[kubernetes], signs[kubernetes]) + ' '.repeat(width - 2)
}

function summaryText({ cells, workloads }: ReachMatrix): string {
  const answers = cells.flatMap(({ ports }) => ports)
  const of = (verdict: ReachVerdict): number => answers.filter(answer => answer.verdict === verdict).length
  const disagreeing = cells.filter(({ ports }) => ports.some(disagrees)).length
  return `${count(workloads.length, 'workload')}, ${count(answers.length, 'answer')}: ${of('allow')} allowed, ${of('deny')} denied, ${of('split')} by placement, ${of('unknown')} unknown; the layers disagree on ${count(disagreeing, 'pair')}`
}

/** One layer opens what the other closes: somebody meant something that does not happen. */
export const disagrees = ({ aws, kubernetes }: PortAnswer): boolean =>
  (aws === 'deny' && kubernetes === 'allow') || (aws === 'allow' && kubernetes === 'deny') || aws === 'split'

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** One line a pair and port, with a header. RFC 4180, lines ended by line feeds. */
export function matrixCsv({ workloads, cells }: ReachMatrix): string {
  const rows = cells.flatMap(({ from, to, ports }) =>
    ports.map(({ traffic, aws, kubernetes, verdict }) =>
      [workloads[from] ?? '', workloads[to] ?? '', traffic, aws, kubernetes, verdict].map(quoted).join(','),
    ),
  )
  return `${['from,to,traffic,aws,kubernetes,verdict', ...rows].join('\n')}\n`
}

/** As `docs/schemas/reach.schema.json` says of a matrix. */
export function matrixJson(
  { workloads, asked, cells, isOnlyDisagreements, problems }: ReachMatrix,
  options: { readonly version: string },
): string {
  const data = {
    schemaVersion: reachSchemaVersion,
    tool: { name: 'mortise', version: options.version },
    asked,
    workloads,
    onlyDisagreements: isOnlyDisagreements,
    pairs: cells.map(({ from, to, ports }) => ({ from: workloads[from], to: workloads[to], ports })),
    problems,
  }
  return `${jsonText(data)}\n`
}
