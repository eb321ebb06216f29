import { lastName, parseArn } from './arn.ts'
import { isRecord, type Path, type PrincipalType } from './document.ts'
import { GRANT_ALONE, GRANT_NONE, GRANT_ROLE, type Grant, type PrincipalName, type Question } from './question.ts'
import type { Problem } from './problem.ts'
import { NO, UNSURE, YES, type Truth } from './truth.ts'

/** A Principal or NotPrincipal element made ready. There are no partial wildcards in it: `*` is everyone or nobody. */
export interface PrincipalMatcher {
  readonly negated: boolean
  readonly element: 'Principal' | 'NotPrincipal'
  readonly path: Path
  readonly everyone: boolean
  readonly named: Readonly<Record<PrincipalType, ReadonlySet<string>>>
  /** `partition:account:name` of every role named, for sessions whose role's path nobody read. */
  readonly roleNames: ReadonlySet<string>
}

const TYPES: readonly PrincipalType[] = ['AWS', 'Federated', 'Service', 'CanonicalUser']

/** Reads `"*"`, `{"AWS": …}` and so on; what is not one of the forms is a problem. */
export function compilePrincipal(element: unknown, negated: boolean, path: Path, problems: Problem[]): PrincipalMatcher | undefined {
  const name = negated ? 'NotPrincipal' : 'Principal'
  const named: Record<PrincipalType, Set<string>> = { AWS: new Set(), Federated: new Set(), Service: new Set(), CanonicalUser: new Set() }
  if (element === '*') return { negated, element: name, path, everyone: true, named, roleNames: new Set() }
  if (!isRecord(element) || Object.keys(element).length === 0) {
    problems.push({
      path,
      code: 'invalid-principal',
      message: `${name} is neither "*" nor a map of AWS, Service, Federated or CanonicalUser`,
    })
    return undefined
  }
  let sound = true
  for (const [type, value] of Object.entries(element)) {
    const known = TYPES.find(each => each === type)
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    if (known === undefined || values.some(each => typeof each !== 'string' && typeof each !== 'number')) {
      problems.push({
        path: [...path, type],
        code: 'invalid-principal',
        message: `${type} is no kind of principal, or its values are no text`,
      })
      sound = false
      continue
    }
    for (const each of values) named[known].add(typeof each === 'string' ? each : String(each).padStart(12, '0'))
  }
  if (!sound) return undefined
  return { negated, element: name, path, everyone: named.AWS.has('*'), named, roleNames: roleNames(named.AWS) }
}

function roleNames(principals: ReadonlySet<string>): ReadonlySet<string> {
  const names = new Set<string>()
  for (const text of principals) {
    const arn = parseArn(text)
    if (arn?.service === 'iam' && arn.resource.startsWith('role/')) names.add(roleKey(arn.partition, arn.account, arn.resource))
  }
  return names
}

function roleKey(partition: string, account: string, resource: string): string {
  return `${partition}:${account}:${lastName(resource)}`
}

/** Whether a statement is about the principal, and the strongest name it uses. */
export function principalGrant(matcher: PrincipalMatcher, question: Question): Grant {
  if (matcher.everyone) return GRANT_ALONE
  const named = strongestName(matcher, question)
  if (named !== GRANT_NONE) return named
  const { kind } = question.request.principal
  if ((kind === 'webIdentity' || kind === 'saml') && matcher.named.Federated.has('*')) return GRANT_ALONE
  return kind === 'service' && matcher.named.Service.has('*') ? GRANT_ALONE : GRANT_NONE
}

function strongestName(matcher: PrincipalMatcher, question: Question): Grant {
  let strongest: Grant = GRANT_NONE
  for (const name of question.names) {
    if (name.grant > strongest && isNamed(matcher, name, question)) strongest = name.grant
  }
  return strongest
}

