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
/** Columns kept for what stands before a marked part that is itself too long, which is its key, and for what follows it, which says less. */
const tail = 8
const key = 28

/**
 * The line in at most `width` columns, cut with `…` around the part that is marked, and inside it when that alone is too long.
 * @param start first UTF-16 unit of the marked part
 * @param length of the marked part in UTF-16 units
 */
export function quotedLine(line: string, start: number, length: number, width: number): QuotedLine {
  const text = line.replace(/\r$/, '')
  const first = boundary(text, Math.min(start, text.length))
  const last = boundary(text, Math.min(first + Math.max(length, 1), text.length))
  const left = boundary(text, Math.max(0, first - reach))
  const right = boundary(text, Math.min(text.length, last + reach))
  const before = cellsOf(text.slice(left, first))
  const marked = markedCells(text.slice(first, last), width)
  const after = cellsOf(text.slice(last, right))
  const isWhole = left === 0 && right === text.length && widthOfCells([...before, ...marked, ...after]) <= width
  const fits = widthOfCells(marked) <= width - 2
  const inside = fits ? marked : elided(marked, width - 2 - Math.min(keyWidth(before), key) - Math.min(widthOfCells(after), tail))
  const cells = [...before, ...inside, ...after]
  const [from, to] = isWhole ? [0, cells.length] : window(cells, before.length, before.length + inside.length, width - 2)
  const cutLeft = left > 0 || from > 0
  const cutRight = right < text.length || to < cells.length
  return {
    text: `${cutLeft ? '…' : ''}${textOfCells(cells.slice(from, to))}${cutRight ? '…' : ''}`,
    indent: widthOfCells(before.slice(from)) + (cutLeft ? 1 : 0),
    marked: Math.max(1, widthOfCells(inside)),
    from: left + cells.slice(0, from).reduce((sum, cell) => sum + cell.units, 0),
  }
}

/** All of the marked part, or of a very long one its ends. */
function markedCells(text: string, width: number): readonly Cell[] {
  if (text.length <= 2 * reach) return cellsOf(text)
  const head = boundary(text, reach)
  const end = boundary(text, text.length - reach)
  return elided([...cellsOf(text.slice(0, head)), { ...ellipsis, units: end - head }, ...cellsOf(text.slice(end))], width)
}

/** The cells in at most `width` columns, cut in the middle: names that differ do so at either end. */
function elided(cells: readonly Cell[], width: number): readonly Cell[] {
  if (widthOfCells(cells) <= width) return cells
  const room = Math.max(8, width) - 1
  const head = fitting(cells, Math.floor(room / 2))
  const end = fitting(cells.toReversed(), room - Math.floor(room / 2))
  const cut = cells.slice(head, cells.length - end)
  return [
    ...cells.slice(0, head),
    { ...ellipsis, units: cut.reduce((sum, cell) => sum + cell.units, 0) },
    ...cells.slice(cells.length - end),
  ]
}

const ellipsis = { text: '…', width: 1 } as const

/** How many of the first cells fit. */
function fitting(cells: readonly Cell[], width: number): number {
  let used = 0
  const end = cells.findIndex(cell => (used += cell.width) > width)
  return end < 0 ? cells.length : end
}

/** The text in at most `width` columns, cut in the middle. */
export const cutMiddle = (text: string, width: number): string => textOfCells(elided(markedCells(text, width), width))

/** Columns of what stands before the marked part, without its indentation. */
const keyWidth = (before: readonly Cell[]): number =>
  widthOfCells(
    before.slice(
      Math.max(
        0,
        before.findIndex(cell => cell.text.trim() !== ''),
      ),
    ),
  )

/** The line from a given unit on, in at most `width` columns. */
export function lineFrom(line: string, from: number, width: number): string {
  const text = line.replace(/\r$/, '')
  const left = boundary(text, Math.min(from, text.length))
  const cells = cellsOf(text.slice(left, left + reach * 2))
  const room = width - (left > 0 ? 1 : 0)
  const isWhole = left + reach * 2 >= text.length && widthOfCells(cells) <= room
  const shown = isWhole ? cells : cells.slice(0, fitting(cells, room - 1))
  return `${left > 0 ? '…' : ''}${textOfCells(shown)}${isWhole ? '' : '…'}`
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
  for (let count = 0; to >= b && count < tail && add(to); count += 1) to += 1
  let from = a
  while (from > 0 && add(from - 1)) from -= 1
  while (to >= b && add(to)) to += 1
  return [from, to]
}

/** Never between the halves of a surrogate pair. */
function boundary(text: string, unit: number): number {
  const code = text.charCodeAt(unit)
  const before = text.charCodeAt(unit - 1)
  return code >= 0xdc00 && code <= 0xdfff && before >= 0xd800 && before <= 0xdbff ? unit - 1 : unit
}

const textOfCells = (cells: readonly Cell[]): string => cells.map(cell => cell.text).join('')

const widthOfCells = (cells: readonly Cell[]): number => cells.reduce((sum, cell) => sum + cell.width, 0)
