import { compileResourcePattern, type ArnPattern } from './arn-pattern.ts'
import { compileClause, parseOperator, type Clause } from './condition.ts'
import { isRecord, type Path } from './document.ts'
import { compileGlob, type Glob } from './glob.ts'
import { compilePrincipal, type PrincipalMatcher } from './principal.ts'
import type { PolicyKind } from './compile.ts'
import type { Problem, ProblemCode } from './problem.ts'

/** An element that was not valid: nobody knows what it would match. */
export const INVALID = 'invalid'

export interface ListMatcher<T> {
  readonly negated: boolean
  readonly path: Path
  /** As written. */
  readonly values: readonly string[]
  readonly patterns: readonly T[]
}

export interface CompiledStatement {
  readonly index: number
  readonly path: Path
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  /** An Allow grants nothing then; a Deny's invalid elements match perhaps. */
  readonly invalid: boolean
  readonly action: ListMatcher<Glob> | typeof INVALID
  /** Undefined where the kind of policy has none: it is about the resource it hangs on. */
  readonly resource: ListMatcher<ArnPattern> | typeof INVALID | undefined
  /** Undefined where the kind of policy has none: it is about whom it hangs on. */
  readonly principal: PrincipalMatcher | typeof INVALID | undefined
  readonly conditions: readonly (Clause | typeof INVALID)[]
}

export interface StatementPlace {
  readonly index: number
  readonly path: Path
  readonly kind: PolicyKind
  readonly variables: boolean
}

type Raw = Readonly<Record<string, unknown>>

const ELEMENTS = new Set(['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'])
const WITH_PRINCIPAL: ReadonlySet<PolicyKind> = new Set(['resourceControl', 'endpoint', 'resource', 'trust', 'key', 'repository'])
/** AWS's own examples of repository policies have none: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html */
const RESOURCE_OPTIONAL: ReadonlySet<PolicyKind> = new Set(['trust', 'repository'])

export function compileStatement(value: unknown, place: StatementPlace, problems: Problem[]): CompiledStatement {
  const before = problems.length
  if (!isRecord(value)) {
    problems.push({ path: place.path, code: 'invalid-statement', message: 'a statement is not a JSON object' })
    return {
      index: place.index,
      path: place.path,
      sid: undefined,
      effect: 'Deny',
      invalid: true,
      action: INVALID,
      resource: INVALID,
      principal: INVALID,
      conditions: [],
    }
  }
  for (const key in value) {
    if (Object.hasOwn(value, key) && !ELEMENTS.has(key))
      problems.push({ path: [...place.path, key], code: 'unknown-element', message: `a statement has no element ${key}` })
  }
  const effect = readEffect(value, place, problems)
  const action = readActions(value, place, problems)
  const resource = readResources(value, place, problems)
  const principal = readPrincipal(value, place, problems)
  const conditions = readConditions(value, place, problems)
  const invalid = problems.length > before && problems.slice(before).some(problem => problem.harmless !== true)
  const sid = typeof value['Sid'] === 'string' ? value['Sid'] : undefined
  return { index: place.index, path: place.path, sid, effect, invalid, action, resource, principal, conditions }
}

function readEffect(raw: Raw, place: StatementPlace, problems: Problem[]): 'Allow' | 'Deny' {
  const effect = raw['Effect']
  if (effect === 'Allow' || effect === 'Deny') return effect
  const path = effect === undefined ? place.path : [...place.path, 'Effect']
  problems.push({ path, code: 'invalid-effect', message: 'the effect is neither Allow nor Deny' })
  return 'Deny'
}

/** One of a pair such as Action and NotAction, as a list of texts with the path it stands at. */
function readPair(
  raw: Raw,
  name: string,
  place: StatementPlace,
  code: ProblemCode,
  problems: Problem[],
): ListMatcher<never> | typeof INVALID | undefined {
  const inverse = `Not${name}`
  const here = Object.hasOwn(raw, name)
  const there = Object.hasOwn(raw, inverse)
  if (here && there) {
    problems.push({ path: [...place.path, inverse], code, message: `a statement has both ${name} and ${inverse}` })
    return INVALID
  }
  if (!here && !there) return undefined
  const path = [...place.path, here ? name : inverse]
  const value = raw[here ? name : inverse]
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  const texts: string[] = []
  for (let i = 0; i < values.length; i++) {
    const each = values[i]
    if (typeof each === 'string') texts.push(each)
    else
      problems.push({
        path: Array.isArray(value) ? [...path, i] : path,
        code,
        message: `${path[path.length - 1] ?? name} holds something that is no text`,
      })
  }
  return texts.length === values.length ? { negated: there, path, values: texts, patterns: NO_PATTERNS } : INVALID
}

const NO_PATTERNS: readonly never[] = []

function readActions(raw: Raw, place: StatementPlace, problems: Problem[]): ListMatcher<Glob> | typeof INVALID {
  const list = readPair(raw, 'Action', place, 'invalid-action', problems)
  if (list === undefined)
    problems.push({ path: place.path, code: 'missing-action', message: 'a statement has neither Action nor NotAction' })
  if (list === undefined || list === INVALID) return INVALID
  let sound = true
  const patterns: Glob[] = []
  for (let i = 0; i < list.values.length; i++) {
    const value = list.values[i] ?? ''
    if (value === '*' || value.includes(':')) {
      patterns.push(compileGlob(value.toLowerCase()))
      continue
    }
    sound = false
    problems.push({
      path: elementPath(raw, list.path, i),
      code: 'invalid-action',
      message: `${JSON.stringify(value)} is not service:action`,
    })
  }
  return sound ? { negated: list.negated, path: list.path, values: list.values, patterns } : INVALID
}

