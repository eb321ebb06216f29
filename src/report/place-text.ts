import type { Place } from '#model/place.ts'
import { clean } from './characters.ts'

/** A place on one line: `k8s/reader.yaml:7:33`, or the call and the path. */
export function placeText(place: Place): string {
  return clean(place.in === 'file' ? `${place.file}:${place.line}:${place.column}` : `${place.call} ${place.path}`)
}
