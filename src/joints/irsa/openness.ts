import { perWorld } from '#joints/per-world.ts'
import { trustOf, trustPolicyOf, type Trust } from '#joints/trust.ts'
import type { Path } from '#model/place.ts'
import { valueAt } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import { parseRoleArn } from './service-account.ts'

/**
 * How far a role is open to service accounts that nobody meant. It is found by asking the engine about service accounts that do not exist, so
 * whatever operators, lists and Deny statements the policy has are taken as AWS takes them.
 */
export type Reach = 'any-service-account' | 'any-namespace' | 'namespace-prefix' | 'whole-namespace'

export interface Opening {
  readonly reach: Reach
  /** The token that is let in and names a service account that nobody named. */
  readonly trust: Trust
  /** Path inside the trust policy of the statement that lets it in. */
  readonly statement: Path
  /** The namespace that is open as a whole, or the prefix that namespaces share. */
  readonly namespace?: string
}

/** Names that nobody has: long, and with no meaning. */
const stranger = 'mortise-probe-5b1f0c'
const defaultAudience = 'sts.amazonaws.com'
const providerPattern = /^arn:[a-z0-9-]+:iam::\d{12}:oidc-provider\/(.+)$/
/** `oidc.eks.<region>.amazonaws.com`, and `oidc-eks.<region>.api.aws` for dual-stack clusters. */
const eksIssuer = /^oidc[.-]eks\.[a-z0-9-]+\.[a-z0-9.]+\/id\/[^/]+$/

/** The issuer of an EKS cluster in the ARN of its OIDC provider; undefined for any other text. */
export function eksIssuerOf(provider: string): string | undefined {
  const issuer = providerPattern.exec(provider)?.[1]
  return issuer !== undefined && eksIssuer.test(issuer) ? issuer : undefined
}

/**
 * The widest opening of a role for each EKS issuer that its trust policy names; none for a role that is as closed as its author wrote it.
 * @throws Unread when the policy was not read, or the answer depends on what only the live call knows.
 */
export function openingsOf(world: object, role: Resource<'aws/iam/Role'>): readonly Opening[] {
  const known = openings(world)
  const found = known.get(role) ?? issuersOf(role).flatMap(issuer => widest(world, role, issuer) ?? [])
  known.set(role, found)
  return found
}

/** Four checks ask about every role, and the answer is the same for all of them. */
const openings = perWorld((_world: object) => new Map<Resource<'aws/iam/Role'>, readonly Opening[]>())

/**
 * The EKS issuers whose providers the policy names, in the role's own account.
 * @throws Unread when the policy was not read.
 */
export function issuersOf(role: Resource<'aws/iam/Role'>): readonly string[] {
  const account = parseRoleArn(role.id)?.account
  const issuers = textsIn(trustPolicyOf(role).document).flatMap(text => {
    const issuer = eksIssuerOf(text)
    return issuer !== undefined && text.includes(`::${account}:`) ? [issuer] : []
  })
  return [...new Set(issuers)].sort()
}

interface Candidate {
  readonly reach: Reach
  readonly subject: string
  readonly namespace?: string
}

function widest(world: object, role: Resource<'aws/iam/Role'>, issuer: string): Opening | undefined {
  const texts = textsIn(trustPolicyOf(role).document)
  const audiences = [defaultAudience, ...texts.filter(text => text !== defaultAudience && !text.includes(':'))]
  for (const candidate of candidates(texts)) {
    for (const audience of audiences) {
      const trust = ask(world, role, issuer, candidate.subject, audience)
      if (!trust.allowed) continue
      const statement = trust.policy.statements[trust.decision.decidedBy?.statement ?? 0]
      const { reach, namespace } = candidate
      return { reach, trust, statement: statement?.path ?? [], ...(namespace === undefined ? {} : { namespace }) }
    }
  }
  return undefined
}

function ask(world: object, role: Resource<'aws/iam/Role'>, issuer: string, subject: string, audience: string): Trust {
  const { partition, account } = parseRoleArn(role.id) ?? { partition: 'aws', account: '' }
  return trustOf(world, role, { provider: `arn:${partition}:iam::${account}:oidc-provider/${issuer}`, issuer, subject, audience })
}

/** Widest first. Namespaces and names are those that the policy's own values spell out. */
function candidates(texts: readonly string[]): readonly Candidate[] {
  const parts = texts.flatMap(subjectParts)
  const names = unique(parts.flatMap(part => literal(part.name)))
  const namespaces = unique(parts.flatMap(part => literal(part.namespace)))
  const prefixes = unique(parts.flatMap(part => literalPrefix(part.namespace)))
  return [
    { reach: 'any-service-account', subject: subjectOf(stranger, stranger) },
    ...names.map((name): Candidate => ({ reach: 'any-namespace', subject: subjectOf(stranger, name) })),
    ...prefixes.flatMap(prefix =>
      [stranger, ...names].map((name): Candidate => ({
        reach: 'namespace-prefix',
        subject: subjectOf(prefix + stranger, name),
        namespace: prefix,
      })),
    ),
    ...namespaces.map((namespace): Candidate => ({ reach: 'whole-namespace', subject: subjectOf(namespace, stranger), namespace })),
  ]
}

const subjectOf = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`

function subjectParts(text: string): readonly { readonly namespace: string; readonly name: string }[] {
  const [system, kind, namespace, name, ...rest] = text.split(':')
  if (system !== 'system' || kind !== 'serviceaccount' || namespace === undefined || name === undefined || rest.length > 0) return []
  return [{ namespace, name }]
}

const wildcard = /[*?]/
const literal = (text: string): readonly string[] => (text === '' || wildcard.test(text) ? [] : [text])

function literalPrefix(text: string): readonly string[] {
  const at = text.search(wildcard)
  return at > 0 ? [text.slice(0, at)] : []
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort()

/** Every text in a document, keys left out. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}

/** The paths of a statement's conditions on the subject, whatever the case of the key. */
export function subjectConditions({ trust, statement }: Opening): readonly Path[] {
  const conditions = valueAt(trust.policy.document, [...statement, 'Condition'])
  if (typeof conditions !== 'object' || conditions === null) return []
  const key = `${trust.token.issuer}:sub`.toLowerCase()
  return Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.keys((keys as object | null) ?? {})
      .filter(name => name.toLowerCase() === key)
      .map(name => [...statement, 'Condition', operator, name]),
  )
}
