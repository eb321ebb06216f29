import { conditionWord, every, isOperator, validValues } from './conditions.ts'
import { fits, hasVariable, literal, marks, partsFit, sixParts, type Word } from './text.ts'

/** The caller as the slow evaluator sees it: a list of names, each with what naming it grants. */
export interface Caller {
  readonly kind: string
  readonly names: readonly { readonly type: string; readonly text: string; readonly grants: 'account' | 'role' | 'alone' }[]
  readonly bounded: boolean | undefined
}

export interface Case {
  readonly caller: Caller
  readonly action: string
  readonly resource: string
  readonly lookup: (key: string) => 'absent' | 'unknown' | readonly string[]
}

export type Json = Readonly<Record<string, unknown>>
export const NEEDS_PRINCIPAL = ['resourceControl', 'endpoint', 'resource', 'trust', 'key', 'repository']

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

/** Whether AWS would take the statement; each element that it would not take matches `maybe`. */
export interface Verdict {
  readonly effect: 'Allow' | 'Deny'
  readonly valid: boolean
  readonly word: Word
  readonly grants: 'none' | 'account' | 'role' | 'alone'
}

const ELEMENTS = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']

export function judge(statement: unknown, kind: string, version: string | undefined, asked: Case): Verdict {
  if (!isObject(statement)) return { effect: 'Deny', valid: false, word: 'maybe', grants: 'alone' }
  const effect = statement['Effect'] === 'Allow' ? 'Allow' : 'Deny'
  const action = actionWord(statement, asked)
  const resource = resourceWord(statement, kind, version, asked)
  const principal = principalWord(statement, kind, effect, asked)
  const condition = conditionWord(statement['Condition'], { version, lookup: asked.lookup })
  const valid =
    Object.keys(statement).every(key => ELEMENTS.includes(key)) &&
    (statement['Effect'] === 'Allow' || statement['Effect'] === 'Deny') &&
    action !== 'invalid' &&
    resource !== 'invalid' &&
    principal !== 'invalid' &&
    validCondition(statement['Condition'])
  const word = every([soften(action), soften(resource), soften(principal === 'invalid' ? 'invalid' : principal.word), condition])
  return { effect, valid, word, grants: principal === 'invalid' ? 'none' : principal.grants }
}

function soften(word: Word | 'invalid'): Word {
  return word === 'invalid' ? 'maybe' : word
}

function validCondition(block: unknown): boolean {
  if (block === undefined) return true
  if (!isObject(block)) return false
  return Object.entries(block).every(([operator, keys]) => isOperator(operator) && isObject(keys) && Object.values(keys).every(validValues))
}

function pair(statement: Json, name: string): { readonly values: readonly string[]; readonly not: boolean } | 'invalid' | 'none' {
  const here = Object.hasOwn(statement, name)
  const there = Object.hasOwn(statement, `Not${name}`)
  if (here && there) return 'invalid'
  if (!here && !there) return 'none'
  const values = listOf(statement[here ? name : `Not${name}`])
  if (!values.every(value => typeof value === 'string')) return 'invalid'
  return { values: values as readonly string[], not: there }
}

function actionWord(statement: Json, asked: Case): Word | 'invalid' {
  const actions = pair(statement, 'Action')
  if (actions === 'none' || actions === 'invalid') return 'invalid'
  if (!actions.values.every(value => value === '*' || value.includes(':'))) return 'invalid'
  const found = actions.values.some(value => fits(marks(value.toLowerCase()), asked.action.toLowerCase()))
  return found !== actions.not ? 'yes' : 'no'
}

function resourceWord(statement: Json, kind: string, version: string | undefined, asked: Case): Word | 'invalid' {
  const resources = pair(statement, 'Resource')
  if (resources === 'none') return kind === 'trust' || kind === 'repository' ? 'yes' : 'invalid'
  if (resources === 'invalid' || kind === 'trust') return 'invalid'
  const sound = resources.values.every(
    value => value === '*' || (sixParts(value, version === '2012-10-17').length > 1 && value.startsWith('arn:')),
  )
  if (!sound) return 'invalid'
  const words = resources.values.map(value => resourceFits(value, kind, version, asked))
  const word = words.includes('yes') ? 'yes' : words.includes('maybe') ? 'maybe' : 'no'
  if (!resources.not) return word
  return word === 'yes' ? 'no' : word === 'no' ? 'yes' : 'maybe'
}

/**
 * Part by part, and across the colon after a star that ends its part. A pattern that has other wildcards before the last part and fits only
 * when they cross too is left open, for AWS says no more than "can".
 */
function resourceFits(pattern: string, kind: string, version: string | undefined, asked: Case): Word {
  const short = kind === 'identity' || kind === 'boundary' ? 'yes' : 'maybe'
  const strict = partsFit(pattern, asked.resource, { version, lookup: asked.lookup, short })
  if (strict === 'yes' || sixParts(asked.resource, false).length < 6) return strict
  const parts = sixParts(pattern, version === '2012-10-17')
  const heads = parts.length < 6 ? parts : parts.slice(0, -1)
  const ends = heads.some(part => part.endsWith('*') && !part.endsWith('${*'))
  if (!ends) return strict
  const inner = heads.some(part => part.slice(0, -1).includes('*') || part.includes('?') || part.includes('${'))
  const across = acrossWord(pattern, version, asked)
  if (across === 'no') return strict
  return across === 'yes' && !inner && !(version === '2012-10-17' && hasVariable(pattern)) ? 'yes' : 'maybe'
}

