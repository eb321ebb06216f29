import { UserError } from '#base/errors.ts'
import { splitLines, type Line } from './split-lines.ts'

/** One line of the answer, and whether the request could be answered at all. */
export interface AnsweredLine {
  readonly text: string
  readonly isError: boolean
}

/**
 * Answers one JSON request a line with one JSON line, in the order of the requests. Nothing is kept, so a million lines take no more memory than
 * a thousand. A line that is no request is answered by its error; the others are answered all the same.
 * @param input the bytes of UTF-8 text, in pieces of any size
 * @param answer what a request is answered; throws UserError when it is no request
 * @param code of the error of a line that is no JSON, or has an id that cannot be given back
 */
export async function* answerLines(
  input: AsyncIterable<Uint8Array>,
  answer: (value: unknown) => object,
  code: string,
): AsyncGenerator<AnsweredLine, void, undefined> {
  for await (const line of splitLines(input)) {
    if (line.is === 'text' && line.text.trim() === '') continue
    yield answered(line, answer, code)
  }
}

function answered(line: Line, answer: (value: unknown) => object, code: string): AnsweredLine {
  let id: string | number | undefined
  try {
    if (line.is === 'too-long') throw new UserError(code, `the line is longer than ${line.limit} bytes`)
    const value = jsonOf(line.text, code)
    id = idOf(value, code)
    return { text: `${JSON.stringify(answer(value))}\n`, isError: false }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { text: `${JSON.stringify({ ...(id === undefined ? {} : { id }), line: line.number, error: error.message })}\n`, isError: true }
  }
}

function jsonOf(text: string, code: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UserError(code, `the line is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/**
 * The line's id, when it has one that can be given back, however wrong the rest is.
 * @throws UserError of this code for an id that is neither a text nor a number
 */
export function idOf(value: unknown, code: string): string | number | undefined {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined
  if (id === undefined || typeof id === 'string' || typeof id === 'number') return id
  throw new UserError(code, 'id is neither a text nor a number')
}
