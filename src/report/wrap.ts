import { clean, widthOf } from './characters.ts'

/** The text in lines of at most `width` columns, broken at blanks. A word that is longer stays whole, so that it can be copied. */
export function wrap(text: string, width: number, firstWidth = width): readonly string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const word of clean(text).split(' ')) {
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
  let rest = Array.from(line)
  while (widthOf(rest.join('')) > width) {
    const end = breakingPoint(rest, width)
    lines.push(rest.slice(0, end).join(''))
    rest = rest.slice(end)
  }
  return [...lines, rest.join('')]
}

function breakingPoint(chars: readonly string[], width: number): number {
  let used = 0
  let end = 0
  for (const char of chars) {
    used += widthOf(char)
    if (used > width) break
    end += 1
  }
  const separator = chars.slice(0, end).findLastIndex(char => '/:.-,= '.includes(char))
  return separator > end / 2 ? separator + 1 : Math.max(1, end)
}
