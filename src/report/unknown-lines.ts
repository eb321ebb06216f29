import { settleText } from '#base/settle.ts'
import type { UnknownGroup } from '#findings/outcome.ts'
import { clean } from './characters.ts'
import { listed, note, type TextOptions } from './diagnostic.ts'
import { inkFor } from './ink.ts'
import type { Frame } from './snippet.ts'
import { count } from './summary.ts'
import { wrap } from './wrap.ts'

/** One block a cause: what could not be read, which verdicts that leaves open, and what would settle them. */
export function unknownLines(unknowns: readonly UnknownGroup[], options: TextOptions): readonly string[] {
  const frame: Frame = { ink: inkFor(options.color), digits: 1, width: options.width }
  return unknowns.map(group => block(group, frame, options.verbose ?? false).join('\n'))
}

function block({ kind, reason, settle, verdicts }: UnknownGroup, frame: Frame, verbose: boolean): readonly string[] {
  const head = `unknown[${clean(kind)}]`
  const [first = '', ...rest] = wrap(`${head}: ${reason}`, frame.width - 2)
  const subjects = [...new Set(verdicts.map(verdict => verdict.subject))]
  const checks = [...new Set(verdicts.map(verdict => verdict.check))]
  return [
    frame.ink('unknown', first.slice(0, head.length)) + first.slice(head.length),
    ...rest.map(line => `  ${line}`),
    ...note('open', `${count(verdicts.length, 'verdict')} on ${listed(subjects, verbose)}`, frame),
    ...(verbose ? note('checks', checks.join(', '), frame) : []),
    ...(settle === undefined ? [] : note('settle', settleText(settle), frame)),
  ]
}
