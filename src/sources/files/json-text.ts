import type { Path, Spot } from '#model/place.ts'
import type { Located } from './locate-yaml.ts'
import type { Span } from './source-text.ts'

/** A key that stands twice in one map: the offsets of both. */
export interface TwiceKey {
  readonly key: string
  readonly first: number
  readonly second: number
  /** Both say the same, letter for letter, so it does not matter which one a reader takes. */
  readonly same: boolean
}

export interface JsonExtent {
  /** The offset after the value. */
  readonly end: number
  readonly twice: readonly TwiceKey[]
}

export interface JsonFault {
  readonly offset: number
  readonly message: string
}

const deepest = 100
const quote = 34
const backslash = 92

/** Blank units of JSON. */
const isBlank = (unit: number): boolean => unit === 32 || unit === 10 || unit === 13 || unit === 9

export function skipBlank(text: string, from: number): number {
  let offset = from
  while (isBlank(text.charCodeAt(offset))) offset += 1
  return offset
}

/** The offset after the string whose opening quote is at `from`, or the text's length when it does not end. */
function stringEnd(text: string, from: number): number {
  let offset = from + 1
  for (;;) {
    const close = text.indexOf('"', offset)
    if (close < 0) return text.length
    let slashes = 0
    while (text.charCodeAt(close - 1 - slashes) === backslash && close - 1 - slashes > from) slashes += 1
    if (slashes % 2 === 0) return close + 1
    offset = close + 1
  }
}

interface Frame {
  /** Offsets of keys seen so far; absent in an array. */
  readonly keys: Map<string, number> | undefined
}

/**
 * How far the JSON value at `start` reaches, and which keys stand twice in it: JSON.parse tells neither. One pass, no recursion.
 * Brackets, strings and depth are checked; JSON.parse checks the rest.
 */
export function scanJson(text: string, start: number): JsonExtent | JsonFault {
  const twice: TwiceKey[] = []
  const frames: Frame[] = []
  let offset = start
  while (offset < text.length) {
    const unit = text.charCodeAt(offset)
    if (unit === quote) {
      const end = stringEnd(text, offset)
      const keys = frames.at(-1)?.keys
      if (keys !== undefined && text.charCodeAt(skipBlank(text, end)) === 58) noteKey(text, { start: offset, end }, keys, twice)
      offset = end
    } else if (unit === 123 || unit === 91) {
      if (frames.length >= deepest) return { offset, message: `nested more than ${deepest} levels deep` }
      frames.push({ keys: unit === 123 ? new Map() : undefined })
      offset += 1
    } else if (unit === 125 || unit === 93) {
      const frame = frames.pop()
      if (frame === undefined || (frame.keys !== undefined) !== (unit === 125)) return { offset, message: `unexpected ${text.charAt(offset)}` }
      offset += 1
      if (frames.length === 0) return { end: offset, twice }
    } else offset += 1
  }
  return { offset: text.length, message: 'the JSON ends too early' }
}

function noteKey(text: string, span: Span, keys: Map<string, number>, twice: TwiceKey[]): void {
  const key = keyOf(text, span)
  const first = keys.get(key)
  if (first === undefined) keys.set(key, span.start)
  else twice.push({ key, first, second: span.start, same: memberValue(text, first) === memberValue(text, span.start) })
}

/** The text of the value whose key stands at `key`. */
function memberValue(text: string, key: number): string {
  const value = skipBlank(text, skipBlank(text, stringEnd(text, key)) + 1)
  return text.slice(value, valueEnd(text, value))
}

function keyOf(text: string, span: Span): string {
  const raw = text.slice(span.start + 1, span.end - 1)
  if (!raw.includes('\\')) return raw
  try {
    return JSON.parse(text.slice(span.start, span.end)) as string
  } catch (error) {
    if (error instanceof SyntaxError) return raw
    throw error
  }
}

/** The offset after the value at `from`: text that JSON.parse has accepted. */
function valueEnd(text: string, from: number): number {
  const unit = text.charCodeAt(from)
  if (unit === quote) return stringEnd(text, from)
  if (unit !== 123 && unit !== 91) {
    let offset = from
    while (offset < text.length && !isBlank(text.charCodeAt(offset)) && !',]}'.includes(text.charAt(offset))) offset += 1
    return offset
  }
  let depth = 0
  let offset = from
  while (offset < text.length) {
    const at = text.charCodeAt(offset)
    if (at === quote) offset = stringEnd(text, offset)
    else {
      if (at === 123 || at === 91) depth += 1
      if (at === 125 || at === 93) depth -= 1
      offset += 1
      if (depth === 0) return offset
    }
  }
  return offset
}

/**
 * Where the value at `path` stands in JSON text that JSON.parse has accepted. Linear: what is not on the path is skipped, nothing is built.
 */
export function locateInJson(text: string, path: Path, spot: Spot, start = 0): Located {
  let at = skipBlank(text, start)
  let key: Span | undefined
  for (const step of path) {
    const found = typeof step === 'number' ? item(text, at, step) : member(text, at, step)
    if (found === undefined) return { span: key ?? { start: at, end: valueEnd(text, at) }, exact: false }
    at = found.value
    key = found.key
  }
  if (spot === 'key' && key !== undefined) return { span: key, exact: true }
  return { span: { start: at, end: valueEnd(text, at) }, exact: true }
}

interface Step {
  readonly value: number
  readonly key?: Span
}

function item(text: string, array: number, index: number): Step | undefined {
  if (text.charCodeAt(array) !== 91) return undefined
  let at = skipBlank(text, array + 1)
  for (let passed = 0; at < text.length && text.charCodeAt(at) !== 93; passed += 1) {
    if (passed === index) return { value: at }
    at = skipBlank(text, valueEnd(text, at))
    if (text.charCodeAt(at) === 44) at = skipBlank(text, at + 1)
  }
  return undefined
}

/** The last member of that name, as JSON.parse takes it. */
function member(text: string, object: number, name: string): Step | undefined {
  if (text.charCodeAt(object) !== 123) return undefined
  let found: Step | undefined
  let at = skipBlank(text, object + 1)
  while (at < text.length && text.charCodeAt(at) === quote) {
    const key = { start: at, end: stringEnd(text, at) }
    const value = skipBlank(text, skipBlank(text, key.end) + 1)
    if (keyOf(text, key) === name) found = { value, key }
    at = skipBlank(text, valueEnd(text, value))
    if (text.charCodeAt(at) === 44) at = skipBlank(text, at + 1)
  }
  return found
}
