import { UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import type { PolicyKind } from '#iam/compile.ts'
import type { KmsGrant } from '#iam/kms-grant.ts'
import { isRecord } from '#iam/document.ts'
import type { Principal } from '#iam/request.ts'
import { principalNamed } from '#joints/access-principal.ts'
import { idOf } from './answer-lines.ts'

/** One line of a batch, as `docs/schemas/request.schema.json` says, checked and nothing more. */
export interface RequestLine {
  readonly id: string | number | undefined
  /** As the line spells it. */
  readonly subject: string
  /** Undefined for names that only a world can tell, such as `sa/payments/reader`. */
  readonly principal: Principal | undefined
  /** Of a web identity's token, by name. */
  readonly claims: ReadonlyMap<string, string | readonly string[]>
  readonly action: string
  readonly resource: string
  readonly resourceAccount: string | undefined
  readonly managementAccount: string | undefined
  readonly awsManagedKey: boolean
  readonly context: Readonly<Record<string, string | readonly string[] | null>>
  readonly policies: LinePolicies
}

/** Documents as objects or JSON text. */
export interface LinePolicies {
  readonly identity?: readonly unknown[] | 'unread'
  readonly boundary?: readonly unknown[] | 'unread'
  readonly session?: readonly unknown[] | 'unread'
  readonly resource?: readonly unknown[] | 'unread'
  readonly endpoint?: readonly unknown[] | 'unread'
  readonly serviceControl?: readonly (readonly unknown[])[] | 'unread'
  readonly resourceControl?: readonly (readonly unknown[])[] | 'unread'
  readonly grants?: readonly KmsGrant[] | 'unread'
}

const fields = [
  'id',
  'principal',
  'action',
  'resource',
  'context',
  'policies',
  'resourceAccount',
  'managementAccount',
  'awsManagedKey',
] as const
const layers = ['identity', 'boundary', 'session', 'resource', 'endpoint', 'serviceControl', 'resourceControl', 'grants'] as const

/** The place of a statement in the message goes without the line, which the caller knows. */
/** The code of every fault of a request line. */
export const badRequest = 'BAD_REQUEST_LINE'

const wrong = (message: string) => new UserError(badRequest, message, { help: 'docs/schemas/request.schema.json says how a line looks' })

/** Whether names may be those of a world: `sa/payments/reader`, `role/reader`, `alias/payments`. */
export type LineNames = 'arns' | 'world'

/**
 * Checks one line's JSON. Fields that nobody knows are refused: a misspelt layer would otherwise decide as if it did not exist.
 * @throws UserError `BAD_REQUEST_LINE`
 */
export function parseRequestLine(value: unknown, names: LineNames = 'arns'): RequestLine {
  if (!isRecord(value)) throw wrong('the line is not a JSON object')
  onlyKnown(value, fields, '')
  const action = text(value, 'action')
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action)) throw wrong(`action ${quoted(action)} is not one service:Operation`)
  const resource = text(value, 'resource')
  const isAlias = names === 'world' && /^alias\/./.test(resource)
  if (resource !== '*' && !isAlias && !/^arn:[^:]*:[^:]+:[^:]*:[^:]*:./s.test(resource))
    throw wrong(`resource ${quoted(resource)} is neither an ARN nor "*"`)
  return {
    id: idOf(value, badRequest),
    ...principalOf(value['principal']),
    action,
    resource,
    resourceAccount: accountAt(value, 'resourceAccount'),
    managementAccount: accountAt(value, 'managementAccount'),
    awsManagedKey: flag(value, 'awsManagedKey'),
    context: contextOf(value['context']),
    policies: policiesOf(value['policies']),
  }
}

type Raw = Readonly<Record<string, unknown>>

function onlyKnown(value: Raw, known: readonly string[], where: string): void {
  const stray = Object.keys(value).find(key => !known.includes(key))
  if (stray === undefined) return
  const near = nearest(stray, known)
  throw wrong(`there is no field ${quoted(where + stray)}${near === undefined ? '' : `: did you mean ${where}${near}?`}`)
}

function text(value: Raw, name: string): string {
  const found = value[name]
  if (typeof found === 'string' && found !== '') return found
  throw wrong(found === undefined ? `${name} is missing` : `${name} is not a text`)
}

function flag(value: Raw, name: string): boolean {
  const found = value[name]
  if (found === undefined || typeof found === 'boolean') return found ?? false
  throw wrong(`${name} is neither true nor false`)
}