function isNamed(matcher: PrincipalMatcher, name: PrincipalName, question: Question): boolean {
  if (matcher.named[name.type].has(name.text)) return true
  const { principal } = question.request
  if (principal.kind !== 'roleSession' || principal.pathUnknown !== true || name.text !== principal.roleArn) return false
  const arn = parseArn(principal.roleArn)
  return arn !== undefined && matcher.roleNames.has(roleKey(arn.partition, arn.account, arn.resource))
}

/**
 * Whether a Deny with NotPrincipal is about the principal. Exempt are only principals whose whole chain is listed: the account, the role
 * or user, and for a role the session. Who is not listed is denied, though the list names its account: with [Bob, Bob's account], "all
 * principals except the user named Bob" are denied. With part of the chain AWS "might" deny, so nobody knows. A principal with a permissions
 * boundary is always denied. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export function notPrincipalDenies(matcher: PrincipalMatcher, question: Question): Truth {
  if (matcher.everyone) return NO
  const listed = chainListed(matcher, question)
  if (question.bounded === true) return YES
  if (question.bounded === 'unread' && listed !== YES) return listed === NO ? YES : UNSURE
  if (listed === YES) return question.bounded === 'unread' ? UNSURE : NO
  return listed === NO ? YES : UNSURE
}

/** YES when the whole chain is listed, NO when it is another's chain that is or nothing of this one, UNSURE between. */
function chainListed(matcher: PrincipalMatcher, question: Question): Truth {
  const { kind } = question.request.principal
  const federatedStar = (kind === 'webIdentity' || kind === 'saml') && matcher.named.Federated.has('*')
  const serviceStar = kind === 'service' && matcher.named.Service.has('*')
  if (federatedStar || serviceStar) return YES
  const wanted = new Set<Grant>(question.names.map(name => name.grant))
  const listed = new Set<Grant>()
  for (const name of question.names) if (isNamed(matcher, name, question)) listed.add(name.grant)
  if (listed.size === 0) return NO
  if ([...wanted].every(grant => listed.has(grant))) return YES
  return anotherChainListed(matcher, question, listed) ? NO : UNSURE
}

/**
 * The form that AWS's page recommends, for somebody else: the account is listed for the sake of another user or role in it, or the role for
 * the sake of another of its sessions. An account alone, and a role without any session, are left open: the page does not say whether
 * they stand for everybody in them.
 */
function anotherChainListed(matcher: PrincipalMatcher, question: Question, listed: ReadonlySet<Grant>): boolean {
  if (listed.has(GRANT_ALONE)) return false
  const below = listed.has(GRANT_ROLE) ? sessionsOf(question.request.principal) : entitiesOf(question)
  return [...matcher.named.AWS].some(text => below.some(start => text.startsWith(start)))
}

/** How the names of sessions of the caller's role begin. */
function sessionsOf(principal: Question['request']['principal']): readonly string[] {
  const arn = principal.kind === 'roleSession' ? parseArn(principal.roleArn) : undefined
  if (principal.kind !== 'roleSession' || arn === undefined) return []
  const byArn = `arn:${arn.partition}:sts::${arn.account}:assumed-role/${lastName(arn.resource)}/`
  return principal.uniqueId === undefined ? [byArn] : [byArn, `${principal.uniqueId}:`]
}

/** How the ARNs of users, roles and sessions of the caller's account begin. */
function entitiesOf(question: Question): readonly string[] {
  const root = question.names.find(name => name.text.endsWith(':root'))?.text.slice(0, -'root'.length)
  if (root === undefined) return []
  const sessions = root.replace(':iam:', ':sts:')
  return [`${root}user/`, `${root}role/`, `${sessions}assumed-role/`, `${sessions}federated-user/`]
}

/** Whether an Allow with NotPrincipal is about the principal: everyone whom no name lists, anonymous callers too. */
export function notPrincipalAllows(matcher: PrincipalMatcher, question: Question): Grant {
  return principalGrant(matcher, question) === GRANT_NONE ? GRANT_ALONE : GRANT_NONE
}
