import { parseArn } from './arn.ts'
import type { CompiledPolicy } from './compile.ts'
import { INVALID, type CompiledStatement } from './compile-statement.ts'
import { decide, type Decision, type Policies } from './decide.ts'
import { compileGlob, globMatches, type Glob } from './glob.ts'
import type { Context, Request } from './request.ts'

/** The claims of a service account's token that AWS offers to policies. */
export interface TokenClaims {
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly sub: string
  readonly aud: string | readonly string[]
}

/** One call of sts:AssumeRoleWithWebIdentity. */
export interface TrustQuestion {
  readonly roleArn: string
  /** ARN of the IAM OIDC provider in the role's account. */
  readonly providerArn: string
  /** Without `https://`: `oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE`. Condition keys begin with it. */
  readonly issuer: string
  readonly claims: TokenClaims
  /** Further facts that are known, such as `aws:SourceIp`. */
  readonly context?: Context
}

/**
 * Keys that this call may carry and that only the world knows. Everything else is absent: a service account's token carries no tags and no
 * source identity, its caller is no principal of an organization, and claims of other issuers are not in it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
const OPEN_KEYS: readonly string[] = [
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:vpcsourceip',
  'aws:vpce',
  'aws:useragent',
  'aws:referer',
  'aws:currenttime',
  'aws:epochtime',
  'aws:requestedregion',
  'aws:resourceorg',
  'aws:resourcetag/',
  'aws:federatedprovider',
  'iam:resourcetag/',
  'sts:rolesessionname',
  'sts:durationseconds',
]

/** The request that STS judges when a pod presents its token for a role. */
export function trustRequest(question: TrustQuestion): Request {
  const { issuer, claims, roleArn } = question
  const account = parseArn(roleArn)?.account
  return {
    principal: { kind: 'webIdentity', provider: question.providerArn },
    action: 'sts:AssumeRoleWithWebIdentity',
    resource: roleArn,
    context: {
      [`${issuer}:sub`]: claims.sub,
      [`${issuer}:aud`]: audience(claims.aud),
      [`${issuer}:iss`]: `https://${issuer}`,
      'aws:SecureTransport': 'true',
      'aws:ViaAWSService': 'false',
      'aws:PrincipalIsAWSService': 'false',
      ...(account === undefined ? {} : { 'aws:ResourceAccount': account }),
      ...question.context,
    },
    unlistedKeys: { unknown: OPEN_KEYS },
  }
}

/** `aud` is a single-valued key; AWS does not say what it holds for a token of several audiences. */
function audience(aud: string | readonly string[]): Context[string] {
  if (typeof aud === 'string') return aud
  return aud.length === 1 ? (aud[0] ?? null) : { unknown: 'the token has several audiences' }
}

/** Decides a trust question from the trust policy and, where they take part, resource control and endpoint policies. */
export function decideTrust(
  question: TrustQuestion,
  trust: CompiledPolicy,
  others: Pick<Policies, 'resourceControl' | 'endpoint'> = {},
): Decision {
  return decide(trustRequest(question), { ...others, resource: [trust] })
}

export interface TrustEntry {
  readonly roleArn: string
  readonly trust: CompiledPolicy
}

/** Where tokens come from: one cluster's issuer and how each role's account knows it. */
export interface TokenSource {
  readonly issuer: string
  readonly aud: string | readonly string[]
  /** The provider's ARN in the account of a role; the default takes partition and account from the role's ARN. */
  readonly providerArn?: (roleArn: string) => string
}

export interface TrustMatch {
  /** Index into the entries. */
  readonly role: number
  readonly decision: Decision
}

/** Every role that some subject may assume, without asking every pair. */
export interface TrustIndex {
  /** The roles whose trust allows the subject, or may allow it (`unknown`); in the order of the entries. All others deny. */
  rolesFor(sub: string): readonly TrustMatch[]
}

/**
 * Prepares the question "which roles may each service account assume" for one issuer. Roles whose Allow statements all name whole subjects
 * are found by the subject, those with patterns by the patterns; only the rest is asked about every subject. The answers are those of `decideTrust`.
 */
export function trustIndex(entries: readonly TrustEntry[], source: TokenSource): TrustIndex {
  const exact = new Map<string, number[]>()
  const open: { readonly role: number; readonly globs: readonly Glob[] | undefined }[] = []
  const key = `${source.issuer}:sub`.toLowerCase()
  entries.forEach((entry, role) => {
    const subjects = trustedSubjects(entry.trust, key)
    const patterns = subjects?.filter(isPattern)
    if (patterns?.length !== 0) open.push({ role, globs: subjects?.map(compileGlob) })
    else for (const subject of new Set(subjects)) append(exact, subject, role)
  })
  const candidates = (sub: string): readonly number[] => [
    ...(exact.get(sub) ?? []),
    ...open.filter(({ globs }) => globs === undefined || globs.some(glob => globMatches(glob, sub))).map(({ role }) => role),
  ]
  return {
    rolesFor: sub =>
      candidates(sub)
        .toSorted((a, b) => a - b)
        .flatMap(role => {
          const entry = entries[role]
          if (entry === undefined) return []
          const providerArn = source.providerArn?.(entry.roleArn) ?? providerArnFor(entry.roleArn, source.issuer)
          const decision = decideTrust(
            { roleArn: entry.roleArn, providerArn, issuer: source.issuer, claims: { sub, aud: source.aud } },
            entry.trust,
          )
          return decision.answer === 'allow' || decision.answer === 'unknown' ? [{ role, decision }] : []
        }),
  }
}

function append(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

/** The provider's ARN that stands in the account and partition of a role. */
export function providerArnFor(roleArn: string, issuer: string): string {
  const arn = parseArn(roleArn)
  return `arn:${arn?.partition ?? 'aws'}:iam::${arn?.account ?? ''}:oidc-provider/${issuer}`
}

/** All subjects, or patterns of them, that the Allow statements may let in; undefined when some statement does not say. */
function trustedSubjects(trust: CompiledPolicy, key: string): readonly string[] | undefined {
  const subjects: string[] = []
  for (const statement of trust.statements) {
    if (statement.effect === 'Deny' || statement.invalid) continue
    const listed = statementSubjects(statement, key)
    if (listed === undefined) return undefined
    subjects.push(...listed)
  }
  return subjects
}

function isPattern(subject: string): boolean {
  return subject.includes('*') || subject.includes('?')
}

/**
 * One plain condition on the subject, without variables, is enough: all conditions of a statement must hold. A star that StringEquals takes
 * literally is treated as a pattern too; that only asks about more pairs than need be.
 */
function statementSubjects(statement: CompiledStatement, key: string): readonly string[] | undefined {
  for (const clause of statement.conditions) {
    if (clause === INVALID || clause.quantifier !== 'one' || !clause.lowerKey.endsWith(':sub')) continue
    if (clause.base !== 'StringEquals' && clause.base !== 'StringLike') continue
    // Another issuer's subject is never in this issuer's tokens.
    if (clause.lowerKey !== key && !clause.ifExists && !/^(aws|iam|sts):/.test(clause.lowerKey)) return []
    if (clause.lowerKey === key && clause.values.every(value => !value.includes('${'))) return clause.values
  }
  return undefined
}