function accountAt(value: Raw, name: string): string | undefined {
  const found = value[name]
  if (found === undefined) return undefined
  if (typeof found === 'string' && /^\d{12}$/.test(found)) return found
  throw wrong(`${name} is not an account of twelve digits, as a text`)
}

/** Without a world only names that AWS understands are principals. */
export const unknownPrincipal = (text: string): UserError =>
  wrong(`principal ${quoted(text)} is no ARN of a role, session, user, root or provider, no account and no service`)

function principalOf(value: unknown): Pick<RequestLine, 'subject' | 'principal' | 'claims'> {
  if (typeof value === 'string') return { subject: value, principal: principalNamed(value), claims: new Map() }
  if (!isRecord(value)) throw wrong(value === undefined ? 'principal is missing' : 'principal is neither a text nor {federated, claims}')
  onlyKnown(value, ['federated', 'claims'], 'principal.')
  const provider = text(value, 'federated')
  const claims = value['claims'] ?? {}
  if (!isRecord(claims)) throw wrong('principal.claims is not an object')
  return {
    subject: provider,
    principal: federated(provider),
    claims: new Map(Object.entries(claims).map(([name, claim]) => [name, claimOf(name, claim)])),
  }
}

/** Providers that AWS has built in, such as `accounts.google.com`, have no ARN. */
function federated(provider: string): Principal {
  const known = principalNamed(provider)
  if (known?.kind === 'webIdentity' || known?.kind === 'saml') return known
  if (/^[a-z0-9.-]+$/.test(provider)) return { kind: 'webIdentity', provider }
  throw wrong(`principal.federated ${quoted(provider)} is not the ARN of an identity provider`)
}

function claimOf(name: string, value: unknown): string | readonly string[] {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every(each => typeof each === 'string')) return value
  throw wrong(`principal.claims.${name} is neither a text nor a list of texts`)
}

/** Numbers and booleans are taken as IAM takes them; null says that the key is absent. */
function contextOf(value: unknown): RequestLine['context'] {
  if (value === undefined) return {}
  if (!isRecord(value)) throw wrong('context is not an object')
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, contextValue(key, each)]))
}

function contextValue(key: string, value: unknown): string | readonly string[] | null {
  if (value === null || typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(each => scalarText(key, each))
  return scalarText(key, value)
}

function scalarText(key: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw wrong(`context ${quoted(key)} is neither a text nor a list of texts`)
}

function policiesOf(value: unknown): LinePolicies {
  if (value === undefined) return {}
  if (!isRecord(value)) throw wrong('policies is not an object')
  onlyKnown(value, layers, 'policies.')
  const found: Record<string, unknown> = {}
  for (const [layer, given] of Object.entries(value)) {
    if (given === undefined || given === null) continue
    if (given === 'unread') found[layer] = given
    else if (layer === 'grants') found[layer] = grantsOf(given)
    else found[layer] = layer === 'serviceControl' || layer === 'resourceControl' ? levelsOf(layer, given) : documentsOf(layer, given)
  }
  return found
}

/** One document may stand without its list. */
function documentsOf(layer: string, value: unknown): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const stray = list.find(each => typeof each !== 'string' && !isRecord(each))
  if (stray !== undefined) throw wrong(`policies.${layer} holds something that is neither a policy document nor its JSON text`)
  return list
}

function levelsOf(layer: string, value: unknown): readonly (readonly unknown[])[] {
  if (!Array.isArray(value)) throw wrong(`policies.${layer} is not a list of levels, root first, each a list of documents`)
  return value.map(level => documentsOf(layer, level))
}

function grantsOf(value: unknown): readonly KmsGrant[] {
  if (Array.isArray(value) && value.every(isGrant)) return value
  throw wrong('policies.grants is not a list of grants as kms:ListGrants gives them')
}

function isGrant(value: unknown): value is KmsGrant {
  if (!isRecord(value) || typeof value['GranteePrincipal'] !== 'string') return false
  const operations = value['Operations']
  return Array.isArray(operations) && operations.every(each => typeof each === 'string')
}

/** Foreign text in a message stays short. */
const quoted = (value: string): string => JSON.stringify(value.length > 120 ? `${value.slice(0, 120)}…` : value)

/** What kind of policy hangs on a resource: trust policies have elements of their own. */
export function resourcePolicyKind(action: string, resource: string): PolicyKind {
  const [, , service, , , name = ''] = resource.split(':', 6)
  if (service === 'iam' && name.startsWith('role/') && /^sts:/i.test(action)) return 'trust'
  return service === 'kms' && name.startsWith('key/') ? 'key' : 'resource'
}
