import { policyChanges } from '#joints/policy-edits.ts'
import type { AccessReader } from '#joints/access.ts'
import { Unread } from '#base/errors.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Fail } from '#model/verdict.ts'
import { anySession } from './pod-role.ts'
import { othersMatched, patternEvidence, starredNames, type SecretPattern } from './wide-secret-pattern.ts'

type Role = Resource<'aws/iam/Role'>
type Secret = Resource<'aws/secretsmanager/Secret'>

export interface WideSecretPattern {
  readonly found: SecretPattern
  readonly others: readonly [Secret, ...Secret[]]
  readonly evidence: Evidence
}

/**
 * The first pattern of the role that gives away secrets which nobody meant; undefined when none does.
 * @throws Unread when policies of the role or the secrets that its patterns are about were not all read.
 */
export function wideSecretPattern(world: AccessReader, role: Role): WideSecretPattern | undefined {
  const patterns = starredNames(world, role)
  for (const found of patterns) {
    const [first, ...rest] = othersMatched(world, role, found)
    if (first !== undefined) return { found, others: [first, ...rest], evidence: patternEvidence(found) }
  }
  const [unread] = anySession(world, role).identity.unread
  if (unread !== undefined) throw new Unread(unread)
  for (const { pattern } of patterns) {
    const [, , , region = '', account = ''] = pattern.split(':')
    const isExact = /^[a-z0-9-]+$/.test(region) && /^\d{12}$/.test(account)
    world.list('aws/secretsmanager/Secret', isExact ? { account, region } : undefined)
  }
  return undefined
}

export function listedSecrets(secrets: readonly Secret[]): string {
  const names = secrets.map(({ body }) => body.Name)
  return names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} others` : names.join(' and ')
}

/** Only an inline policy belongs to this role alone; a managed one is other roles' policy too. */
export function narrowing(role: Role, { placed, path, exact, meant }: SecretPattern): Pick<Fail, 'fix' | 'help'> {
  if (placed.resource.id !== role.id)
    return { help: `In ${placed.name}, write ${exact}: the six characters that Secrets Manager adds to the name, and nothing more.` }
  const risk = `Pods that read other secrets through this pattern lose them; ${meant} itself stays.`
  const changes = policyChanges(role, path, exact, { permissions: ['iam:PutRolePolicy'], risk })
  return { fix: { title: `allow ${meant} alone`, safe: false, changes } }
}
