import type { Path, Spot } from '#model/place.ts'
import type { Located } from './locate-yaml.ts'
import type { Span } from './source-text.ts'

const quote = 34
const backslash = 92

/** Blank units of JSON. */
export const isBlank = (unit: number): boolean => unit === 32 || unit === 10 || unit === 13 || unit === 9

export function skipBlank(text: string, from: number): number {
  let offset = from
  while (isBlank(text.charCodeAt(offset))) offset += 1
  return offset
}

/** The offset after the string whose opening quote is at `from`, or the text's length when it does not end. */
export function stringEnd(text: string, from: number): number {
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

/** The name that the key says, escapes resolved. */
export function keyOf(text: string, span: Span): string {
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
export function valueEnd(text: string, from: number): number {
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
