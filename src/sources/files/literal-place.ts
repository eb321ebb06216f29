import type { FilePlace, Path, Spot } from '#model/place.ts'
import { locateInJson } from './locate-json.ts'
import { locateIn } from './origin.ts'
import type { Seat } from './seat.ts'

/**
 * Where a value stands inside JSON text that is a literal block (`|`): the block's lines stand in the file as they are, only indented.
 * Undefined for every other kind of text.
 */
export function placeInLiteral(seat: Seat, path: Path, spot: Spot): FilePlace | undefined {
  const { source } = seat.fragment
  const found = locateIn(seat.fragment, seat.path, 'value')
  if (!found.exact || found.literal !== true) return undefined
  // JSON does not care about the indentation, so the block is searched where it stands.
  const block = source.text.slice(found.span.start, found.span.end)
  const body = block.search(/[\r\n]/)
  if (body < 0) return undefined
  return source.place(locateInJson(source.text, path, spot, found.span.start + body).span)
}
