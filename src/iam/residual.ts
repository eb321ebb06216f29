import type { CompiledPolicy } from './compile.ts'
import { INVALID, type CompiledStatement } from './compile-statement.ts'
import { clauseHolds, type Clause } from './condition.ts'
import type { Findings, Policies } from './decide.ts'
import type { LayerName } from './decision.ts'
import { allowOf, type Layer, type LayerResult } from './layer.ts'
import { conditionsHold, principalMatches, resourceMatches, statementMatches } from './match.ts'
import type { Question } from './question.ts'
import { UNSURE, YES } from './truth.ts'

/** A condition on something that nobody read: when it holds, the statement takes effect. */
export interface Residual {
  readonly key: string
  /** The policy's operator, or `PolicyVariable` when the key stands in a `${…}` of a resource. */
  readonly operator: string
  readonly values: readonly string[]
  readonly effect: 'Allow' | 'Deny'
  readonly layer: LayerName
  readonly level?: number
  readonly policy: number
  readonly statement: number
}

interface Place {
  readonly name: LayerName
  readonly level?: number
  readonly layer: Layer
  readonly result: LayerResult
}

/** Layers that took part, with what they said. */
function places(policies: Policies, findings: Findings): readonly Place[] {
  const list: Place[] = []
  for (const name of ['serviceControl', 'resourceControl'] as const) {
    const given = policies[name]
    findings[name].forEach((result, level) => {
      const layer: Layer = given === undefined || given === 'unread' ? 'unread' : (given[level] ?? [])
      list.push(given === 'unread' ? { name, layer, result } : { name, level, layer, result })
    })
  }
  for (const name of ['resource', 'endpoint', 'identity', 'boundary', 'session'] as const) {
    const layer = policies[name]
    if (layer !== undefined) list.push({ name, layer, result: findings[name] })
  }
  return list
}

/** The conditions of every statement that may or may not take effect. */
export function residualsIn(question: Question, policies: Policies, findings: Findings): readonly Residual[] {
  return places(policies, findings).flatMap(place =>
    openStatements(place, question).flatMap(open => statementResiduals(open, place, question)),
  )
}

interface Open {
  readonly policy: number
  readonly statement: CompiledStatement
}

function openStatements(place: Place, question: Question): readonly Open[] {
  if (place.layer === 'unread' || !takesPart(place)) return []
  return place.layer.flatMap((policy: CompiledPolicy, index) =>
    policy.statements.filter(statement => isOpen(statement, place, question)).map(statement => ({ policy: index, statement })),
  )
}

/** A layer whose findings were replaced (another kind of principal, say) has nothing open. */
function takesPart(place: Place): boolean {
  return place.result.deny === UNSURE || allowOf(place.result) !== YES || place.result.alone === UNSURE
}

function isOpen(statement: CompiledStatement, place: Place, question: Question): boolean {
  if (statement.effect === 'Allow') {
    if (statement.invalid || place.name === 'resourceControl' || place.result.alone === YES) return false
    return statementMatches(statement, question) === UNSURE
  }
  const matched = statementMatches(statement, question)
  return matched === UNSURE || (matched === YES && statement.invalid)
}

function statementResiduals(open: Open, place: Place, question: Question): readonly Residual[] {
  const { statement } = open
  const where = {
    effect: statement.effect,
    layer: place.name,
    ...(place.level === undefined ? {} : { level: place.level }),
    policy: open.policy,
    statement: statement.index,
  }
  const clauses = statement.conditions.filter((clause): clause is Clause => clause !== INVALID && clauseHolds(clause, question) === UNSURE)
  const found: Residual[] = clauses.map(clause => ({ key: clause.key, operator: clause.operator, values: clause.values, ...where }))
  if (resourceMatches(statement, question) === UNSURE && statement.resource !== undefined && statement.resource !== INVALID) {
    for (const key of unknownVariables(statement.resource.values, question)) {
      found.push({ key, operator: 'PolicyVariable', values: statement.resource.values, ...where })
    }
  }
  return found
}

function unknownVariables(values: readonly string[], question: Question): readonly string[] {
  const keys = new Set<string>()
  for (const value of values) {
    for (const piece of value.split('${').slice(1)) {
      const key = (piece.split('}', 1)[0]?.split(',', 1)[0] ?? '').trim()
      const fact = question.lookup(key.toLowerCase())
      if (fact !== undefined && 'unknown' in fact) keys.add(key)
    }
  }
  return [...keys]
}

/** Layers that were not read, and statements that nobody can judge. */
export function notReadIn(question: Question, policies: Policies, findings: Findings): readonly string[] {
  const texts: string[] = []
  for (const place of places(policies, findings)) {
    const name = place.level === undefined ? place.name : `${place.name} level ${place.level}`
    if (place.layer === 'unread') {
      texts.push(`${name} was not read`)
      continue
    }
    for (const open of openStatements(place, question)) {
      const text = doubt(open.statement, question)
      if (text !== undefined) texts.push(`${name} policy ${open.policy} statement ${open.statement.index}: ${text}`)
    }
  }
  if (policies.grants === 'unread') texts.push('grants were not read')
  if (findings.relation === 'unsure') texts.push('the account of the resource is not known')
  return texts
}

function doubt(statement: CompiledStatement, question: Question): string | undefined {
  if (statement.invalid) return 'an element is invalid'
  if (principalMatches(statement, question) === UNSURE) return 'NotPrincipal lists only part of the principal'
  if (resourceMatches(statement, question) === UNSURE && statement.resource !== INVALID && statement.resource !== undefined) {
    return unknownVariables(statement.resource.values, question).length > 0 ? undefined : 'AWS does not document this resource pattern'
  }
  if (conditionsHold(statement, question) !== UNSURE) return undefined
  const undocumented = statement.conditions.some(
    clause => clause !== INVALID && clauseHolds(clause, question) === UNSURE && isKnown(clause, question),
  )
  return undocumented ? 'AWS does not document how this condition compares' : undefined
}

function isKnown(clause: Clause, question: Question): boolean {
  const fact = question.lookup(clause.lowerKey)
  return fact === undefined || !('unknown' in fact)
}
