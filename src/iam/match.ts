import { resourceFits, type ArnPattern } from './arn-pattern.ts'
import { INVALID, type CompiledStatement, type ListMatcher } from './compile-statement.ts'
import { clauseHolds } from './condition.ts'
import { globMatches, type Glob } from './glob.ts'
import { notPrincipalAllows, notPrincipalDenies, principalGrant } from './principal.ts'
import { GRANT_ALONE, GRANT_NONE, type Grant, type Question } from './question.ts'
import { and, NO, not, or, UNSURE, YES, type Truth } from './truth.ts'

/** Whether a statement is about a request, ending at the first element that says no. Invalid elements are unsure. */
export function statementMatches(statement: CompiledStatement, question: Question): Truth {
  let answer = actionMatches(statement, question)
  if (answer === NO) return NO
  answer = and(answer, principalMatches(statement, question))
  if (answer === NO) return NO
  answer = and(answer, resourceMatches(statement, question))
  if (answer === NO) return NO
  return and(answer, conditionsHold(statement, question))
}

export function actionMatches(statement: CompiledStatement, question: Question): Truth {
  const { action } = statement
  if (action === INVALID) return UNSURE
  return fits(action, question.action) === action.negated ? NO : YES
}

function fits(list: ListMatcher<Glob>, text: string): boolean {
  for (const glob of list.patterns) if (globMatches(glob, text)) return true
  return false
}

export function resourceMatches(statement: CompiledStatement, question: Question): Truth {
  const { resource } = statement
  if (resource === undefined) return YES
  if (resource === INVALID) return UNSURE
  const found = listed(resource.patterns, question)
  return resource.negated ? not(found) : found
}

function listed(patterns: readonly ArnPattern[], question: Question): Truth {
  let answer: Truth = NO
  for (const pattern of patterns) {
    answer = or(answer, resourceFits(pattern, question.request.resource, question.resourceSegments, question))
    if (answer === YES) return YES
  }
  return answer
}

export function principalMatches(statement: CompiledStatement, question: Question): Truth {
  const { principal } = statement
  if (principal === undefined) return YES
  if (principal === INVALID) return UNSURE
  if (principal.negated && statement.effect === 'Deny') return notPrincipalDenies(principal, question)
  return statementGrant(statement, question) === GRANT_NONE ? NO : YES
}

/** What a statement that matches grants by itself, by the strongest name it uses for the principal. */
export function statementGrant(statement: CompiledStatement, question: Question): Grant {
  const { principal } = statement
  if (principal === undefined) return GRANT_ALONE
  if (principal === INVALID) return GRANT_NONE
  return principal.negated ? notPrincipalAllows(principal, question) : principalGrant(principal, question)
}

export function conditionsHold(statement: CompiledStatement, question: Question): Truth {
  let answer: Truth = YES
  for (const clause of statement.conditions) {
    const held = clause === INVALID ? UNSURE : clauseHolds(clause, question)
    if (held === NO) return NO
    if (held === UNSURE) answer = UNSURE
  }
  return answer
}
