import { EVENT_ID, getScalarValue, type Event } from 'js-yaml'
import type { Span } from './source-text.ts'

/**
 * Where each item of the top-level `items` stands, from the events of the fast reader: a List of ten thousand objects
 * is never read again as a whole to point at one of them. An end may take in a little of what follows.
 */
export function listItems(text: string, events: readonly Event[]): Span[] {
  const starts: number[] = []
  let depth = 0
  let isKey = true
  let inItems = false
  let key = ''
  let after = text.length
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue
    if (event.type === EVENT_ID.POP) {
      depth -= 1
      if (depth === 1) {
        isKey = true
        inItems = false
      }
      continue
    }
    if (depth === 2 && inItems) starts.push(startOf(event))
    if (depth === 1 && isKey && starts.length > 0 && after === text.length) after = startOf(event)
    if (depth === 1 && isKey) key = event.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : ''
    if (depth === 1 && !isKey) inItems = key === 'items' && event.type === EVENT_ID.SEQUENCE
    const opens = event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING
    if (depth === 1 && !opens) isKey = !isKey
    else if (depth === 1) isKey = false
    if (opens) depth += 1
  }
  return starts.map((start, index) => ({ start, end: endOf(text, starts[index + 1], after) }))
}

function startOf(event: Event): number {
  switch (event.type) {
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return earliest(event.start, event.anchorStart, event.tagStart)
    case EVENT_ID.SCALAR:
      return earliest(event.valueStart, event.anchorStart, event.tagStart)
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1
    default:
      return 0
  }
}

/** Absent is -1. An anchor's range leaves its `&` out. */
function earliest(start: number, anchor: number, tag: number): number {
  return Math.min(start, anchor < 0 ? start : anchor - 1, tag < 0 ? start : tag)
}

function endOf(text: string, next: number | undefined, after: number): number {
  return next === undefined ? after : Math.max(text.lastIndexOf('-', next - 1), text.lastIndexOf(',', next - 1))
}
