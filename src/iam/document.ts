/** A way into a document: property names and array indexes, from the top. */
export type Path = readonly (string | number)[]

export type OneOrMany<T> = T | readonly T[]

/** IAM accepts numbers and booleans where a condition value is expected and reads them as text. */
export type ConditionValue = string | number | boolean

export type PrincipalElement = '*' | Readonly<Partial<Record<PrincipalType, OneOrMany<string>>>>
export type PrincipalType = 'AWS' | 'Federated' | 'Service' | 'CanonicalUser'

/** One statement as it stands in JSON. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: PrincipalElement
  readonly NotPrincipal?: PrincipalElement
  readonly Action?: OneOrMany<string>
  readonly NotAction?: OneOrMany<string>
  readonly Resource?: OneOrMany<string>
  readonly NotResource?: OneOrMany<string>
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany<ConditionValue>>>>>
}

/** A policy document as it stands in JSON: scalars or arrays everywhere, one statement or a list. */
export interface PolicyDocument {
  readonly Version?: '2012-10-17' | '2008-10-17'
  readonly Id?: string
  readonly Statement: OneOrMany<Statement>
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path, or undefined where the path leads nowhere. */
export function valueAt(document: unknown, path: Path): unknown {
  let value: unknown = document
  for (const step of path) {
    if (Array.isArray(value) && typeof step === 'number') value = value[step]
    else if (isRecord(value) && typeof step === 'string' && Object.hasOwn(value, step)) value = value[step]
    else return undefined
  }
  return value
}
