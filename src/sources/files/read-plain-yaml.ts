import type { Span } from './source-text.ts'
import { plainValue } from './yaml-scalars.ts'

export interface PlainDocument {
  readonly value: object
  /** Of a List: where its items stand. */
  readonly items?: readonly Span[]
}

/**
 * Reads a document in the plain form in which `kubectl -o yaml` and `scan --save` write nearly all: block mappings and sequences of ASCII, one value a line,
 * quotes without escapes, no anchors, tags, comments or block scalars. Six times as fast as a reader of all of YAML, which a large dump needs. Undefined when
 * anything is not as it knows it, mistakes included: then the whole reader is asked, and says what it is.
 */
export function readPlainYaml(text: string, { start, end }: Span): PlainDocument | undefined {
  const reader = new PlainReader(text, end)
  const isMarked = text.startsWith('---', start)
  if (isMarked && text.charCodeAt(start + 3) !== lineFeed) return undefined
  reader.startLine(isMarked ? start + 4 : start)
  const value = reader.column === 0 ? reader.mapping(0) : undefined
  if (value === undefined || !reader.isAtEnd) return undefined
  if (!('items' in value) || !Array.isArray(value.items)) return { value }
  return { value, items: reader.itemSpans() }
}

const [lineFeed, space, quote, apostrophe, hash, dash, colon] = [10, 32, 34, 39, 35, 45, 58]
/** Deeper documents are refused by the whole reader. */
const deepest = 80

class PlainReader {
  readonly #text: string
  readonly #end: number
  /** The first unit of what is read next on its line, and how many stand before it there; -1 at the end of the document. */
  #at = 0
  column = -1
  readonly #itemStarts: number[] = []
  readonly #itemDashes: number[] = []
  #afterItems = -1

  constructor(text: string, end: number) {
    this.#text = text
    this.#end = end
  }

  get isAtEnd(): boolean {
    return this.column === -1
  }

  /** Each ends where the dash of the next stands. */
  itemSpans(): readonly Span[] {
    const last = this.#afterItems < 0 ? this.#end : this.#afterItems
    return this.#itemStarts.map((start, index) => ({ start, end: this.#itemDashes[index + 1] ?? last }))
  }

  /** Empty lines mean nothing where no value goes on over a line. */
  startLine(offset: number): void {
    let [line, at] = [offset, offset]
    while (at < this.#end) {
      const unit = this.#text.charCodeAt(at)
      if (unit === lineFeed) line = at + 1
      else if (unit !== space) break
      at += 1
    }
    this.#at = at
    this.column = at < this.#end ? at - line : -1
  }

  /** A line that is deeper than the mapping, once a value is read, is not of the plain form. */
  mapping(column: number): Record<string, unknown> | undefined {
    const map: Record<string, unknown> = {}
    if (column > deepest) return undefined
    while (this.column === column) {
      const end = this.#keyEnd(this.#at)
      if (end < 0) return undefined
      const key = this.#text.slice(this.#at, end)
      if (key === '__proto__' || plainScalar(key) !== key || Object.hasOwn(map, key)) return undefined
      if (column === 0 && this.#itemStarts.length > 0 && this.#afterItems < 0) this.#afterItems = this.#at
      const value = this.#value(end + 1, column, column === 0 && key === 'items')
      if (value === undefined) return undefined
      map[key] = value
    }
    return this.column < column ? map : undefined
  }

  #value(offset: number, column: number, isItems: boolean): unknown {
    if (this.#text.charCodeAt(offset) === space) return this.#scalar(this.#afterSpaces(offset))
    this.startLine(offset)
    if (this.column >= column && this.#isDash()) return this.#sequence(this.column, isItems)
    return this.column > column ? this.mapping(this.column) : null
  }

  #sequence(column: number, isItems: boolean): unknown[] | undefined {
    const list: unknown[] = []
    while (this.column === column && this.#isDash()) {
      const start = this.#afterSpaces(this.#at + 1)
      const isMapping = this.#keyEnd(start) >= 0
      if (isItems && !isMapping) return undefined
      if (isItems) {
        this.#itemStarts.push(start)
        this.#itemDashes.push(this.#at)
      }
      this.column += start - this.#at
      this.#at = start
      const value = isMapping ? this.mapping(this.column) : this.#scalar(start)
      if (value === undefined) return undefined
      list.push(value)
    }
    return this.column <= column ? list : undefined
  }

  /** The value that fills the rest of the line; reads on at the next. */
  #scalar(start: number): unknown {
    const end = this.#lineEnd(start)
    if (end < 0) return undefined
    const value = this.#valueOf(start, end)
    this.startLine(end)
    return value
  }

