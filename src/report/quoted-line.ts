import { cellsOf, type Cell } from './characters.ts'

/** A line of input as it is shown, and where the marked part of it stands there. */
export interface QuotedLine {
  readonly text: string
  /** Columns before the marked part, and columns of it; at least 1. */
  readonly indent: number
  readonly marked: number
  /** The first UTF-16 unit of the input that is shown: another version of the line can be cut at the same place. */
  readonly from: number
}

/** More than this around the marked part is never shown, so a line of a megabyte costs no more than a short one. */
const reach = 400
/** What follows the marked part says less than what stands before it, which is the key. */
const after = 8

/**
 * The line in at most `width` columns, cut with `…` around the part that is marked.
 * @param start first UTF-16 unit of the marked part
 * @param length of the marked part in UTF-16 units
 */
export function quotedLine(line: string, start: number, length: number, width: number): QuotedLine {
  const text = line.replace(/\r$/, '')
  const first = boundary(text, Math.min(start, text.length))
  const last = boundary(text, Math.min(first + Math.max(length, 1), text.length))
  const left = boundary(text, Math.max(0, first - reach))
  const right = boundary(text, Math.min(text.length, Math.min(last, first + reach) + reach))
  const cells = cellsOf(text.slice(left, right))
  const a = indexOf(cells, first - left)
  const b = Math.max(a, indexOf(cells, last - left))
  const whole = left === 0 && right === text.length && widthIn(cells, 0, cells.length) <= width
  const [from, to] = whole ? [0, cells.length] : window(cells, a, b, width - 2)
  const cutLeft = left > 0 || from > 0
  const cutRight = right < text.length || to < cells.length
  return {
    text: `${cutLeft ? '…' : ''}${textIn(cells, from, to)}${cutRight ? '…' : ''}`,
    indent: widthIn(cells, from, a) + (cutLeft ? 1 : 0),
    marked: Math.max(1, widthIn(cells, a, Math.min(b, to))),
    from: left + cells.slice(0, from).reduce((sum, cell) => sum + cell.units, 0),
  }
}

/** The line from a given unit on, in at most `width` columns. */
export function lineFrom(line: string, from: number, width: number): string {
  const text = line.replace(/\r$/, '')
  const left = boundary(text, Math.min(from, text.length))
  const cells = cellsOf(text.slice(left, left + reach * 2))
  const room = width - (left > 0 ? 1 : 0)
  const all = left + reach * 2 >= text.length && widthIn(cells, 0, cells.length) <= room
  const to = all ? cells.length : grow(cells, 0, room - 1, 1)
  return `${left > 0 ? '…' : ''}${textIn(cells, 0, to)}${all ? '' : '…'}`
}

/** Which cells are shown: the marked ones, a few after them, then as many as fit before them, then after them. */
function window(cells: readonly Cell[], a: number, b: number, room: number): readonly [number, number] {
  let to = a
  let used = 0
  const add = (index: number): boolean => {
    const width = cells[index]?.width
    if (width === undefined || used + width > room) return false
    used += width
    return true
  }
  while (to < b && add(to)) to += 1
  for (let count = 0; to >= b && count < after && add(to); count += 1) to += 1
  let from = a
  while (from > 0 && add(from - 1)) from -= 1
  while (to >= b && add(to)) to += 1
  return [from, to]
}

function grow(cells: readonly Cell[], start: number, room: number, step: number): number {
  let used = 0
  let index = start
  for (; index < cells.length; index += step) {
    used += cells[index]?.width ?? 0
    if (used > room) break
  }
  return index
}

/** The cell in which a unit stands. */
function indexOf(cells: readonly Cell[], unit: number): number {
  let seen = 0
  for (const [index, cell] of cells.entries()) {
    if (seen >= unit) return index
    seen += cell.units
  }
  return cells.length
}

/** Never between the halves of a surrogate pair. */
function boundary(text: string, unit: number): number {
  const code = text.charCodeAt(unit)
  const before = text.charCodeAt(unit - 1)
  return code >= 0xdc00 && code <= 0xdfff && before >= 0xd800 && before <= 0xdbff ? unit - 1 : unit
}

const textIn = (cells: readonly Cell[], from: number, to: number): string =>
  cells
    .slice(from, to)
    .map(cell => cell.text)
    .join('')

const widthIn = (cells: readonly Cell[], from: number, to: number): number =>
  cells.slice(from, Math.max(from, to)).reduce((sum, cell) => sum + cell.width, 0)
