import { isRecord, type Path } from './document.ts'

/** One edit of a raw document. Without `before` nothing stands at the path yet; without `after` what stands there goes. */
export interface Edit {
  readonly path: Path
  readonly before?: unknown
  readonly after?: unknown
}

/**
 * A copy of a document with edits applied one after another. Objects that an edit empties stay; objects missing on the way are made.
 * An edit whose path cannot be reached is left out.
 */
export function applyEdits(document: unknown, edits: readonly Edit[]): unknown {
  return edits.reduce((value, edit) => applyAt(value, edit, 0), document)
}

function applyAt(value: unknown, edit: Edit, depth: number): unknown {
  if (depth === edit.path.length) return edit.after
  const step = edit.path[depth]
  if (Array.isArray(value) && typeof step === 'number') return applyInList(value, step, edit, depth)
  if (typeof step !== 'string' || (value !== undefined && !isRecord(value))) return value
  const record = value ?? {}
  const here = Object.hasOwn(record, step) ? record[step] : undefined
  const next = applyAt(here, edit, depth + 1)
  const entries = Object.entries(record)
  if (next === undefined) return Object.fromEntries(entries.filter(([key]) => key !== step))
  return here === undefined
    ? Object.fromEntries([...entries, [step, next]])
    : Object.fromEntries(entries.map(([key, old]) => [key, key === step ? next : old]))
}

function applyInList(list: readonly unknown[], index: number, edit: Edit, depth: number): readonly unknown[] {
  const next = applyAt(list[index], edit, depth + 1)
  if (next === undefined) return list.toSpliced(index, 1)
  return index >= list.length ? [...list, next] : list.with(index, next)
}
