import { eksCluster } from '#joints/clusters.ts'
import type { Evidence } from '#model/resource.ts'
import type { EscalationReader, Role, Search } from './escalation.ts'
import { findPassedRoles } from './passed-roles.ts'
import type { Bearer } from './role-bearers.ts'
import { findRoleWrites } from './role-writes.ts'
import { trustEdits } from './trust-edits.ts'
import { findUserWrites } from './user-writes.ts'

/** How many places a finding shows: one for each of the ways, the first ones. */
const shown = 6

/**
 * Every way in which IAM lets the role make something stronger and be it. What a single statement allows besides the trust policies of stronger roles is
 * the same finding as those, and left to it.
 */
export function findIamWrites(world: EscalationReader, search: Search, role: Role, bearer: Bearer): string | undefined {
  findRoleWrites(world, search, role)
  findUserWrites(world, search, role)
  const region = eksCluster(world, bearer.cluster)?.id.split(':')[3]
  findPassedRoles(world, search, role, region ?? 'us-east-1')
  if (search.found.length === 0) return undefined
  const edits = trustEdits(world, { found: [], doubt: undefined }, role)
  const told = new Set(edits.flatMap(({ evidence }) => evidence.map(placeKey)))
  const own = search.found.filter(({ evidence }) => evidence.length === 0 || !evidence.every(each => told.has(placeKey(each))))
  const places = new Map(own.flatMap(({ evidence }) => evidence).map(each => [placeKey(each), each]))
  search.found.splice(0, Infinity, ...own.map(each => ({ ...each, evidence: [...places.values()].slice(0, shown) })))
  return own.length === 0 ? 'the same statement lets it write the trust policies of stronger roles, which is told already' : undefined
}

const placeKey = ({ resource, path }: Evidence): string => `${resource.id}\n${path.join('/')}`
