import type { Explanation } from '#findings/explanation.ts'
import type { Finding } from '#findings/finding.ts'
import type { InputProblem } from '#model/input-problem.ts'
import { chainDrawing, stateText } from './chain-drawing.ts'
import { clean } from './characters.ts'
import { diagnostic, type TextOptions } from './diagnostic.ts'
import { inkFor } from './ink.ts'
import { jsonText } from './json-text.ts'
import { chainJson, findingJson, outcomeSchemaVersion } from './json.ts'
import { problemText } from './problem-lines.ts'
import { wrap } from './wrap.ts'

/** The chains of one subject: what `explain` prints. */
export interface Explained {
  readonly subject: string
  readonly explanations: readonly Explanation[]
  readonly problems: readonly InputProblem[]
}

/** Each chain drawn, what breaks it, and what would break next. Ends with a line feed. */
export function explanationText({ subject, explanations, problems }: Explained, options: TextOptions): string {
  const blocks = [
    ...problems.map(problem => problemText(problem, options)),
    ...explanations.flatMap(explanation => chainBlocks(explanation, options)),
    ...(explanations.length === 0
      ? [wrap(`${clean(subject)} has no chain: it asks for no AWS identity, and none was injected`, options.width).join('\n')]
      : []),
  ]
  return `${blocks.join('\n\n')}\n`
}

function chainBlocks({ chain, finding, toldBy, next, mended }: Explanation, options: TextOptions): string[] {
  const drawing = chainDrawing(chain, options)
  if (toldBy !== undefined) return [drawing, wrap(`the same as ${toldBy}, which has the finding`, options.width).join('\n')]
  if (finding === undefined) return [drawing]
  const after = next.map((further, index) => nextText(further, index, options))
  const ink = inkFor(options.color)
  const end =
    mended === undefined
      ? []
      : [ink('bold', `${after.length === 0 ? 'after this fix' : 'after these fixes'}: the chain ${stateText(mended)}`)]
  return [drawing, diagnostic(finding, options), ...after, ...end]
}

const nextText = (finding: Finding, index: number, options: TextOptions): string =>
  `${inkFor(options.color)('bold', index === 0 ? 'after this fix, next would break:' : 'and after that one:')}\n\n${diagnostic(finding, options)}`

/** The same as data: `schemaVersion` 1 of the outcome's chains and findings. */
export function explanationJson({ subject, explanations, problems }: Explained, options: { readonly version: string }): string {
  const data = {
    schemaVersion: outcomeSchemaVersion,
    tool: { name: 'mortise', version: options.version },
    subject,
    chains: explanations.map(({ chain, finding, toldBy, next, mended }) => ({
      ...chainJson(chain, true),
      ...(finding === undefined ? {} : { finding: findingJson(finding) }),
      ...(toldBy === undefined ? {} : { toldBy }),
      next: next.map(findingJson),
      ...(mended === undefined ? {} : { mended: chainJson(mended, true) }),
    })),
    problems,
  }
  return `${jsonText(data)}\n`
}
