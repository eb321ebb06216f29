import { Unread } from '#base/errors.ts'
import { compilePolicy, type CompiledPolicy } from '#iam/compile.ts'
import type { Decision } from '#iam/decide.ts'
import { decideTrust, type TrustQuestion } from '#iam/web-identity.ts'
import type { Path, Spot } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { perWorld } from './per-world.ts'

/** A service account's token, as STS sees it when it is presented for a role. */
export interface WebIdentityToken {
  /** ARN of the IAM OIDC provider in the role's account. */
  readonly provider: string
  /** Without `https://`, as condition keys begin. */
  readonly issuer: string
  /** `system:serviceaccount:payments:reader`. */
  readonly subject: string
  readonly audience: string
}

/** Whether a role trusts a token, with the policy and the decision that say so. */
export interface Trust {
  readonly role: Resource<'aws/iam/Role'>
  readonly token: WebIdentityToken
  readonly question: TrustQuestion
  readonly policy: CompiledPolicy
  readonly allowed: boolean
  readonly decision: Decision
  /** Evidence about a value of the trust policy, by its path inside the document. */
  readonly at: (path: Path, label: string, spot?: Spot) => Evidence
}

export const trustPath: Path = ['AssumeRolePolicyDocument']

/**
 * Whether the role's trust policy lets the token in. Asked once per world, role and token, whichever check asks first.
 * @throws Unread when the policy was not read or is none, or when the answer depends on something that only the live call knows.
 */
export function trustOf(world: object, role: Resource<'aws/iam/Role'>, token: WebIdentityToken): Trust {
  const known = answers(world)
  const key = JSON.stringify([role.id, token.provider, token.issuer, token.subject, token.audience])
  const trust = known.get(key) ?? ask(role, token)
  known.set(key, trust)
  const { decision } = trust
  if (decision.answer !== 'unknown') return trust
  throw new Unread({
    kind: 'aws/iam/Role',
    id: role.id,
    reason: `whether its trust policy lets a token in: ${decision.reason}`,
    settle: { by: 'user', step: unknownStep(decision) },
  })
}

/** The question as the engine takes it. */
export const trustQuestion = (roleArn: string, token: WebIdentityToken): TrustQuestion => ({
  roleArn,
  providerArn: token.provider,
  issuer: token.issuer,
  claims: { sub: token.subject, aud: token.audience },
})

const answers = perWorld((_world: object) => new Map<string, Trust>())

function ask(role: Resource<'aws/iam/Role'>, token: WebIdentityToken): Trust {
  const policy = trustPolicyOf(role)
  const question = trustQuestion(role.id, token)
  const decision = decideTrust(question, policy)
  return {
    role,
    token,
    question,
    policy,
    decision,
    allowed: decision.answer === 'allow',
    at: (path, label, spot = 'value') => role.at([...trustPath, ...path], label, spot),
  }
}

const compiled = new WeakMap<object, CompiledPolicy>()

/**
 * The role's trust policy, compiled once.
 * @throws Unread when it was not read or is none.
 */
export function trustPolicyOf(role: Resource<'aws/iam/Role'>): CompiledPolicy {
  const document = role.body.AssumeRolePolicyDocument
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw new Unread(unreadable(role.id, document))
  const known = compiled.get(document)
  if (known !== undefined) return known
  const policy = compilePolicy(document, 'trust')
  compiled.set(document, policy)
  return policy
}

const unreadable = (id: string, document: unknown) => ({
  kind: 'aws/iam/Role',
  id,
  reason: document === undefined ? 'the role was read without its trust policy' : 'its trust policy is not a JSON object',
  settle:
    document === undefined
      ? ({ by: 'iam', action: 'iam:GetRole' } as const)
      : ({ by: 'user', step: 'read the role again with aws iam get-role' } as const),
})

function unknownStep(decision: Decision): string {
  const keys = [...new Set(decision.conditional.map(residual => residual.key))]
  if (keys.length === 0) return 'mend the trust policy element that IAM would refuse'
  return `compare the policy's condition on ${keys.join(', ')} with the pods' calls to STS`
}