function readResources(raw: Raw, place: StatementPlace, problems: Problem[]): ListMatcher<ArnPattern> | typeof INVALID | undefined {
  const list = readPair(raw, 'Resource', place, 'invalid-resource', problems)
  if (list === INVALID) return INVALID
  if (list === undefined) {
    if (RESOURCE_OPTIONAL.has(place.kind)) return undefined
    problems.push({ path: place.path, code: 'missing-resource', message: 'a statement has neither Resource nor NotResource' })
    return INVALID
  }
  if (place.kind === 'trust') {
    problems.push({ path: list.path, code: 'forbidden-resource', message: 'a trust policy is about its role and has no Resource' })
    return INVALID
  }
  const identityBased = place.kind === 'identity' || place.kind === 'boundary'
  const patterns: ArnPattern[] = []
  let sound = true
  for (let i = 0; i < list.values.length; i++) {
    const pattern = compileResourcePattern(list.values[i] ?? '', place.variables, identityBased)
    patterns.push(pattern)
    if (pattern.segments !== undefined && (pattern.given > 1 || pattern.source === '*')) continue
    sound = false
    problems.push({
      path: elementPath(raw, list.path, i),
      code: 'invalid-resource',
      message: `${JSON.stringify(pattern.source)} is neither an ARN nor "*"`,
    })
  }
  return sound ? { negated: list.negated, path: list.path, values: list.values, patterns } : INVALID
}

/** The path of the i-th value of an element, which may stand alone instead of in a list. */
function elementPath(raw: Raw, path: Path, index: number): Path {
  const name = path[path.length - 1]
  return typeof name === 'string' && Array.isArray(raw[name]) ? [...path, index] : path
}

function readPrincipal(raw: Raw, place: StatementPlace, problems: Problem[]): PrincipalMatcher | typeof INVALID | undefined {
  const here = Object.hasOwn(raw, 'Principal')
  const there = Object.hasOwn(raw, 'NotPrincipal')
  if (!WITH_PRINCIPAL.has(place.kind)) {
    if (!here && !there) return undefined
    const name = here ? 'Principal' : 'NotPrincipal'
    problems.push({ path: [...place.path, name], code: 'forbidden-principal', message: `a policy of this kind has no ${name}` })
    return INVALID
  }
  if (here === there) {
    problems.push({ path: place.path, code: 'missing-principal', message: 'a statement needs one of Principal and NotPrincipal' })
    return INVALID
  }
  if (there && (place.kind === 'trust' || place.kind === 'resourceControl')) {
    problems.push({
      path: [...place.path, 'NotPrincipal'],
      code: 'forbidden-principal',
      message: 'a policy of this kind has no NotPrincipal',
    })
    return INVALID
  }
  const name = here ? 'Principal' : 'NotPrincipal'
  return compilePrincipal(raw[name], there, [...place.path, name], problems) ?? INVALID
}

function readConditions(raw: Raw, place: StatementPlace, problems: Problem[]): readonly (Clause | typeof INVALID)[] {
  if (!Object.hasOwn(raw, 'Condition')) return []
  const block = raw['Condition']
  const path = [...place.path, 'Condition']
  if (!isRecord(block)) {
    problems.push({ path, code: 'invalid-condition', message: 'Condition is not a JSON object' })
    return [INVALID]
  }
  const clauses: (Clause | typeof INVALID)[] = []
  for (const operator of Object.keys(block)) readOperator(operator, block[operator], path, place.variables, { clauses, problems })
  return clauses
}

interface Made {
  readonly clauses: (Clause | typeof INVALID)[]
  readonly problems: Problem[]
}

function readOperator(operator: string, keys: unknown, before: Path, variables: boolean, { clauses, problems }: Made): void {
  const parsed = parseOperator(operator)
  if (parsed === undefined || !isRecord(keys)) {
    const path = [...before, operator]
    if (parsed === undefined)
      problems.push({ path, code: 'unknown-operator', message: `${JSON.stringify(operator.slice(0, 100))} is no condition operator` })
    else problems.push({ path, code: 'invalid-condition', message: `${operator} is not a map of keys to values` })
    clauses.push(INVALID)
    return
  }
  for (const key of Object.keys(keys)) {
    const path = [...before, operator, key]
    const values = readValues(keys[key], path, problems)
    clauses.push(values === INVALID ? INVALID : compileClause(operator, parsed, key, values, { path, variables }))
  }
}

function readValues(value: unknown, path: Path, problems: Problem[]): readonly string[] | typeof INVALID {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const texts: string[] = []
  for (let i = 0; i < list.length; i++) {
    const each = list[i]
    if (typeof each === 'string') texts.push(each)
    else if (typeof each === 'number' || typeof each === 'boolean') texts.push(String(each))
    else
      problems.push({
        path: Array.isArray(value) ? [...path, i] : path,
        code: 'invalid-value',
        message: 'a condition value is neither text, number nor boolean',
      })
  }
  return texts.length === list.length ? texts : INVALID
}
