import { settleText } from '#base/settle.ts'
import type { UnknownGroup } from '#findings/outcome.ts'
import { clean } from './characters.ts'
import { listed, note, type TextOptions } from './diagnostic.ts'
import { inkFor } from './ink.ts'
import type { Frame } from './snippet.ts'
import { wrap } from './wrap.ts'

/** One block a cause: what could not be read, which verdicts that leaves open, and what would settle them. */
export function unknownLines(unknowns: readonly UnknownGroup[], options: TextOptions): readonly string[] {
  const frame: Frame = { ink: inkFor(options.color), digits: 1, width: options.width }
  return unknowns.map(group => block(group, frame, options.verbose ?? false).join('\n'))
}

function block({ kind, reason, settle, verdicts }: UnknownGroup, frame: Frame, verbose: boolean): readonly string[] {
  const head = `unknown[${clean(kind)}]`
  const [first = '', ...rest] = wrap(`${head}: ${reason}`, frame.width - 2)
  const open = [...Map.groupBy(verdicts, verdict => verdict.check)].flatMap(([check, asked]) =>
    note('open', `${check} on ${listed(asked.map(verdict => verdict.subject), verbose)}`, frame),
  )
  return [
    frame.ink('unknown', first.slice(0, head.length)) + first.slice(head.length),
    ...rest.map(line => `  ${line}`),
    ...open,
    ...(settle === undefined ? [] : note('settle', settleText(settle), frame)),
  ]
}
