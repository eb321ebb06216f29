import { arnSegments, lastName, parseArn, type ArnSegments } from './arn.ts'
import type { ContextValue, Principal, Request, UnknownValue } from './request.ts'

/** How a principal is called in policies, and what a resource policy that calls it so may grant by itself. */
export interface PrincipalName {
  readonly type: 'AWS' | 'Federated' | 'Service' | 'CanonicalUser'
  readonly text: string
  readonly grant: Grant
}

/**
 * What a resource policy grants to a principal of the same account by itself, weakest first: `account` only delegates to the account's own
 * policies, `role` skips the identity policies but not boundary and session, `alone` needs nothing else.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export type Grant = 0 | 1 | 2 | 3
export const GRANT_NONE = 0
export const GRANT_ACCOUNT = 1
export const GRANT_ROLE = 2
export const GRANT_ALONE = 3

export type Fact = readonly string[] | UnknownValue | undefined

const NOT_LISTED: UnknownValue = { unknown: 'not given' }

/** A request made ready for matching: what statements ask of it is worked out once, when first asked. */
export class Question {
  readonly request: Request
  readonly action: string
  /** Whether the principal has a permissions boundary: a Deny with NotPrincipal always denies those that have. */
  readonly bounded: boolean | 'unread'
  #segments: ArnSegments | undefined
  #context: ReadonlyMap<string, Fact> | undefined
  #names: readonly PrincipalName[] | undefined

  constructor(request: Request, bounded: boolean | 'unread' = false) {
    this.request = request
    this.bounded = bounded
    this.action = request.action.toLowerCase()
  }

  get resourceSegments(): ArnSegments {
    return (this.#segments ??= arnSegments(this.request.resource))
  }

  get names(): readonly PrincipalName[] {
    return (this.#names ??= kept(NAMES, this.request.principal, principalNames))
  }

  /** The values of a key given in lower case: undefined when it is known to be absent. */
  lookup(key: string): Fact {
    this.#context ??= kept(CONTEXTS, this.request.context, lowerKeys)
    const fact = this.#context.get(key)
    if (fact !== undefined || this.#context.has(key)) return fact
    const unlisted = this.request.unlistedKeys ?? 'absent'
    if (unlisted === 'absent') return undefined
    if (unlisted === 'unknown') return NOT_LISTED
    if ('absent' in unlisted) return unlisted.absent.some(prefix => key.startsWith(prefix)) ? undefined : NOT_LISTED
    return unlisted.unknown.some(prefix => key.startsWith(prefix)) ? NOT_LISTED : undefined
  }
}

/** One session asks many questions: what depends on its context or principal alone is kept as long as those objects live. They must not change. */
const CONTEXTS = new WeakMap<Request['context'], ReadonlyMap<string, Fact>>()
const ACCOUNTS = new WeakMap<Principal, { readonly account: string | undefined }>()
const NAMES = new WeakMap<Principal, readonly PrincipalName[]>()

function kept<K extends WeakKey, V>(store: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const found = store.get(key)
  if (found !== undefined) return found
  const made = make(key)
  store.set(key, made)
  return made
}

/** Keys are compared without case, tag keys too, so two tags that differ by case only are one key with two values: nobody knows which counts. */
function lowerKeys(context: Request['context']): ReadonlyMap<string, Fact> {
  const facts = new Map<string, Fact>()
  for (const key in context) {
    if (!Object.hasOwn(context, key)) continue
    const lower = key.toLowerCase()
    const fact = factOf(context[key])
    const clash = facts.has(lower) && JSON.stringify(facts.get(lower)) !== JSON.stringify(fact)
    facts.set(lower, clash ? { unknown: `two keys differ from ${key} only by case` } : fact)
  }
  return facts
}

function factOf(value: ContextValue | undefined): Fact {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string') return [value]
  if ('unknown' in value) return value
  return value.length === 0 ? undefined : value
}

/** Every name that policies may use for a principal, strongest grant first. */
export function principalNames(principal: Principal): readonly PrincipalName[] {
  switch (principal.kind) {
    case 'roleSession':
      return roleSessionNames(principal)
    case 'user': {
      const names: PrincipalName[] = [{ type: 'AWS', text: principal.arn, grant: GRANT_ALONE }]
      if (principal.uniqueId !== undefined) names.push({ type: 'AWS', text: principal.uniqueId, grant: GRANT_ALONE })
      return [...names, ...accountNames(principal.arn)]
    }
    case 'federatedUser':
      return [{ type: 'AWS', text: principal.arn, grant: GRANT_ALONE }, ...accountNames(principal.arn)]
    case 'root': {
      const names = accountNames(`arn:${principal.partition}:iam::${principal.account}:root`)
      return principal.canonicalId === undefined
        ? names
        : [...names, { type: 'CanonicalUser', text: principal.canonicalId, grant: GRANT_ACCOUNT }]
    }
    case 'webIdentity':
    case 'saml':
      return [{ type: 'Federated', text: principal.provider, grant: GRANT_ALONE }]
    case 'service':
      return [{ type: 'Service', text: principal.name, grant: GRANT_ALONE }]
    case 'anonymous':
      return []
  }
}

function roleSessionNames(principal: Extract<Principal, { kind: 'roleSession' }>): readonly PrincipalName[] {
  const names: PrincipalName[] = []
  const arn = parseArn(principal.roleArn)
  if (arn !== undefined) {
    const session = `arn:${arn.partition}:sts::${arn.account}:assumed-role/${lastName(arn.resource)}/${principal.sessionName}`
    names.push({ type: 'AWS', text: session, grant: GRANT_ALONE })
  }
  if (principal.uniqueId !== undefined) {
    names.push({ type: 'AWS', text: `${principal.uniqueId}:${principal.sessionName}`, grant: GRANT_ALONE })
    names.push({ type: 'AWS', text: principal.uniqueId, grant: GRANT_ROLE })
  }
  names.push({ type: 'AWS', text: principal.roleArn, grant: GRANT_ROLE })
  return [...names, ...accountNames(principal.roleArn)]
}

/** An account's id alone means the same as the ARN of its root. */
function accountNames(arn: string): readonly PrincipalName[] {
  const parsed = parseArn(arn)
  if (parsed === undefined) return []
  return [
    { type: 'AWS', text: `arn:${parsed.partition}:iam::${parsed.account}:root`, grant: GRANT_ACCOUNT },
    { type: 'AWS', text: parsed.account, grant: GRANT_ACCOUNT },
  ]
}

/** As `principalAccount`, kept with the principal. */
export function accountOf(question: Question): string | undefined {
  return kept(ACCOUNTS, question.request.principal, each => ({ account: principalAccount(each) })).account
}

/** The account a principal belongs to; none for services, anonymous callers and identity providers. */
export function principalAccount(principal: Principal): string | undefined {
  switch (principal.kind) {
    case 'roleSession':
      return parseArn(principal.roleArn)?.account
    case 'user':
    case 'federatedUser':
      return parseArn(principal.arn)?.account
    case 'root':
      return principal.account
    default:
      return undefined
  }
}
