import type { InputProblem } from '#model/input-problem.ts'
import type { FilePlace } from '#model/place.ts'

/** A stretch of a text: `end` is the offset after its last unit. */
export interface Span {
  readonly start: number
  readonly end: number
}

const longestQuote = 200

/** The text of one file, and where its lines begin. Values and places are both taken from it, so it is kept once. */
export class SourceText {
  /** As the user gave it, relative when that was. */
  readonly file: string
  readonly text: string
  #lineStarts: Uint32Array | undefined

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
  }

  /** Line and column of an offset, both from 1. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const starts = this.#starts()
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }

  place(span: Span): FilePlace {
    const { line, column } = this.position(span.start)
    const text = this.#line(line)
    const above = line > 1 ? this.#line(line - 1) : ''
    const covered = text.slice(column - 1, column - 1 + Math.max(1, span.end - span.start))
    return {
      in: 'file',
      file: this.file,
      line,
      column,
      length: Math.max(1, withoutEndBlanks(covered)),
      text,
      ...(above.trim() === '' ? {} : { above }),
    }
  }

  problem(code: string, offset: number, message: string, help?: string): InputProblem {
    const { line, column } = this.position(offset)
    const text = this.#line(line)
    const quote = text.length > longestQuote && column <= longestQuote ? `${text.slice(0, longestQuote)}…` : text
    return {
      code,
      file: this.file,
      line,
      column,
      message,
      ...(quote.length > longestQuote + 1 ? {} : { text: quote }),
      ...(help === undefined ? {} : { help }),
    }
  }

  #line(line: number): string {
    const starts = this.#starts()
    const start = starts[line - 1] ?? 0
    const end = starts[line] ?? this.text.length
    return this.text.slice(start, end).replace(/[\r\n]+$/, '')
  }

  #starts(): Uint32Array {
    this.#lineStarts ??= lineStarts(this.text)
    return this.#lineStarts
  }
}

/** The length without blanks at the end. */
function withoutEndBlanks(text: string): number {
  let length = text.length
  while (length > 0 && (text[length - 1] === ' ' || text[length - 1] === '\t')) length -= 1
  return length
}

/** A line ends with LF, CRLF or a lone CR. */
function lineStarts(text: string): Uint32Array {
  const starts = [0]
  if (text.includes('\r')) {
    for (const found of text.matchAll(/\r\n?|\n/g)) starts.push(found.index + found[0].length)
  } else {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  }
  return new Uint32Array(starts)
}
