import type { Json, PairFacts } from './trust-pairs.ts'

/** A trust policy and the request's further keys, as an engine of AWS's rules takes them. */
export interface Asked {
  readonly document: Json
  readonly context: Readonly<Record<string, string | null>>
}

type Statement = Readonly<Record<string, unknown>>
type Operators = Readonly<Record<string, unknown>>

interface Reading {
  /** The deviation of `deviations.ts` that it plays. */
  readonly id: string
  readonly statement?: (statement: Statement, variables: boolean) => Statement
  readonly context?: (facts: PairFacts) => Asked['context']
}

/** A condition that never holds, since no request has the key. */
const never = { StringEquals: { 'lab:never': 'x' } }

/**
 * For each deviation the edit after which AWS's rules decide as the lab's STS does. So a difference between the engine and
 * the lab is explained when the engine, asked the edited question, says what the lab said; and by nothing less.
 */
export const readings: readonly Reading[] = [
  { id: 'policy-variable', statement: (statement, variables) => (variables ? withConditions(statement, literal) : statement) },
  {
    id: 'principal-key-present',
    context: ({ providerArn, accountId }) => ({
      'aws:PrincipalArn': providerArn,
      'aws:PrincipalAccount': accountId,
      'aws:PrincipalType': 'WebIdentityUser',
    }),
  },
  { id: 'role-session-name-absent', context: () => ({ 'sts:RoleSessionName': null }) },
  { id: 'principal-aws-star', statement: withoutStar },
  { id: 'arn-operator-on-text', statement: statement => withConditions(statement, arnAsText) },
  {
    id: 'condition-not-an-object',
    statement: statement => withConditions(statement, (operator, keys) => (isMap(keys) ? { [operator]: keys } : {})),
  },
  {
    id: 'unknown-operator',
    statement: statement => withConditions(statement, (operator, keys) => (operator === 'StringMatches' ? never : { [operator]: keys })),
  },
  {
    id: 'null-if-exists',
    statement: statement => withConditions(statement, (operator, keys) => (operator === 'NullIfExists' ? never : { [operator]: keys })),
  },
  { id: 'binary-operator-on-text', statement: statement => withConditions(statement, binaryAsText) },
  { id: 'boolean-in-capitals', statement: statement => withConditions(statement, capitalBooleans) },
  { id: 'resource-in-trust', statement: ({ Resource: _, ...rest }) => rest },
]

/** The question as the lab reads it, as far as these deviations go. */
export function readAs(ids: readonly string[], asked: Asked, facts: PairFacts): Asked {
  const chosen = readings.filter(({ id }) => ids.includes(id))
  const variables = asked.document['Version'] === '2012-10-17'
  const rewrite = (statement: Statement): Statement =>
    chosen.reduce((read, { statement: edit }) => edit?.(read, variables) ?? read, statement)
  const { Statement: written } = asked.document
  const Statement = Array.isArray(written) ? (written as Statement[]).map(rewrite) : rewrite(written as Statement)
  const context = Object.assign({}, asked.context, ...chosen.map(reading => reading.context?.(facts) ?? {}))
  return { document: { ...asked.document, Statement }, context }
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function withConditions(statement: Statement, edit: (operator: string, keys: unknown) => Operators): Statement {
  const { Condition: condition } = statement
  if (!isMap(condition)) return statement
  const edited = Object.entries(condition).map(([operator, keys]) => edit(operator, keys))
  return { ...statement, Condition: edited.reduce(together, {}) }
}

/** Both must hold. Keys ignore case, so one that both compare is written once more in another. */
function together(one: Operators, other: Operators): Operators {
  const merged: Record<string, unknown> = { ...one }
  for (const [operator, keys] of Object.entries(other)) {
    const before = merged[operator]
    if (!isMap(before) || !isMap(keys)) merged[operator] = keys
    else merged[operator] = Object.entries(keys).reduce(withKey, before)
  }
  return merged
}

function withKey(keys: Readonly<Record<string, unknown>>, [key, values]: [string, unknown]) {
  const spelling = [key, key.toUpperCase(), key.toLowerCase()].find(spelt => !(spelt in keys))
  if (spelling === undefined) throw new Error(`three conditions on ${key} cannot be written under one operator`)
  return { ...keys, [spelling]: values }
}

/** `${$}` is how a policy writes a dollar sign that begins no variable. */
const literal = (operator: string, keys: unknown): Operators =>
  withValues(operator, keys, value => (typeof value === 'string' ? value.replaceAll('${', '${$}{') : value))

const capitalBooleans = (operator: string, keys: unknown): Operators =>
  withValues(operator, keys, value => (value === true ? 'True' : value === false ? 'False' : value))

function withValues(operator: string, keys: unknown, edit: (value: unknown) => unknown): Operators {
  if (!isMap(keys)) return { [operator]: keys }
  const edited = Object.entries(keys).map(([key, values]) => [key, Array.isArray(values) ? values.map(edit) : edit(values)])
  return { [operator]: Object.fromEntries(edited) }
}

function arnAsText(operator: string, keys: unknown): Operators {
  const text = operator.replace(/Arn(Not)?(?:Like|Equals)/, (_, not: string | undefined) => `String${not ?? ''}Like`)
  return { [text]: keys }
}

const binaryAsText = (operator: string, keys: unknown): Operators => ({
  [operator.replace('BinaryEquals', 'StringEquals')]: keys,
})

function withoutStar(statement: Statement): Statement {
  const { Principal: principal } = statement
  if (!isMap(principal) || !('AWS' in principal)) return statement
  const named = [principal['AWS']].flat().filter(name => name !== '*')
  return { ...statement, Principal: { ...principal, AWS: named.length === 0 ? '000000000000' : named } }
}
