import { Unread, type UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { INVALID } from '#iam/compile-statement.ts'
import { decideTrust } from '#iam/web-identity.ts'
import { eksIssuerOf } from '#joints/irsa/openness.ts'
import { trustedPrincipals, type TrustedPrincipal } from '#joints/irsa/trusted-principals.ts'
import { perWorld } from '#joints/per-world.ts'
import { trustPath, trustPolicyOf } from '#joints/trust.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import {
  gainOf,
  may,
  placesOf,
  roleWithGain,
  rolesBeside,
  within,
  type EscalationReader,
  type Role,
  type Search,
  type Yes,
} from './escalation.ts'
import { callerOf, mentions, roleMay } from './role-may.ts'
import { powersOf } from './role-powers.ts'
import { iamWrite, regionOfIam } from './stronger-callers.ts'

export type ProviderReader = EscalationReader & Reader<'aws/iam/OpenIDConnectProvider'>
type Provider = Resource<'aws/iam/OpenIDConnectProvider'>

/** A role and the provider of its account that its trust policy names. */
interface Trusting {
  readonly role: Role
  readonly principal: TrustedPrincipal
}

interface Gained {
  readonly text: string
  readonly trusting: Trusting
}

const create = 'iam:CreateOpenIDConnectProvider'
const addAudience = 'iam:AddClientIDToOpenIDConnectProvider'
const thumbprint = 'iam:UpdateOpenIDConnectProviderThumbprint'
const stranger = 'mortise-probe-5b1f0c'

/** The stronger roles that tokens get once the role has made a provider that is missing, or changed one that is there. */
export function findProviderWrites(world: ProviderReader, search: Search, role: Role): undefined {
  const { identity } = callerOf(world, role)
  const actions = [create, addAudience, thumbprint].filter(action => mentions(identity, action))
  const [action] = actions
  if (action === undefined) return
  const blind = rolesBeside(world, search, role, action).find(({ body }) => body.AssumeRolePolicyDocument === undefined)
  if (blind !== undefined) within(search, () => trustPolicyOf(blind))
  for (const [arn, trusting] of trustingBy(world)) {
    if (parseArn(arn)?.account !== parseArn(role.id)?.account) continue
    const others = trusting.filter(each => each.role.id !== role.id)
    const found = within(search, () => ({ provider: world.find('aws/iam/OpenIDConnectProvider', arn) }))
    if (found === undefined) continue
    if (found.provider === undefined) byMaking(world, search, role, arn, others)
    else byChanging(world, search, role, found.provider, others)
  }
}

/** By the ARN of the provider. */
const trustingBy = perWorld((world: ProviderReader): ReadonlyMap<string, readonly Trusting[]> => {
  const all = world.seen('aws/iam/Role').flatMap(role => {
    const document = role.body.AssumeRolePolicyDocument
    if (typeof document !== 'object' || !JSON.stringify(document).includes(':oidc-provider/')) return []
    return trustedPrincipals(trustPolicyOf(role)).flatMap(principal => {
      const { type, name } = principal
      return type === 'Federated' && parseArn(name)?.account === parseArn(role.id)?.account ? [{ role, principal }] : []
    })
  })
  return Map.groupBy(all, ({ principal }) => principal.name)
})

function byMaking(world: ProviderReader, search: Search, role: Role, arn: string, trusting: readonly Trusting[]): void {
  const answer = may(world, search, role, { action: create, resource: arn, context: regionOfIam(arn) })
  if (answer === undefined) return
  const gained = rolesGained(world, search, role, trusting, 'its own')
  take(search, `create OIDC provider ${issuerIn(arn)}, which is missing and whose tokens then get`, answer, gained)
}

function byChanging(world: ProviderReader, search: Search, role: Role, provider: Provider, trusting: readonly Trusting[]): void {
  const add = may(world, search, role, iamWrite(addAudience, provider))
  if (add !== undefined) {
    const gained = rolesGained(world, search, role, trusting, 'another')
    take(search, `let tokens of other audiences into OIDC provider ${issuerIn(provider.id)}, which then get`, add, gained)
  }
  // AWS looks at a thumbprint only where its library of authorities does not know the certificate, and every cluster's it knows.
  if (eksIssuerOf(provider.id) !== undefined || roleMay(world, role, iamWrite(thumbprint, provider)).answer === 'no') return
  if (rolesGained(world, search, role, trusting, 'its own').length > 0) search.doubt ??= certificateOf(provider)
}

const certificateOf = (provider: Provider): UnreadFact => ({
  kind: provider.kind,
  id: provider.id,
  reason: 'the role may change the thumbprint, and who signed the certificate of the issuer was not read',
  settle: { by: 'user', step: 'see whether a public authority signed it: AWS then does not look at the thumbprint' },
})

/** Stronger roles that let tokens of the provider in, of the audience that they ask for or of one that nobody named. */
function rolesGained(
  world: ProviderReader,
  search: Search,
  role: Role,
  trusting: readonly Trusting[],
  audience: 'its own' | 'another',
): readonly Gained[] {
  return trusting.flatMap(each => {
    const gained = gainOf(world, search, role, powersOf(world, each.role))
    if (gained.length === 0 || within(search, () => letsTokensIn(each, audience)) !== true) return []
    return [{ text: roleWithGain(each.role, gained), trusting: each }]
  })
}

/**
 * Whether some subject with the audience gets the role: of the subjects that its conditions name, and one that nobody has.
 * @throws Unread when more than the token decides
 */
function letsTokensIn({ role, principal }: Trusting, audience: 'its own' | 'another'): boolean {
  const policy = trustPolicyOf(role)
  const issuer = issuerIn(principal.name)
  const clauses = (policy.statements.find(({ index }) => index === principal.statement)?.conditions ?? []).filter(each => each !== INVALID)
  const named = (key: string, otherwise: string) => [
    ...clauses.filter(({ lowerKey, negated }) => !negated && lowerKey === `${issuer}:${key}`.toLowerCase()).flatMap(({ values }) => values),
    otherwise,
  ]
  const audiences = audience === 'another' ? [stranger] : named('aud', 'sts.amazonaws.com')
  const answers = named('sub', `system:serviceaccount:${stranger}:${stranger}`).flatMap(subject =>
    audiences.map(aud => {
      const claims = { sub: subject.replaceAll(/[*?]/g, 'x'), aud: aud.replaceAll(/[*?]/g, 'x') }
      return decideTrust({ roleArn: role.id, providerArn: principal.name, issuer, claims }, policy)
    }),
  )
  if (answers.some(({ answer }) => answer === 'allow')) return true
  const open = answers.find(({ answer }) => answer === 'unknown')
  if (open === undefined) return false
  throw new Unread({ kind: role.kind, id: role.id, reason: `whether its trust policy lets a token in: ${open.reason}` })
}

function take(search: Search, way: string, answer: Yes, gained: readonly Gained[]): void {
  const [first, ...others] = gained
  if (first === undefined) return
  const names = others.map(({ trusting }) => trusting.role.body.RoleName)
  const more =
    names.length === 0 ? '' : `, as well as ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`
  const trusts = gained
    .slice(0, 4)
    .map(({ trusting: { role, principal } }) =>
      role.at([...trustPath, ...principal.path], `role ${role.body.RoleName} trusts the provider`),
    )
  search.found.push({ to: `${way} ${first.text}${more}`, evidence: [...placesOf(answer), ...trusts] })
}

const issuerIn = (arn: string): string => arn.slice(arn.indexOf(':oidc-provider/') + ':oidc-provider/'.length)
