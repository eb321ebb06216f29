import { COLLECTION_STYLE, EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException, type Event, type ScalarEvent } from 'js-yaml'
import type { Path, Spot } from '#model/place.ts'
import type { Span } from './source-text.ts'
import { plainValue } from './yaml-scalars.ts'

/**
 * Where the value at `path` stands, by the fast reader, which tells no ends of collections. Undefined: it is not to be found this way, since the
 * path leads nowhere or through an alias or a merge, or what stands there is empty, a block of text, a flow collection, or has an anchor or a tag.
 */
export function locateInEvents(text: string, path: Path, spot: Spot): Span | undefined {
  const events = eventsOf(text)
  let at = events.findIndex(({ type }) => type !== EVENT_ID.DOCUMENT)
  let key: number | undefined
  for (const step of path) {
    const found = typeof step === 'number' ? itemOf(events, at, step) : valueOf(text, events, at, step)
    if (found === undefined) return undefined
    at = found.value
    key = found.key
  }
  if (spot === 'key' && key !== undefined) return scalarSpan(events[key])
  return scalarSpan(events[at]) ?? blockSpan(text, events, at)
}

/** None of what only the reader with positions can read. */
function eventsOf(text: string): readonly Event[] {
  try {
    return parseEvents(text, { maxDepth: 100 })
  } catch (error) {
    if (error instanceof YAMLException) return []
    throw error
  }
}

interface Found {
  readonly value: number
  readonly key?: number
}

function itemOf(events: readonly Event[], sequence: number, index: number): Found | undefined {
  if (events[sequence]?.type !== EVENT_ID.SEQUENCE) return undefined
  let at = sequence + 1
  for (let item = 0; events[at]?.type !== EVENT_ID.POP; item += 1) {
    if (item === index) return { value: at }
    at = after(events, at)
  }
  return undefined
}

/** Of keys that stand twice the last, as both readers have it. */
function valueOf(text: string, events: readonly Event[], mapping: number, name: string): Found | undefined {
  if (events[mapping]?.type !== EVENT_ID.MAPPING) return undefined
  let found: Found | undefined
  let at = mapping + 1
  while (events[at]?.type !== EVENT_ID.POP) {
    const key = events[at]
    if (key?.type !== EVENT_ID.SCALAR || key.tagStart >= 0) return undefined
    const value = after(events, at)
    const written = getScalarValue(text, key)
    const isPlain = key.style === SCALAR_STYLE.PLAIN
    if (isPlain && written === '<<') return undefined
    if ((isPlain ? String(plainValue(written)) : written) === name) found = { value, key: at }
    at = after(events, value)
  }
  return found
}

/** The position behind a node. */
function after(events: readonly Event[], node: number): number {
  let depth = 0
  let at = node
  do {
    const type = events[at]?.type
    if (type === EVENT_ID.SEQUENCE || type === EVENT_ID.MAPPING) depth += 1
    else if (type === EVENT_ID.POP || type === undefined) depth -= 1
    at += 1
  } while (depth > 0)
  return at
}

const isBare = ({ anchorStart, tagStart }: ScalarEvent | Extract<Event, { readonly start: number }>): boolean =>
  anchorStart < 0 && tagStart < 0

/** With its quotes. */
function scalarSpan(event: Event | undefined): Span | undefined {
  if (event?.type !== EVENT_ID.SCALAR || !isBare(event) || event.valueStart < 0) return undefined
  const { style, valueStart, valueEnd } = event
  if (style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK) return undefined
  return style === SCALAR_STYLE.PLAIN ? { start: valueStart, end: valueEnd } : { start: valueStart - 1, end: valueEnd + 1 }
}

/** Up to the end of the line of its last scalar: what stands behind that on the line belongs to it, comments too. */
function blockSpan(text: string, events: readonly Event[], node: number): Span | undefined {
  const event = events[node]
  if ((event?.type !== EVENT_ID.SEQUENCE && event?.type !== EVENT_ID.MAPPING) || event.style !== COLLECTION_STYLE.BLOCK || !isBare(event))
    return undefined
  const last = events.slice(node, after(events, node)).findLast(({ type }) => type === EVENT_ID.SCALAR) as ScalarEvent | undefined
  const end = text.indexOf('\n', Math.max(event.start, last?.valueEnd ?? 0))
  return { start: event.start, end: end < 0 ? text.length : end }
}
