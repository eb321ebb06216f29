import { compare } from '#model/world.ts'

/** What tells an object from others comes first; the rest is in plain order, so that a snapshot does not depend on how it was read. */
const first = [
  'apiVersion',
  'kind',
  'version',
  'account',
  'region',
  'metadata',
  'Arn',
  'arn',
  'name',
  'namespace',
  'RoleName',
  'Version',
  'Sid',
  'Effect',
  'spec',
]
const rank = new Map(first.map((name, index) => [name, index]))

/** A copy whose keys are in a stable order, at every depth. Undefined fields are left out. */
export function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  entries.sort(([a], [b]) => (rank.get(a) ?? first.length) - (rank.get(b) ?? first.length) || compare(a, b))
  return Object.fromEntries(entries.map(([name, inner]) => [name, ordered(inner)]))
}
