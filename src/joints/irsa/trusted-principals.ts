import type { CompiledPolicy } from '#iam/compile.ts'
import { parseArn } from '#iam/arn.ts'
import { trustPath, trustPolicyOf } from '#joints/trust.ts'
import type { Path } from '#model/place.ts'
import { valueAt } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { eksIssuerOf } from './openness.ts'

type Role = Resource<'aws/iam/Role'>

/** One name under the Principal of an Allow statement of a trust policy. */
export interface TrustedPrincipal {
  readonly type: string
  readonly name: string
  /** Index of the statement. */
  readonly statement: number
  /** Inside the trust policy: the value itself. */
  readonly path: Path
}

/** The service that assumes roles for Pod Identity. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html */
const podIdentityService = 'pods.eks.amazonaws.com'

/** Whoever the Allow statements name, in the order of the document. A statement with an invalid element grants nothing. */
export const trustedPrincipals = (policy: CompiledPolicy): readonly TrustedPrincipal[] =>
  policy.statements.flatMap(statement => {
    const { principal } = statement
    if (statement.effect !== 'Allow' || statement.invalid || principal === undefined || principal === 'invalid' || principal.negated)
      return []
    return namesIn(policy.document, principal.path).map(name => ({ ...name, statement: statement.index }))
  })

function namesIn(document: unknown, path: Path): readonly Omit<TrustedPrincipal, 'statement'>[] {
  const element = valueAt(document, path)
  if (element === '*') return [{ type: 'AWS', name: '*', path }]
  if (typeof element !== 'object' || element === null) return []
  return Object.entries(element).flatMap(([type, value]: [string, unknown]) =>
    Array.isArray(value)
      ? value.map((name, index) => ({ type, name: String(name), path: [...path, type, index] }))
      : [{ type, name: String(value), path: [...path, type] }],
  )
}

/** An EKS cluster's OIDC provider, or EKS itself for Pod Identity. */
export const isPods = ({ type, name }: Pick<TrustedPrincipal, 'type' | 'name'>): boolean =>
  (type === 'Federated' && eksIssuerOf(name) !== undefined) || (type === 'Service' && name === podIdentityService)

/**
 * Where the role lets pods of a cluster in; undefined for a role that no pod gets by IRSA or Pod Identity.
 * @throws Unread when the trust policy was not read.
 */
export function podTrust(role: Role): Evidence | undefined {
  const account = parseArn(role.id)?.account ?? ''
  // STS looks for the provider in the role's own account.
  const principal = trustedPrincipals(trustPolicyOf(role)).find(
    each => isPods(each) && (each.type === 'Service' || each.name.includes(`::${account}:`)),
  )
  if (principal === undefined) return undefined
  const how =
    principal.type === 'Service' ? 'pods get the role through Pod Identity' : 'pods get the role through the OIDC provider of a cluster'
  return role.at([...trustPath, ...principal.path], how)
}

/** Why a role that pods cannot get is none of this joint's business. */
export const notForPods = 'the role trusts no EKS cluster'
