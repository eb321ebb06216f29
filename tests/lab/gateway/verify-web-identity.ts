import type { Account } from './account-reader.ts'
import { apiRequest } from '../control-plane/api-request.ts'
import type { Question, VerifiedIdentity } from './assume-role-with-web-identity.ts'
import type { GatewayContext } from './handlers.ts'
import { isSignedBy, type JsonWebToken, parseToken, type SigningKey } from './json-web-token.ts'
import { refusals, type Refusal } from './sts-refusal.ts'

/**
 * Whether STS would believe this token for a role of that account: the issuer's provider is in the role's account, a
 * key of the issuer signed the token, it has not expired, and one of its audiences is a client id of the provider.
 * AWS does not say in which order it asks; this order gives the answer that is nearest to the cause.
 */
export async function verifyWebIdentity(
  text: string,
  question: Question,
  account: Account,
  context: GatewayContext,
): Promise<VerifiedIdentity | Refusal> {
  const token = parseToken(text)
  if (!token) return refusals.notAToken()
  const { iss, sub, exp, aud } = token.claims
  if (typeof iss !== 'string') return refusals.missingClaim('iss')
  if (typeof sub !== 'string') return refusals.missingClaim('sub')
  if (typeof exp !== 'number') return refusals.missingClaim('exp')
  const host = iss.replace(/^https:\/\//, '')
  const provider = await account.oidcProvider(`arn:${question.partition}:iam::${question.accountId}:oidc-provider/${host}`)
  if (!provider) return refusals.noProvider(iss)
  const unproven = await signatureRefusal(token, iss, context)
  if (unproven) return unproven
  const now = Math.floor(Date.now() / 1000)
  if (now >= exp) return refusals.expired(now, exp)
  const audience = audiences(aud).find(candidate => provider.clientIds.includes(candidate))
  return audience === undefined ? refusals.wrongAudience() : { token, provider, audience }
}

async function signatureRefusal(token: JsonWebToken, issuer: string, context: GatewayContext): Promise<Refusal | undefined> {
  const keys = issuer === context.issuer ? await clusterKeys(context) : []
  const key = keys.find(({ kid }) => kid === token.header.kid)
  if (!key) return refusals.noVerificationKey()
  return isSignedBy(token, key) ? undefined : refusals.badSignature()
}

/** The keys with which the API server signs tokens of service accounts. */
export async function clusterKeys({ cluster }: Pick<GatewayContext, 'cluster'>): Promise<readonly SigningKey[]> {
  const answer = await apiRequest(cluster, 'GET', '/openid/v1/jwks')
  if (answer.status !== 200) throw new Error(`the API server's keys: HTTP ${answer.status} ${answer.body}`)
  return (JSON.parse(answer.body) as { keys: SigningKey[] }).keys
}

function audiences(claim: unknown): string[] {
  return (Array.isArray(claim) ? claim : [claim]).filter(value => typeof value === 'string')
}
