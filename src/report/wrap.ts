import { clean, widthOf } from './characters.ts'
import { cutMiddle } from './quoted-line.ts'

/** A word stays whole, so that it can be copied, unless it is one that nobody would: a value may have a megabyte. */
const longestWord = 300

/** The text in lines of at most `width` columns, broken at blanks; a word that is longer goes over. */
export function wrap(text: string, width: number, firstWidth = width): readonly string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const whole of clean(text).split(' ')) {
    const word = whole.length > longestWord ? cutMiddle(whole, longestWord) : whole
    const wide = widthOf(word)
    if (line !== '' && used + 1 + wide > (lines.length === 0 ? firstWidth : width)) {
      lines.push(line)
      line = word
      used = wide
    } else {
      used += wide + (line === '' ? 0 : 1)
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

/** The text after a head, its further lines under its first or at a given indentation: `effect: …`. */
export function hang(head: string, text: string, width: number, indent = widthOf(head)): readonly string[] {
  const lines = wrap(text, Math.max(20, width - indent), Math.max(20, width - widthOf(head)))
  return lines.map((line, index) => (index === 0 ? head : ' '.repeat(indent)) + line)
}

/** As `wrap`, but a word that is longer is broken too, after a separator where it has one: for columns of a table. */
export function wrapInside(text: string, width: number): readonly string[] {
  return wrap(text, width).flatMap(line => broken(line, width))
}

function broken(line: string, width: number): string[] {
  const lines: string[] = []
  let part: string[] = []
  let used = 0
  for (const char of line) {
    const wide = widthOf(char)
    if (used + wide > width && part.length > 0) {
      const rest = part.splice(breakingPoint(part))
      lines.push(part.join(''))
      part = rest
      used = widthOf(rest.join(''))
    }
    part.push(char)
    used += wide
  }
  return [...lines, part.join('')]
}

/** After the last separator of the second half, else at the end. */
function breakingPoint(chars: readonly string[]): number {
  const separator = chars.findLastIndex(char => '/:.-,= '.includes(char))
  return separator > chars.length / 2 ? separator + 1 : chars.length
}
