import { Unread } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { compilePolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import type { Context } from '#iam/request.ts'
import { tried } from '#joints/access-documents.ts'
import { guardrailsOf, resourceControlOver, unreadResourceControl, type OrganizationReader } from '#joints/access-organization.ts'
import { perWorld } from '#joints/per-world.ts'
import { trustPolicyOf } from '#joints/trust.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { wholeAccount } from './shared-trust.ts'
import { trustedPrincipals, type TrustedPrincipal } from './trusted-principals.ts'

type Role = Resource<'aws/iam/Role'>
export type ForeignReader = OrganizationReader & Reader<'aws/eks/Cluster' | 'aws/iam/Role'>

/** An account, or `*` for every one, all of whose principals may assume the role. */
export interface OpenAccount {
  readonly account: string
  readonly principal: TrustedPrincipal
}

/**
 * Accounts that the role trusts as a whole and that are neither known nor of its organization. Accounts of which anything was read are known.
 * @throws Unread when the trust policy or the organization was not read, or the answer depends on what only the live call knows.
 */
export function foreignAccounts(world: ForeignReader, role: Role): readonly OpenAccount[] {
  const own = parseArn(role.id)?.account ?? ''
  const known = readAccounts(world)
  const whole = trustedPrincipals(trustPolicyOf(role)).flatMap(principal => {
    const account = wholeAccount(principal)
    return account === undefined || account === own || known.has(account) ? [] : [{ account, principal }]
  })
  const accounts = [...new Map(whole.map(open => [open.account, open])).values()]
  return accounts.filter(({ account }) => mayAssume(world, role, account) && isOutside(world, own, account))
}

const readAccounts = perWorld((world: ForeignReader): ReadonlySet<string> => {
  const scopes = [...world.seen('aws/iam/Role'), ...world.seen('aws/eks/Cluster')].map(({ scope }) => scope)
  return new Set(scopes.flatMap(scope => ('account' in scope ? [scope.account] : [])))
})

const everything = [compilePolicy({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }, 'identity')]
/** Names that nobody has. An account is twelve digits, and an organization's id is longer than this one. */
const stranger = { user: 'mortise-probe-5b1f0c', account: '000000000000', organization: 'o-5b1f0c0000' } as const

/** Whether a user that nobody named gets the role: one who says no external id, and signed in with a second factor, for that keeps no account out. */
function mayAssume(world: ForeignReader, role: Role, open: string): boolean {
  const account = open === '*' ? stranger.account : open
  const arn = `arn:${parseArn(role.id)?.partition ?? 'aws'}:iam::${account}:user/${stranger.user}`
  // An account that only the digits name may be in some organization; one that nobody named is in none of ours.
  const organization: Context =
    open === '*' ? { 'aws:PrincipalOrgID': stranger.organization, 'aws:PrincipalOrgPaths': [`${stranger.organization}/r-0000/`] } : {}
  const context: Context = {
    'aws:PrincipalArn': arn,
    'aws:PrincipalAccount': account,
    'aws:PrincipalType': 'User',
    'aws:PrincipalIsAWSService': 'false',
    'aws:MultiFactorAuthPresent': 'true',
    'aws:MultiFactorAuthAge': '60',
    'aws:SecureTransport': 'true',
    'aws:username': stranger.user,
    'sts:ExternalId': null,
    ...organization,
  }
  const request = {
    principal: { kind: 'user', arn },
    action: 'sts:AssumeRole',
    resource: role.id,
    context,
    unlistedKeys: 'unknown',
  } as const
  const decision = decide(request, { identity: everything, resource: [trustPolicyOf(role)], ...resourceControlOver(world, role.id) })
  if (decision.answer !== 'unknown') return decision.answer === 'allow'
  const guardrail = decision.conditional.length === 0 ? unreadResourceControl(world, role.id) : undefined
  throw new Unread(
    guardrail ?? { kind: 'aws/iam/Role', id: role.id, reason: `whether another account may assume the role: ${decision.reason}` },
  )
}

/** @throws Unread when the organization was not read, or not which accounts it has. */
function isOutside(world: ForeignReader, own: string, account: string): boolean {
  if (account === '*') return true
  const guardrails = guardrailsOf(world, own)
  if (guardrails.is === 'unread') throw new Unread(guardrails.fact)
  if (guardrails.is === 'none') return true
  if (world.seen('aws/organizations/Target').some(({ body }) => body.Id === account)) return false
  const scope = world.seen('aws/organizations/Target').find(({ body }) => body.Id === own)?.scope
  const found = tried(() => world.find('aws/organizations/Target', account, scope))
  if (found.is === 'unread') throw new Unread(found.fact)
  return true
}
