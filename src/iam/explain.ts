import type { CompiledPolicy } from './compile.ts'
import { INVALID, type CompiledStatement } from './compile-statement.ts'
import { actualValues, clauseHolds, type Clause } from './condition.ts'
import { isRecord, valueAt, type Path } from './document.ts'
import { actionMatches, principalMatches, resourceMatches, statementMatches } from './match.ts'
import type { PrincipalMatcher } from './principal.ts'
import { Question } from './question.ts'
import type { Request } from './request.ts'
import { NO, UNSURE, YES, type Truth } from './truth.ts'

export type ElementName = 'Principal' | 'NotPrincipal' | 'Action' | 'NotAction' | 'Resource' | 'NotResource' | 'Condition'

/** One element of a statement that keeps it from matching, or leaves it open. */
export interface Difference {
  readonly element: ElementName
  /** Leads inside the document as it was given to the value that decides; always a place that exists. */
  readonly path: Path
  /** For conditions, as written. */
  readonly operator?: string
  /** For conditions, as written. */
  readonly key?: string
  /** What the policy says. */
  readonly expected: readonly string[]
  /** What the request says; undefined when the key is absent or was not read. */
  readonly actual: readonly string[] | undefined
  /** True when it is open whether this element matches, because of what was not read or is not valid. */
  readonly unknown: boolean
}

export interface StatementTrace {
  readonly policy: number
  readonly statement: number
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  /** `unknown` also for a statement with an invalid element that might match. */
  readonly outcome: 'matches' | 'differs' | 'unknown'
  /** In the order Principal, Action, Resource, Condition; empty when the statement matches. */
  readonly differences: readonly Difference[]
}

/**
 * Says of every statement whether it is about the request and, if not, each element that differs. Slower than deciding: ask it about
 * the one policy that is worth explaining.
 * @param policyIndex goes into the traces unchanged
 */
export function explainPolicy(request: Request, policy: CompiledPolicy, policyIndex = 0): readonly StatementTrace[] {
  const question = new Question(request)
  return policy.statements.map(statement => traceStatement(question, policy, statement, policyIndex))
}

function traceStatement(question: Question, policy: CompiledPolicy, statement: CompiledStatement, policyIndex: number): StatementTrace {
  const matched = statementMatches(statement, question)
  const outcome = matched === NO ? 'differs' : matched === UNSURE || statement.invalid ? 'unknown' : 'matches'
  const common = { policy: policyIndex, statement: statement.index, sid: statement.sid, effect: statement.effect, outcome } as const
  if (outcome === 'matches') return { ...common, differences: [] }
  const differences = [
    ...principalDifference(question, policy, statement),
    ...actionDifference(question, statement),
    ...resourceDifference(question, statement),
    ...conditionDifferences(question, policy, statement),
    ...invalidDifferences(policy, statement),
  ]
  return { ...common, differences }
}

function principalDifference(question: Question, policy: CompiledPolicy, statement: CompiledStatement): readonly Difference[] {
  const matched = principalMatches(statement, question)
  const { principal } = statement
  if (matched === YES || principal === undefined || principal === INVALID) return []
  const type = question.names[0]?.type ?? 'AWS'
  const expected = principal.everyone ? ['*'] : [...new Set(Object.values(principal.named).flatMap(set => [...set]))]
  const path = principalPath(policy, principal, type)
  const narrowed = path.length > principal.path.length && !principal.everyone ? [...principal.named[type]] : expected
  const actual = question.names.length === 0 ? undefined : question.names.map(name => name.text)
  return [{ element: principal.element, path, expected: narrowed, actual, unknown: matched === UNSURE }]
}

/** The entry of the principal's own type when there is one, so that the value itself can be pointed at; else the whole element. */
function principalPath(policy: CompiledPolicy, principal: PrincipalMatcher, type: string): Path {
  const element = valueAt(policy.document, principal.path)
  if (!isRecord(element)) return principal.path
  return Object.hasOwn(element, type) ? [...principal.path, type] : principal.path
}

function actionDifference(question: Question, statement: CompiledStatement): readonly Difference[] {
  const { action } = statement
  if (action === INVALID || actionMatches(statement, question) === YES) return []
  return [
    {
      element: action.negated ? 'NotAction' : 'Action',
      path: action.path,
      expected: action.values,
      actual: [question.request.action],
      unknown: false,
    },
  ]
}

function resourceDifference(question: Question, statement: CompiledStatement): readonly Difference[] {
  const { resource } = statement
  const matched = resourceMatches(statement, question)
  if (resource === undefined || resource === INVALID || matched === YES) return []
  const element = resource.negated ? 'NotResource' : 'Resource'
  return [{ element, path: resource.path, expected: resource.values, actual: [question.request.resource], unknown: matched === UNSURE }]
}

function conditionDifferences(question: Question, policy: CompiledPolicy, statement: CompiledStatement): readonly Difference[] {
  const found: Difference[] = []
  for (const clause of statement.conditions) {
    if (clause === INVALID) continue
    const held = clauseHolds(clause, question)
    if (held !== YES) found.push(clauseDifference(question, policy, clause, held))
  }
  return found
}

function clauseDifference(question: Question, policy: CompiledPolicy, clause: Clause, held: Truth): Difference {
  return {
    element: 'Condition',
    path: valuePath(policy, clause),
    operator: clause.operator,
    key: clause.key,
    expected: clause.values,
    actual: actualValues(question.lookup(clause.lowerKey)),
    unknown: held === UNSURE,
  }
}

/** The value itself when it is one text; a list as a whole, for no single value of it decides. */
function valuePath(policy: CompiledPolicy, clause: Clause): Path {
  const value = valueAt(policy.document, clause.path)
  return Array.isArray(value) && value.length === 1 ? [...clause.path, 0] : clause.path
}

/** Invalid elements, at the place of the problem that made them so. */
function invalidDifferences(policy: CompiledPolicy, statement: CompiledStatement): readonly Difference[] {
  if (!statement.invalid) return []
  return policy.problems
    .filter(problem => problem.harmless !== true && statement.path.every((step, i) => problem.path[i] === step))
    .map(problem => ({
      element: elementOf(problem.path[statement.path.length]),
      path: problem.path,
      expected: [problem.message],
      actual: undefined,
      unknown: true,
    }))
}

function elementOf(step: string | number | undefined): ElementName {
  const names: readonly ElementName[] = ['Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource']
  return names.find(name => name === step) ?? 'Condition'
}
