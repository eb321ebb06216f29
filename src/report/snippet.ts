import { maskSecrets } from '#base/secret-shapes.ts'
import type { ApiPlace, FilePlace, Place } from '#model/place.ts'
import { clean, widthOf } from './characters.ts'
import type { Ink, Style } from './ink.ts'
import { lineFrom, quotedLine, type QuotedLine } from './quoted-line.ts'
import { hang, wrap } from './wrap.ts'

/** A place to quote and what to say about it. */
export interface Mark {
  readonly place: Place
  readonly label: string
  readonly primary: boolean
}

/** How quoted lines are laid out: the width of the line numbers, and of the whole. */
export interface Frame {
  readonly ink: Ink
  readonly digits: number
  readonly width: number
}

/** Marks that are this many lines apart share one block. */
const near = 6

/** As many columns as the longest line number takes. */
export function digitsFor(lines: readonly number[]): number {
  return String(Math.max(1, ...lines)).length
}

/** What stands before a quoted line: its number and a bar, or only the sign. */
export function gutter(frame: Frame, line: number | '', sign: string): string {
  return frame.ink('frame', `${String(line).padStart(frame.digits)} ${sign}`)
}

/** Columns that are left for the text of a quoted line. */
export const roomIn = (frame: Frame): number => Math.max(20, frame.width - frame.digits - 3)

/** Every mark in its block: the primary one first, those near it in the same file with it, the others after. */
export function snippets(marks: readonly Mark[], frame: Frame): readonly string[] {
  return blocksOf(marks).flatMap((block, index) => {
    const [first] = block
    const head = header(first, index === 0 ? '-->' : ':::', frame)
    const bar = index === 0 ? [gutter(frame, '', '|')] : []
    return [...head, ...bar, ...(first.place.in === 'file' ? fileLines(block, frame) : apiLines(first, first.place, frame))]
  })
}

type Block = [Mark, ...Mark[]]

function blocksOf(marks: readonly Mark[]): readonly Block[] {
  const blocks: Block[] = []
  for (const mark of marks) {
    const block = blocks.find(candidate => candidate.some(other => isNear(other.place, mark.place)))
    if (block === undefined) blocks.push([mark])
    else block.push(mark)
  }
  return blocks
}

const isNear = (a: Place, b: Place): boolean => a.in === 'file' && b.in === 'file' && a.file === b.file && Math.abs(a.line - b.line) <= near

function header({ place }: Mark, arrow: string, frame: Frame): readonly string[] {
  const head = `${' '.repeat(frame.digits)}${arrow} `
  const text = place.in === 'file' ? `${place.file}:${place.line}:${place.column}` : `${place.call} ${place.path}`
  const lines = place.in === 'file' ? [head + clean(text)] : hang(head, text, frame.width)
  return lines.map(line => frame.ink('frame', line.slice(0, head.length)) + line.slice(head.length))
}

/** The lines of one file, each once, with the line above the first when it is not blank, and `...` where lines are left out. */
function fileLines(block: Block, frame: Frame): readonly string[] {
  const byLine = Map.groupBy(
    block.map(mark => ({ mark, place: mark.place as FilePlace })),
    item => item.place.line,
  )
  const lines: string[] = []
  let last: number | undefined
  for (const [line, items] of [...byLine].sort(([a], [b]) => a - b)) {
    const above = items[0]?.place.above
    const isShown = above !== undefined && above.trim() !== '' && !isValue(above) && (last === undefined || last < line - 1)
    if (last !== undefined && last < line - (isShown ? 2 : 1)) lines.push(frame.ink('frame', '...'))
    if (isShown) lines.push(`${gutter(frame, line - 1, '|')} ${lineFrom(maskSecrets(above), 0, roomIn(frame))}`)
    lines.push(...markedLine(items, frame))
    last = line
  }
  return lines
}

/** The line above is there to show where one is. The value of a variable says nothing of that, and is nobody's business. */
const isValue = (line: string): boolean => /^\s*(?:-\s+)?["']?value["']?\s*:/.test(line)

/** One line and its underlines, each on a row of its own, the primary one first. A second mark that the cut hides quotes the line again. */
function markedLine(items: readonly { readonly mark: Mark; readonly place: FilePlace }[], frame: Frame): readonly string[] {
  const sorted = items.toSorted((a, b) => Number(b.mark.primary) - Number(a.mark.primary))
  let shown: string | undefined
  return sorted.flatMap(({ mark, place }) => {
    const quoted = quotedLine(maskSecrets(place.text, place.above), place.column - 1, place.length, roomIn(frame))
    const again = quoted.text === shown ? [] : [`${gutter(frame, place.line, '|')} ${quoted.text}`.trimEnd()]
    shown = quoted.text
    return [...again, ...underline(mark, quoted, frame)]
  })
}

function apiLines(mark: Mark, place: ApiPlace, frame: Frame): readonly string[] {
  if (place.excerpt === '') return mark.label === '' ? [] : wrap(mark.label, roomIn(frame)).map(line => `${gutter(frame, '', '|')} ${line}`)
  const quoted = quotedLine(maskSecrets(place.excerpt), 0, place.excerpt.length, roomIn(frame))
  return [`${gutter(frame, '', '|')} ${quoted.text}`, ...underline(mark, quoted, frame)]
}

/** `^^^^` or `----`, and the label after it, or beneath where it does not fit. */
function underline({ label, primary }: Mark, quoted: QuotedLine, frame: Frame): readonly string[] {
  const style: Style = primary ? 'broken' : 'support'
  const bar = gutter(frame, '', '|')
  const line = `${bar} ${' '.repeat(quoted.indent)}${frame.ink(style, (primary ? '^' : '-').repeat(quoted.marked))}`
  const text = clean(label).trim()
  const width = widthOf(text)
  const room = roomIn(frame)
  if (text === '') return [line]
  if (quoted.indent + quoted.marked + 1 + width <= room) return [`${line} ${frame.ink(style, text)}`]
  const indent = Math.max(0, Math.min(quoted.indent, room - Math.min(width, room)))
  return [line, ...wrap(text, room - indent).map(part => `${bar} ${' '.repeat(indent)}${frame.ink(style, part)}`)]
}
