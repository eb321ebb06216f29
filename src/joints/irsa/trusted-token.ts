import { decideTrust, type TrustQuestion } from '#iam/web-identity.ts'
import type { CompiledPolicy } from '#iam/compile.ts'
import { trustOf, trustPolicyOf, trustQuestion } from '#joints/trust.ts'
import type { Resource } from '#model/resource.ts'
import type { TrustReader } from './trust-verdict.ts'
import { parseRoleArn, roleArnOf } from './service-account.ts'
import { tokenFor, type IssuedToken } from './token.ts'

/** A token that the trust policy of its role lets in: what else may stand in the way is asked then. */
export interface TrustedToken {
  readonly role: Resource<'aws/iam/Role'>
  readonly token: IssuedToken
  readonly question: TrustQuestion
  readonly policy: CompiledPolicy
}

/**
 * The token of a service account's pods; a text says why there is nothing to ask.
 * @throws Unread when the role, its policy or the cluster was not read
 */
export function trustedToken(world: TrustReader, serviceAccount: Resource<'k8s/ServiceAccount'>): TrustedToken | string {
  const arn = roleArnOf(serviceAccount)
  if (arn === undefined) return 'the service account names no role'
  const parts = parseRoleArn(arn)
  if (parts === undefined) return 'the role ARN is malformed'
  const role = world.find('aws/iam/Role', arn)
  if (role === undefined) return 'the role does not exist'
  const token = tokenFor(world, serviceAccount, parts)
  trustOf(world, role, token)
  const question = trustQuestion(arn, token)
  const policy = trustPolicyOf(role)
  return decideTrust(question, policy).answer === 'allow'
    ? { role, token, question, policy }
    : 'the trust policy does not surely let the token in'
}
