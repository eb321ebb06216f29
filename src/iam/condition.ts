import type { Path } from './document.ts'
import { compileComparison, OPERATORS, type Comparison, type OperatorName } from './operators.ts'
import type { Fact, Question } from './question.ts'
import { NO, not, or, UNSURE, YES, type Truth } from './truth.ts'

/** One line of a Condition block: an operator, a key, and its values. */
export interface Clause {
  /** As written. */
  readonly operator: string
  /** As written. */
  readonly key: string
  readonly lowerKey: string
  /** As text: IAM reads numbers and booleans so. */
  readonly values: readonly string[]
  readonly path: Path
  readonly base: OperatorName | 'Null'
  readonly quantifier: 'one' | 'all' | 'any'
  readonly ifExists: boolean
  readonly negated: boolean
  /** Whether one value of the request meets one of the clause's values, negation left out. */
  readonly meets: Comparison
}

export interface ParsedOperator {
  readonly base: OperatorName | 'Null'
  readonly quantifier: Clause['quantifier']
  readonly ifExists: boolean
}

/** Undefined for anything that is not exactly one of AWS's operators. What is one is read once: there are not many. */
export function parseOperator(text: string): ParsedOperator | undefined {
  const known = parsedOperators.get(text)
  if (known !== undefined) return known
  const parsed = readOperatorName(text)
  if (parsed !== undefined) parsedOperators.set(text, parsed)
  return parsed
}

const parsedOperators = new Map<string, ParsedOperator>()

function readOperatorName(text: string): ParsedOperator | undefined {
  let quantifier: Clause['quantifier'] = 'one'
  let rest = text
  if (text.startsWith('ForAllValues:')) {
    quantifier = 'all'
    rest = text.slice('ForAllValues:'.length)
  } else if (text.startsWith('ForAnyValue:')) {
    quantifier = 'any'
    rest = text.slice('ForAnyValue:'.length)
  }
  if (rest === 'Null') return quantifier === 'one' ? { base: 'Null', quantifier, ifExists: false } : undefined
  const ifExists = rest.endsWith('IfExists')
  const base = ifExists ? rest.slice(0, -'IfExists'.length) : rest
  return isOperator(base) ? { base, quantifier, ifExists } : undefined
}

function isOperator(text: string): text is OperatorName {
  return Object.hasOwn(OPERATORS, text)
}

export function compileClause(
  operator: string,
  parsed: ParsedOperator,
  key: string,
  values: readonly string[],
  place: { readonly path: Path; readonly variables: boolean },
): Clause {
  const { base, quantifier, ifExists } = parsed
  const common = { operator, key, lowerKey: key.toLowerCase(), values, path: place.path, base, quantifier, ifExists }
  if (base === 'Null') return { ...common, negated: false, meets: () => NO }
  return { ...common, negated: OPERATORS[base].negated, meets: whenAsked(base, values, place.variables) }
}

/** Most statements of a policy end at their actions or resources, so values are made ready when a request first comes to them. */
function whenAsked(base: OperatorName, values: readonly string[], variables: boolean): Comparison {
  let ready: Comparison | undefined
  return (value, question) => (ready ??= compileComparison(base, values, variables))(value, question)
}

/**
 * Whether a request meets a clause.
 * Absent keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * Set operators: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function clauseHolds(clause: Clause, question: Question): Truth {
  const fact = question.lookup(clause.lowerKey)
  if (fact !== undefined && 'unknown' in fact) return UNSURE
  if (clause.base === 'Null') return nullHolds(clause, fact)
  if (fact === undefined) return absentHolds(clause)
  if (clause.quantifier === 'one') return oneHolds(clause, fact, question)
  // AWS calls a key whose only value is empty text a null data set.
  if (fact.length === 1 && fact[0] === '') return clause.quantifier === 'all' ? YES : NO
  return clause.quantifier === 'all' ? allHold(clause, fact, question) : anyHolds(clause, fact, question)
}

function nullHolds(clause: Clause, fact: readonly string[] | undefined): Truth {
  const wanted = fact === undefined ? 'true' : 'false'
  return clause.values.some(value => value.toLowerCase() === wanted) ? YES : NO
}

function absentHolds(clause: Clause): Truth {
  if (clause.ifExists || clause.quantifier === 'all') return YES
  if (clause.quantifier === 'any') return NO
  return clause.negated ? YES : NO
}

function oneHolds(clause: Clause, fact: readonly string[], question: Question): Truth {
  // AWS requires a set operator for several values and does not say what happens without: a positive comparison is taken never to hold,
  // the negation of "never" is nobody's guess.
  if (fact.length > 1) return clause.negated ? UNSURE : NO
  return signed(clause, fact[0] ?? '', question)
}

function allHold(clause: Clause, fact: readonly string[], question: Question): Truth {
  let answer: Truth = YES
  for (const value of fact) {
    const held = signed(clause, value, question)
    if (held === NO) return NO
    if (held === UNSURE) answer = UNSURE
  }
  return answer
}

function anyHolds(clause: Clause, fact: readonly string[], question: Question): Truth {
  let answer: Truth = NO
  for (const value of fact) {
    answer = or(answer, signed(clause, value, question))
    if (answer === YES) return YES
  }
  return answer
}

/** A negated operator with a list means none of the list. */
function signed(clause: Clause, value: string, question: Question): Truth {
  const met = clause.meets(value, question)
  return clause.negated ? not(met) : met
}

/** The values of a clause's key in a request, undefined when absent; for explaining. */
export function actualValues(fact: Fact): readonly string[] | undefined {
  return fact === undefined || 'unknown' in fact ? undefined : fact
}
