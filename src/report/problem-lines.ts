import type { InputProblem } from '#model/input-problem.ts'
import type { FilePlace } from '#model/place.ts'
import { clean } from './characters.ts'
import { note, type TextOptions } from './diagnostic.ts'
import { inkFor } from './ink.ts'
import { digitsFor, snippets, type Frame } from './snippet.ts'
import { wrap } from './wrap.ts'

/** Something in the input that could not be read, with a caret where it stands. */
export function problemText(problem: InputProblem, options: TextOptions): string {
  const frame: Frame = { ink: inkFor(options.color), digits: digitsFor([problem.line]), width: options.width }
  const { file, line, column } = problem
  const place: FilePlace = { in: 'file', file, line, column, length: 1, text: problem.text ?? '' }
  const head = `problem[${clean(problem.code)}]`
  const [first = '', ...rest] = wrap(`${head}: ${problem.message}`, frame.width - 2)
  const quoted = snippets([{ place, label: '', primary: true }], frame)
  return [
    frame.ink('bold', first.slice(0, head.length)) + first.slice(head.length),
    ...rest.map(part => `  ${part}`),
    ...(problem.text === undefined ? quoted.slice(0, 1) : quoted),
    ...(problem.help === undefined ? [] : note('help', problem.help, frame)),
  ].join('\n')
}
