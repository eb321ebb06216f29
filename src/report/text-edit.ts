import { isDeepStrictEqual } from 'node:util'
import type { Change } from '#model/change.ts'
import type { FilePlace } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { scopeText } from '#model/resource.ts'
import { scalarText } from './yaml-lines.ts'

/** A change as an edit of one line of a file: what stands at the place is replaced by the text. */
export interface TextEdit {
  readonly place: FilePlace
  readonly text: string
}

/** The changed resource, when the finding has evidence in it: only then is it known where it stands. */
export function changedResource(change: Change, evidence: readonly Evidence[]): Resource | undefined {
  const { kind, id, scope } = change.target
  return evidence
    .map(item => item.resource)
    .find(resource => resource.kind === kind && resource.id === id && scopeText(resource.scope) === scopeText(scope))
}

/**
 * The edit of the file's own text; undefined when the change is not of one scalar that stands written out on one line.
 * A value inside an encoded policy document, a block scalar or an alias is located, but its line does not spell it.
 */
export function textEdit(change: Change, resource: Resource | undefined): TextEdit | undefined {
  const { edit } = change
  if (resource === undefined || edit.do !== 'set' || !isScalar(edit.before) || !isScalar(edit.after)) return undefined
  const place = resource.origin.locate(edit.path, 'value')
  if (place.in !== 'file') return undefined
  const written = place.text.slice(place.column - 1, place.column - 1 + place.length)
  const text = rewritten(written, edit.before, edit.after)
  return text === undefined ? undefined : { place, text }
}

/** The new value in the quotes of the old one. */
function rewritten(written: string, before: unknown, after: unknown): string | undefined {
  if (written.startsWith('"')) return isDeepStrictEqual(parsed(written), before) ? JSON.stringify(after) : undefined
  if (written.startsWith("'")) {
    if (written !== singleQuoted(String(before))) return undefined
    return typeof after === 'string' ? singleQuoted(after) : scalarText(after)
  }
  return written === String(before) ? scalarText(after) : undefined
}

const singleQuoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)
