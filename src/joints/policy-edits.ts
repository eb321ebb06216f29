import { isDeepStrictEqual } from 'node:util'
import { targetOf, type Change, type Edit } from '#model/change.ts'
import type { Path } from '#model/place.ts'
import { valueAt } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'

/** The changes that make the policy document at `path` of a resource be `after`, each at the deepest place that differs. */
export function policyChanges(
  resource: Resource,
  path: Path,
  after: unknown,
  facts: Pick<Change, 'permissions' | 'risk'>,
): readonly Change[] {
  const target = targetOf(resource)
  return editsBetween(valueAt(resource.body, path), after, path).map(edit => ({ target, edit, ...facts }))
}

/** An object whose keys change is set as a whole: its order is what people read. A list that grows keeps what it has. */
function editsBetween(before: unknown, after: unknown, path: Path): readonly Edit[] {
  if (isDeepStrictEqual(before, after)) return []
  if (Array.isArray(before) && Array.isArray(after) && before.length <= after.length) {
    return after.flatMap((value: unknown, index) => editsBetween(before[index] as unknown, value, [...path, index]))
  }
  if (isMap(before) && isMap(after) && isDeepStrictEqual(Object.keys(before), Object.keys(after))) {
    return Object.keys(after).flatMap(key => editsBetween(before[key], after[key], [...path, key]))
  }
  return [{ do: 'set', path, before, after }]
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
