import { documentLayer } from '#joints/access-documents.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence } from '#model/resource.ts'
import { doubtRolesBeside, may, placesOf, type Role, type Search } from './escalation.ts'
import type { RoleMayReader } from './role-may.ts'

/** A role that is reached by sts:AssumeRole, and the roles on the way. */
export interface Chain {
  readonly roles: readonly Role[]
  readonly evidence: readonly Evidence[]
}

/** Longer chains exist on paper; nobody has to read them. */
const longest = 5

/** Every role that is reached from this one, each by a shortest chain. A role that assumes itself is no step. */
export function chainsFrom(world: RoleMayReader, search: Search, start: Role): readonly Chain[] {
  const seen = new Set([start.id])
  doubtRolesBeside(world, search, start, 'sts:AssumeRole')
  const chains: Chain[] = []
  let front: { readonly role: Role; readonly roles: readonly Role[]; readonly evidence: readonly Evidence[] }[] = [
    { role: start, roles: [], evidence: [] },
  ]
  for (let depth = 0; depth < longest && front.length > 0; depth += 1) {
    const next: typeof front = []
    for (const { role, roles, evidence } of front) {
      for (const other of candidates(world, role)) {
        if (seen.has(other.id)) continue
        const at = step(world, search, role, other)
        if (at === undefined) continue
        seen.add(other.id)
        const chain = { roles: [...roles, other], evidence: [...evidence, ...at] }
        chains.push(chain)
        next.push({ role: other, ...chain })
      }
    }
    front = next
  }
  return chains
}

/** By the accounts that a trust policy speaks of: most roles trust services and providers alone. */
const byMention = perWorld((world: RoleMayReader): ReadonlyMap<string, readonly Role[]> => {
  const found = new Map<string, Role[]>()
  for (const role of world.seen('aws/iam/Role')) {
    const text = JSON.stringify(role.body.AssumeRolePolicyDocument ?? '')
    if (!text.includes('"AWS"') && !text.includes('"*"')) continue
    const accounts = text.includes('"*"') ? ['*'] : [...new Set(text.match(/\b\d{12}\b/g) ?? [])]
    for (const account of accounts) found.set(account, [...(found.get(account) ?? []), role])
  }
  return found
})

const candidates = (world: RoleMayReader, role: Role): readonly Role[] => [
  ...(byMention(world).get(role.id.split(':')[4] ?? '') ?? []),
  ...(byMention(world).get('*') ?? []),
]

/** Both sides must allow it, the trust policy and, unless that names the role itself, its own policies. */
function step(world: RoleMayReader, search: Search, role: Role, other: Role): readonly Evidence[] | undefined {
  const trust = documentLayer(
    other,
    ['AssumeRolePolicyDocument'],
    other.body.AssumeRolePolicyDocument,
    'trust',
    `trust policy of role ${other.body.RoleName}`,
    { kind: other.kind, id: other.id, reason: 'the role was read without its trust policy' },
  )
  const answer = may(world, search, role, {
    action: 'sts:AssumeRole',
    resource: other.id,
    trust,
    context: { 'sts:ExternalId': null, 'sts:SourceIdentity': null },
  })
  return answer === undefined ? undefined : placesOf(answer, { at: answer.trustAt })
}