  #valueOf(start: number, end: number): unknown {
    const text = this.#text.slice(start, end)
    const first = text.charCodeAt(0)
    if (first === apostrophe || first === quote) return unquoted(text, text.charAt(0))
    if (text === '{}') return {}
    if (text === '[]') return []
    return isStart(first) && text !== '-' && !text.startsWith('- ') && !text.endsWith(':') ? plainScalar(text) : undefined
  }

  /** The offset of the colon after a plain key without blanks; -1 when there is none. */
  #keyEnd(start: number): number {
    if (!isStart(this.#text.charCodeAt(start)) || this.#isDash(start)) return -1
    for (let at = start; at < this.#end; at += 1) {
      const unit = this.#text.charCodeAt(at)
      if (unit === colon && this.#isBlankAt(at + 1)) return at
      if (unit <= space || unit > 126) return -1
    }
    return -1
  }

  /** The end of the line; -1 when something on it is not of the plain form: `: ` and ` #` mean more, and not only in plain texts that they end. */
  #lineEnd(start: number): number {
    let before = space
    for (let at = start; at < this.#end; at += 1) {
      const unit = this.#text.charCodeAt(at)
      if (unit === lineFeed) return before === space ? -1 : at
      if (unit < space || unit > 126 || (unit === space && before === colon) || (unit === hash && before === space)) return -1
      before = unit
    }
    return before === space ? -1 : this.#end
  }

  #isDash(at: number = this.#at): boolean {
    return this.#text.charCodeAt(at) === dash && this.#text.charCodeAt(at + 1) === space
  }

  #isBlankAt(at: number): boolean {
    return at >= this.#end || this.#text.charCodeAt(at) === space || this.#text.charCodeAt(at) === lineFeed
  }

  #afterSpaces(offset: number): number {
    let at = offset
    while (at < this.#end && this.#text.charCodeAt(at) === space) at += 1
    return at
  }
}

/** Between its marks, when those are its only ones and nothing is escaped. */
function unquoted(text: string, mark: string): string | undefined {
  const isSimple = text.length > 1 && text.indexOf(mark, 1) === text.length - 1 && (mark === "'" || !text.includes('\\'))
  return isSimple ? text.slice(1, -1) : undefined
}

const units = (characters: string): ReadonlySet<number> => new Set(Array.from(characters, character => character.charCodeAt(0)))

const starts = units('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-$()=^~;\\')
const startTable = Uint8Array.from({ length: 128 }, (_, unit) => (starts.has(unit) ? 1 : 0))

/** Whether a plain text may begin with it: whatever is an indicator somewhere is left out. */
const isStart = (unit: number): boolean => startTable[unit] === 1

/** What begins with another unit than these is a text in every case: no number, no `null`, `true`, `yes`, `off`, `.inf` or the like. */
const telling = units('nNtTfFyYoO0123456789+-.~')
/** What begins with a letter is a text but for these, each in three ways to write it. */
const words = new Set(
  ['~', 'null', 'true', 'false', 'yes', 'no', 'on', 'off', 'y', 'n'].flatMap(word => [
    word,
    word.toUpperCase(),
    word.charAt(0).toUpperCase() + word.slice(1),
  ]),
)
const [zero, nine] = [48, 57]

function plainScalar(text: string): unknown {
  const first = text.charCodeAt(0)
  if (!telling.has(first)) return text
  if (first > nine) return words.has(text) ? plainValue(text) : text
  return isShortNumber(text, first) ? Number(text) : plainValue(text)
}

/** Digits alone, and so few that they are one exact number; a leading zero would make them octal. */
function isShortNumber(text: string, first: number): boolean {
  if (first <= zero || text.length > 15) return false
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit < zero || unit > nine) return false
  }
  return true
}
