import { clean } from './characters.ts'
import type { TextOptions } from './diagnostic.ts'
import { explanationJson, explanationText, type Explained } from './explanation.ts'
import { inkFor } from './ink.ts'
import { jsonText } from './json-text.ts'
import { wrap } from './wrap.ts'

/** A link that a text points at, and what stands on it. */
export interface PointedLink {
  readonly joint: string
  readonly symptom: string
  readonly link: { readonly id: string; readonly title: string }
  /** A sentence, with what the text says written in. */
  readonly cause: string
  readonly parameters: Readonly<Record<string, string>>
  readonly source: string
  /** The checks that stand on the link. */
  readonly checks: readonly { readonly id: string; readonly title: string }[]
  /** The link of another joint that says more: `irsa/trust`. */
  readonly also?: string
  /** Where a more telling text stands, when this one hides its cause. */
  readonly hidden?: string
}

/** What an error text points at: what `explain --because` prints. */
export interface BecauseReport {
  readonly points: readonly PointedLink[]
  readonly read?: Explained
}

/** Each link, its cause, what the text says, and the checks there; with a workload its chain as well. Ends with a line feed. */
export function becauseText({ points, read }: BecauseReport, options: TextOptions): string {
  if (points.length === 0)
    return `${wrap('this text is not known: it points at no link of any chain. Without an error text, mortise explain draws every chain of a workload', options.width).join('\n')}\n`
  const blocks = points.map(point => pointText(point, options))
  return `${blocks.join('\n\n')}\n${read === undefined ? '' : `\n${explanationText(read, options)}`}`
}

function pointText(point: PointedLink, { color, width }: TextOptions): string {
  const ink = inkFor(color)
  const parameters = Object.entries(point.parameters).map(([name, value]) => `  ${name} = ${clean(value)}`)
  const hidden = point.hidden === undefined ? [] : ['', ...wrap(clean(point.hidden), width)]
  const also = point.also === undefined ? [] : ['', `see also the link ${point.also}`]
  const checks = point.checks.map(({ id, title }) => [`  ${id}`, ...wrap(title, width - 6).map(line => `      ${line}`)].join('\n'))
  return [
    ink('bold', `${point.joint} · link ${point.link.title}`),
    ...wrap(clean(point.cause), width),
    ...(parameters.length === 0 ? [] : ['', ...parameters]),
    ...hidden,
    ...also,
    '',
    checks.length === 0 ? 'no check stands on this link' : 'checks on this link:',
    ...checks,
    '',
    `source: ${point.source}`,
  ].join('\n')
}

/** The same as data; with a workload, its chains as `explain` gives them. */
export function becauseJson({ points, read }: BecauseReport, options: { readonly version: string }): string {
  const chains: unknown = read === undefined ? undefined : JSON.parse(explanationJson(read, options))
  return `${jsonText({ schemaVersion: 1, tool: { name: 'mortise', version: options.version }, known: points.length > 0, points: points.map(pointJson), ...(chains === undefined ? {} : { explanation: chains }) })}\n`
}

/** Nothing of what was read goes out with it but what the chains say of it. */
const pointJson = ({ joint, symptom, link, cause, parameters, source, checks, also, hidden }: PointedLink) => ({
  joint,
  symptom,
  link: { id: link.id, title: link.title },
  cause,
  parameters,
  source,
  checks: checks.map(({ id, title }) => ({ id, title })),
  ...(also === undefined ? {} : { also }),
  ...(hidden === undefined ? {} : { hidden }),
})
