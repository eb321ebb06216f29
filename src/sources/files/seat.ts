import type { InputProblem } from '#model/input-problem.ts'
import type { Origin, Path } from '#model/place.ts'
import { locateIn, originIn, type Fragment } from './origin.ts'

/** Where an object stands: in a document of its own, in a List, or inside the answer of an API. */
export interface Seat {
  readonly fragment: Fragment
  readonly path: Path
}

export const inside = (seat: Seat, ...steps: Path): Seat => ({ fragment: seat.fragment, path: [...seat.path, ...steps] })

export const originAt = (seat: Seat): Origin => originIn(seat.fragment, seat.path)

/** `FILE:LINE` of the object, or of a value in it. */
export function placeText(seat: Seat, path: Path = []): string {
  const { source } = seat.fragment
  return `${source.file}:${source.position(locateIn(seat.fragment, [...seat.path, ...path], 'value').span.start).line}`
}

/** A problem with the value at `path`, or with the nearest place that exists. */
export function problemAt(seat: Seat, path: Path, code: string, message: string, help?: string): InputProblem {
  const { span } = locateIn(seat.fragment, [...seat.path, ...path], 'value')
  return seat.fragment.source.problem(code, span.start, message, help)
}
