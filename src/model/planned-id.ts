import type { Kind } from './kinds.ts'
import { isKind } from './kinds.ts'

/**
 * The id of something that AWS names only when it makes it: a security group, a key. A plan stands on what its owner gives it instead, by which it
 * is found again: `planned:aws/ec2/SecurityGroup:vpc-0a1b/prod-payments-reader`. In bodies it stands for the id, and is written as the id once
 * the thing is there.
 */
export type PlannedId = `planned:${Kind}:${string}`

/** @param name what it is found by, as the kind's writer reads it */
export const plannedId = (kind: Kind, name: string): PlannedId => `planned:${kind}:${name}`

/** What a planned id says; undefined for the id of something that exists. */
export function plannedIn(id: string): { readonly kind: Kind; readonly name: string } | undefined {
  const [, kind = '', name = ''] = /^planned:([^:]+):(.*)$/s.exec(id) ?? []
  return isKind(kind) ? { kind, name } : undefined
}

/** Every planned id that stands in a body, each once. */
export function plannedIdsIn(body: unknown): readonly PlannedId[] {
  const found = new Set<PlannedId>()
  const look = (value: unknown): void => {
    if (typeof value === 'string') {
      if (plannedIn(value) !== undefined) found.add(value as PlannedId)
    } else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) look(inner)
  }
  look(body)
  return [...found]
}

/** A copy of a body in which texts that are ids are what they stand for: the ids that are known by now, or how code refers to them. */
export function withIds<T>(body: T, ids: ReadonlyMap<string, unknown>): T {
  const replaced = (value: unknown): unknown => {
    if (typeof value === 'string') return ids.get(value) ?? value
    if (Array.isArray(value)) return value.map(replaced)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaced(inner)]))
  }
  return replaced(body) as T
}
