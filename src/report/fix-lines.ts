import { maskSecrets } from '#base/secret-shapes.ts'
import type { Change, Edit } from '#model/change.ts'
import type { FilePlace, Path } from '#model/place.ts'
import { pathText } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { clean, cutEnd, cutStart, widthOf } from './characters.ts'
import { lineDiff } from './line-diff.ts'
import { cutMiddle, lineFrom, quotedLine } from './quoted-line.ts'
import { gutter, roomIn, type Frame } from './snippet.ts'
import { restartCommands } from './restart-commands.ts'
import { changedResource, textEdit, type TextEdit } from './text-edit.ts'
import { wrapInside } from './wrap.ts'
import { entryLines, itemLines, yamlLines } from './yaml-lines.ts'

/** One row of a diff: unchanged, removed, added, or a remark. `line` is its number in the file. */
interface Row {
  readonly sign: ' ' | '-' | '+' | '$'
  readonly text: string
  readonly line?: number
}

/** A created resource may be long; its beginning says what it is. */
const most = 40

/** What a fix changes, as a diff: in the file's own text where that is known, else as YAML. */
export function fixLines(fix: Fix, evidence: readonly Evidence[], frame: Frame, all = false): readonly string[] {
  return fix.changes.flatMap(change => {
    const rows = fitted(rowsOf(change, changedResource(change, evidence), frame), roomIn(frame))
    const shown = all || rows.length <= most ? rows : rows.slice(0, most)
    const cut = rows.length - shown.length
    return [
      gutter(frame, '', '|'),
      ...shown.map(row => drawn(row, frame)),
      ...(cut > 0 ? [`${gutter(frame, '', '|')} ${frame.ink('faint', `… and ${cut} more lines`)}`] : []),
    ]
  })
}

/** Line numbers that the diff shows, for the width of the gutter. */
export function fixLineNumbers(fix: Fix | undefined, evidence: readonly Evidence[]): readonly number[] {
  return (fix?.changes ?? []).flatMap(change => {
    const resource = changedResource(change, evidence)
    const place = textEdit(change, resource)?.place ?? keyPlace(change.edit, resource)
    return place === undefined ? [] : [place.line]
  })
}

function drawn(row: Row, frame: Frame): string {
  const { ink } = frame
  const { text } = row
  if (row.sign === '-') return `${gutter(frame, row.line ?? '', '-')} ${ink('removed', text)}`
  if (row.sign === '+') return `${gutter(frame, row.line ?? '', '+')} ${ink('added', text)}`
  return `${gutter(frame, row.line ?? '', row.sign === '$' ? '$' : '|')} ${text}`.trimEnd()
}

/** Long lines keep their values: what is cut first is the beginning of the key, in lines with the same key at the same place. */
function fitted(rows: readonly Row[], width: number): readonly Row[] {
  const rooms = new Map<string, number>()
  for (const { text, line, sign } of rows) {
    const { indent, key, value } = partsOf(text)
    if (line !== undefined || sign === '$' || key === '') continue
    const room = Math.max(leastKey, width - indent.length - widthOf(value))
    rooms.set(key, Math.min(rooms.get(key) ?? Infinity, room))
  }
  return rows.map(row => {
    if (row.line !== undefined || row.sign === '$') return row
    const { indent, key, value } = partsOf(row.text)
    const head = indent + cutStart(key, rooms.get(key) ?? 0)
    return { ...row, text: key === '' ? cutEnd(row.text, width) : head + cutMiddle(value, width - widthOf(head)) }
  })
}

const leastKey = 28

/** A YAML line: its indentation, its key with the colon and blank, and its value. */
function partsOf(text: string): { readonly indent: string; readonly key: string; readonly value: string } {
  const start = text.length - text.trimStart().length
  const colon = text.indexOf(': ', start)
  const end = colon < 0 ? start : colon + 2
  return { indent: text.slice(0, start), key: text.slice(start, end), value: text.slice(end) }
}

