/**
 * What is shown comes from files and APIs that anybody may have written: an escape sequence in a label must not reach the terminal,
 * and a zero-width space inside an ARN must be seen. So every invisible character is shown as something visible.
 */

/** One shown character: how many UTF-16 units of the input it stands for, and how many columns it takes. */
export interface Cell {
  readonly text: string
  readonly units: number
  readonly width: number
}

const printable = /^[\x20-\x7e]*$/
const variationSelector = /^[\ufe00-\ufe0f]$/
const invisible = /^[\p{Cf}\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]$/u
const mark = /^[\p{Mn}\p{Me}\u1160-\u11ff]$/u

/** Code points that take two columns: East Asian wide and fullwidth ones, and emoji (Unicode, EastAsianWidth.txt). */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23ec],
  [0x23f0, 0x23f0],
  [0x23f3, 0x23f3],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x2648, 0x2653],
  [0x267f, 0x267f],
  [0x2693, 0x2693],
  [0x26a1, 0x26a1],
  [0x26aa, 0x26ab],
  [0x26bd, 0x26be],
  [0x26c4, 0x26c5],
  [0x26ce, 0x26ce],
  [0x26d4, 0x26d4],
  [0x26ea, 0x26ea],
  [0x26f2, 0x26f3],
  [0x26f5, 0x26f5],
  [0x26fa, 0x26fa],
  [0x26fd, 0x26fd],
  [0x2705, 0x2705],
  [0x270a, 0x270b],
  [0x2728, 0x2728],
  [0x274c, 0x274c],
  [0x274e, 0x274e],
  [0x2753, 0x2755],
  [0x2757, 0x2757],
  [0x2795, 0x2797],
  [0x27b0, 0x27b0],
  [0x27bf, 0x27bf],
  [0x2b1b, 0x2b1c],
  [0x2b50, 0x2b50],
  [0x2b55, 0x2b55],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f004, 0x1f004],
  [0x1f0cf, 0x1f0cf],
  [0x1f18e, 0x1f18e],
  [0x1f191, 0x1f19a],
  [0x1f200, 0x1f320],
  [0x1f32d, 0x1f335],
  [0x1f337, 0x1f37c],
  [0x1f37e, 0x1f393],
  [0x1f3a0, 0x1f3ca],
  [0x1f3cf, 0x1f3d3],
  [0x1f3e0, 0x1f3f0],
  [0x1f3f4, 0x1f3f4],
  [0x1f3f8, 0x1f43e],
  [0x1f440, 0x1f440],
  [0x1f442, 0x1f4fc],
  [0x1f4ff, 0x1f53d],
  [0x1f54b, 0x1f54e],
  [0x1f550, 0x1f567],
  [0x1f57a, 0x1f57a],
  [0x1f595, 0x1f596],
  [0x1f5a4, 0x1f5a4],
  [0x1f5fb, 0x1f64f],
  [0x1f680, 0x1f6c5],
  [0x1f6cc, 0x1f6cc],
  [0x1f6d0, 0x1f6d2],
  [0x1f6d5, 0x1f6d7],
  [0x1f6dc, 0x1f6df],
  [0x1f6eb, 0x1f6ec],
  [0x1f6f4, 0x1f6fc],
  [0x1f7e0, 0x1f7eb],
  [0x1f7f0, 0x1f7f0],
  [0x1f90c, 0x1f93a],
  [0x1f93c, 0x1f945],
  [0x1f947, 0x1f9ff],
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd],
]

/** The characters of a quoted line. A tab is four columns, as in rustc: its own width would depend on where the line is cut. */
export function cellsOf(text: string): readonly Cell[] {
  return Array.from(text, char => cellOf(char))
}

/** A name or a sentence on one line: white space becomes a blank, what is invisible is shown. */
export function clean(text: string): string {
  if (printable.test(text)) return text
  return Array.from(text.replace(/[\t\n\v\f\r\x85\u2028\u2029]+/g, ' '), char => cellOf(char).text).join('')
}

/** How many columns a text takes that is already clean. */
export function widthOf(text: string): number {
  if (printable.test(text)) return text.length
  let width = 0
  for (const char of text) width += cellOf(char).width
  return width
}

/** The text, cut to at most `width` columns with `…` at its end. */
export function cutEnd(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${taken(Array.from(text), width - 1).join('')}…`
}

/** The text, cut to at most `width` columns with `…` at its beginning. */
export function cutStart(text: string, width: number): string {
  return widthOf(text) <= width
    ? text
    : `…${taken(Array.from(text).reverse(), width - 1)
        .reverse()
        .join('')}`
}

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

function taken(chars: readonly string[], width: number): string[] {
  let used = 0
  const end = chars.findIndex(char => (used += cellOf(char).width) > width)
  return end < 0 ? [...chars] : chars.slice(0, end)
}

function cellOf(char: string): Cell {
  const code = char.codePointAt(0) ?? 0
  const units = char.length
  if (code >= 0x20 && code < 0x7f) return { text: char, units, width: 1 }
  if (char === '\t') return { text: '    ', units, width: 4 }
  if (code < 0x20) return { text: String.fromCharCode(0x2400 + code), units, width: 1 }
  if (code === 0x7f) return { text: '\u2421', units, width: 1 }
  if (variationSelector.test(char)) return { text: char, units, width: 0 }
  if (invisible.test(char)) return shown(code, units)
  if (mark.test(char)) return { text: char, units, width: 0 }
  return { text: char, units, width: isWide(code) ? 2 : 1 }
}

function shown(code: number, units: number): Cell {
  const text = `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
  return { text, units, width: text.length }
}

function isWide(code: number): boolean {
  if (code < 0x1100) return false
  let low = 0
  let high = wide.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const [first, last] = wide[middle] as readonly [number, number]
    if (code < first) high = middle - 1
    else if (code > last) low = middle + 1
    else return true
  }
  return false
}