function acrossWord(pattern: string, version: string | undefined, asked: Case): Word {
  const whole = partsFit(`arn:::::${pattern}`, `arn:::::${asked.resource}`, { version, lookup: asked.lookup, short: 'yes' })
  return whole
}

type PrincipalVerdict = { readonly word: Word; readonly grants: Verdict['grants'] }

function principalWord(statement: Json, kind: string, effect: string, asked: Case): PrincipalVerdict | 'invalid' {
  const here = Object.hasOwn(statement, 'Principal')
  const there = Object.hasOwn(statement, 'NotPrincipal')
  if (!NEEDS_PRINCIPAL.includes(kind)) return here || there ? 'invalid' : { word: 'yes', grants: 'alone' }
  if (here === there || (there && (kind === 'trust' || kind === 'resourceControl'))) return 'invalid'
  const element = statement[here ? 'Principal' : 'NotPrincipal']
  if (!validPrincipal(element)) return 'invalid'
  const strongest = named(element, asked.caller)
  if (here) return { word: strongest === 'none' ? 'no' : 'yes', grants: strongest }
  if (effect === 'Allow') return { word: strongest === 'none' ? 'yes' : 'no', grants: strongest === 'none' ? 'alone' : 'none' }
  return { word: exceptDeny(element, asked.caller), grants: 'alone' }
}

function validPrincipal(element: unknown): boolean {
  if (element === '*') return true
  if (!isObject(element) || Object.keys(element).length === 0) return false
  return Object.entries(element).every(
    ([type, values]) =>
      ['AWS', 'Federated', 'Service', 'CanonicalUser'].includes(type) &&
      listOf(values).every(value => typeof value === 'string' || typeof value === 'number'),
  )
}

function texts(element: unknown, type: string): readonly string[] {
  if (!isObject(element) || !Object.hasOwn(element, type)) return []
  return listOf(element[type]).map(value =>
    typeof value === 'number' ? `${'0'.repeat(Math.max(0, 12 - String(value).length))}${value}` : String(value),
  )
}

function isEveryone(element: unknown): boolean {
  return element === '*' || texts(element, 'AWS').includes('*')
}

function named(element: unknown, caller: Caller): Verdict['grants'] {
  if (isEveryone(element) || starOfKind(element, caller)) return 'alone'
  const hits = caller.names.filter(name => texts(element, name.type).some(text => fits(literal(text), name.text))).map(name => name.grants)
  return (['alone', 'role', 'account'] as const).find(grant => hits.includes(grant)) ?? 'none'
}

function starOfKind(element: unknown, caller: Caller): boolean {
  if (caller.kind === 'webIdentity' || caller.kind === 'saml') return texts(element, 'Federated').includes('*')
  return caller.kind === 'service' && texts(element, 'Service').includes('*')
}

/**
 * A Deny for all but some: nobody of the chain listed is denied, the whole chain is spared, part of it is open, and a boundary is always
 * denied. "In the following example, all principals except the user named Bob … are explicitly denied" lists Bob and his account: naming the
 * account for Bob's sake spares nobody else of it, nor does naming a role spare sessions other than the one that is named with it.
 */
function exceptDeny(element: unknown, caller: Caller): Word {
  if (isEveryone(element)) return 'no'
  if (caller.bounded === true) return 'yes'
  const wanted = [...new Set(caller.names.map(name => name.grants))]
  const listed = wanted.filter(grant => caller.names.some(name => name.grants === grant && texts(element, name.type).includes(name.text)))
  const spared = starOfKind(element, caller) || (wanted.length > 0 && listed.length === wanted.length)
  if (spared) return caller.bounded === undefined ? 'maybe' : 'no'
  if (listed.length === 0) return 'yes'
  const others = texts(element, 'AWS').map(bearer)
  if (listed.includes('alone')) return 'maybe'
  const own = caller.names.filter(name => name.grants === 'alone').map(name => bearer(name.text))
  if (listed.includes('role')) return others.some(other => other.session && own.some(mine => mine.role === other.role)) ? 'yes' : 'maybe'
  return others.some(other => other.account !== '' && own.some(mine => mine.account === other.account)) ? 'yes' : 'maybe'
}

/** Whom a text names: the account of a user, role or session (none for a root or a bare id), and the role that a session is of. */
function bearer(text: string): { readonly account: string; readonly role: string; readonly session: boolean } {
  const [, partition = '', service = '', , account = '', ...rest] = text.split(':')
  const [sort = '', ...names] = rest.join(':').split('/')
  if (['iam user', 'iam role', 'sts assumed-role', 'sts federated-user'].includes(`${service} ${sort}`)) {
    const session = sort === 'assumed-role'
    return { account: `${partition} ${account}`, role: session ? `${partition} ${account} ${names[0] ?? ''}` : '', session }
  }
  const [id = '', session] = text.split(':')
  return { account: '', role: id.startsWith('AROA') ? id : '', session: session !== undefined && id.startsWith('AROA') }
}