function rowsOf(change: Change, resource: Resource | undefined, frame: Frame): readonly Row[] {
  const { edit, target } = change
  if (edit.do === 'restart') return restartCommands(target, edit.pods).map(text => ({ sign: '$', text }))
  if (edit.do === 'create') return [...titleRows(`create ${target.kind} ${target.id}`, frame), ...rows('+', yamlLines(edit.body))]
  if (edit.do === 'delete') return titleRows(`delete ${target.kind} ${target.id}`, frame)
  const inText = textEdit(change, resource)
  if (inText !== undefined) return textRows(inText, frame)
  const place = keyPlace(edit, resource)
  return place === undefined ? pathRows(change, edit, resource, frame) : besideRows(edit, place, frame)
}

const titleRows = (text: string, frame: Frame): readonly Row[] => wrapInside(text, roomIn(frame)).map(line => ({ sign: ' ', text: line }))
const rows = (sign: '-' | '+' | ' ', lines: readonly string[]): readonly Row[] =>
  lines.map((line, index) => ({ sign, text: clean(maskSecrets(line, lines[index - 1])) }))

/** The file's line before and after, cut at the same place. */
function textRows({ place, text }: TextEdit, frame: Frame): readonly Row[] {
  const start = place.column - 1
  const after = place.text.slice(0, start) + text + place.text.slice(start + place.length)
  const longer = text.length > place.length ? after : place.text
  const { from } = quotedLine(longer, start, Math.max(text.length, place.length), roomIn(frame))
  return [
    { sign: '-', line: place.line, text: lineFrom(maskSecrets(place.text, place.above), from, roomIn(frame)) },
    { sign: '+', line: place.line, text: lineFrom(after, from, roomIn(frame)) },
  ]
}

type PathEdit = Extract<Edit, { readonly path: Path }>

/** The line of the key that is added to or removed, when the file has it as a YAML block. */
function keyPlace(edit: Edit, resource: Resource | undefined): FilePlace | undefined {
  if (resource === undefined || !('path' in edit) || edit.path.length === 0) return undefined
  const isAdded = edit.do === 'set' && edit.before === undefined
  if ((isAdded && edit.path.length === 1) || (edit.do === 'set' && !isAdded) || typeof edit.path.at(-1) !== 'string') return undefined
  const key = isAdded ? edit.path.slice(0, -1) : edit.path
  if (typeof key.at(-1) !== 'string') return undefined
  const place = resource.origin.locate(key, 'key')
  const isBlockKey = place.in === 'file' && /^[\w./-]+:(?:\s|$)/.test(place.text.slice(place.column - 1)) && !/[{[]/.test(place.text)
  return isBlockKey ? place : undefined
}

/** Added lines beneath their parent's own line; a removed entry as the file's own line and what it held. */
function besideRows(edit: PathEdit, place: FilePlace, frame: Frame): readonly Row[] {
  const own = lineFrom(maskSecrets(place.text, place.above), 0, roomIn(frame))
  const inside = ' '.repeat(place.column + 1)
  const key = String(edit.path.at(-1))
  if (edit.do === 'set') {
    return [
      { sign: ' ', line: place.line, text: own },
      ...rows(
        '+',
        entryLines(key, edit.after).map(line => inside + line),
      ),
    ]
  }
  const held = entryLines(key, edit.before).slice(1)
  return [
    { sign: '-', line: place.line, text: own },
    ...rows(
      '-',
      held.map(line => inside.slice(2) + line),
    ),
  ]
}

/** Where, then what stood there and what shall. */
function pathRows({ target }: Change, edit: PathEdit, resource: Resource | undefined, frame: Frame): readonly Row[] {
  const parent = edit.path.slice(0, -1)
  const place = resource?.origin.locate(edit.do === 'set' && edit.before === undefined ? parent : edit.path, 'key')
  const where = place?.in === 'file' ? `${place.file}:${place.line}` : `${target.kind} ${target.id}`
  const lines = lineDiff(valueLines(edit.path, edit.before), edit.do === 'set' ? valueLines(edit.path, edit.after) : [])
  return [
    ...titleRows(where, frame),
    ...(parent.length === 0 ? [] : titleRows(pathText(parent), frame)),
    ...lines.map(row => ({ ...row, text: clean(row.text) })),
  ]
}

function valueLines(path: Path, value: unknown): readonly string[] {
  if (value === undefined) return []
  const key = path.at(-1)
  if (key === undefined) return yamlLines(value)
  return typeof key === 'number' ? itemLines(value) : entryLines(key, value)
}
