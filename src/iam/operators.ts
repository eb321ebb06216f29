import { arnFits, compileArnPattern, staticGlob } from './arn-pattern.ts'
import { arnSegments } from './arn.ts'
import { globMatches } from './glob.ts'
import type { Question } from './question.ts'
import { asciiLower, blockHolds, parseAddressBlock, parseBinary, parseBool, parseDate, parseNumber } from './scalar.ts'
import { parseTemplate, templateEquals, templateFits, type Template } from './template.ts'
import { NO, or, UNSURE, YES, type Truth } from './truth.ts'

/** Whether one value of the request meets at least one value of the policy. */
export type Comparison = (value: string, question: Question) => Truth

type Family = 'equals' | 'ignoreCase' | 'like' | 'arn' | 'number' | 'date' | 'bool' | 'binary' | 'address'

interface Operator {
  readonly family: Family
  readonly negated: boolean
  /** For numbers and dates: how the request's value must stand to the policy's. */
  readonly order?: 'equal' | 'less' | 'lessOrEqual' | 'greater' | 'greaterOrEqual'
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
export const OPERATORS = {
  StringEquals: { family: 'equals', negated: false },
  StringNotEquals: { family: 'equals', negated: true },
  StringEqualsIgnoreCase: { family: 'ignoreCase', negated: false },
  StringNotEqualsIgnoreCase: { family: 'ignoreCase', negated: true },
  StringLike: { family: 'like', negated: false },
  StringNotLike: { family: 'like', negated: true },
  ArnEquals: { family: 'arn', negated: false },
  ArnNotEquals: { family: 'arn', negated: true },
  ArnLike: { family: 'arn', negated: false },
  ArnNotLike: { family: 'arn', negated: true },
  NumericEquals: { family: 'number', negated: false, order: 'equal' },
  NumericNotEquals: { family: 'number', negated: true, order: 'equal' },
  NumericLessThan: { family: 'number', negated: false, order: 'less' },
  NumericLessThanEquals: { family: 'number', negated: false, order: 'lessOrEqual' },
  NumericGreaterThan: { family: 'number', negated: false, order: 'greater' },
  NumericGreaterThanEquals: { family: 'number', negated: false, order: 'greaterOrEqual' },
  DateEquals: { family: 'date', negated: false, order: 'equal' },
  DateNotEquals: { family: 'date', negated: true, order: 'equal' },
  DateLessThan: { family: 'date', negated: false, order: 'less' },
  DateLessThanEquals: { family: 'date', negated: false, order: 'lessOrEqual' },
  DateGreaterThan: { family: 'date', negated: false, order: 'greater' },
  DateGreaterThanEquals: { family: 'date', negated: false, order: 'greaterOrEqual' },
  Bool: { family: 'bool', negated: false },
  BinaryEquals: { family: 'binary', negated: false },
  IpAddress: { family: 'address', negated: false },
  NotIpAddress: { family: 'address', negated: true },
} as const satisfies Readonly<Record<string, Operator>>

export type OperatorName = keyof typeof OPERATORS

export function compileComparison(name: OperatorName, values: readonly string[], variables: boolean): Comparison {
  const operator: Operator = OPERATORS[name]
  switch (operator.family) {
    case 'equals':
      return compileEquals(values, variables)
    case 'ignoreCase':
      return compileIgnoreCase(values, variables)
    case 'like':
      return compileLike(values, variables)
    case 'arn':
      return compileArn(values, variables)
    case 'number':
      return compileOrdered(values, parseNumber, operator.order)
    case 'date':
      return compileOrdered(values, parseDate, operator.order)
    case 'bool':
      return compileBool(values, variables)
    case 'binary':
      return compileParsed(values, parseBinary, (a, b) => a === b)
    case 'address':
      return compileParsed(values, parseAddressBlock, blockHolds)
  }
}

/** Splits values into texts that are the same for every request, escapes resolved, and templates that are not. */
function sort(values: readonly string[], variables: boolean): { fixed: string[]; templates: Template[] } {
  const fixed: string[] = []
  const templates: Template[] = []
  for (const value of values) {
    const template = parseTemplate(value, variables)
    if (template.variable) templates.push(template)
    else fixed.push(template.parts.map(part => (part.kind === 'text' ? part.text : '')).join(''))
  }
  return { fixed, templates }
}

function anyTemplate(templates: readonly Template[], test: (template: Template) => Truth): Truth {
  let answer: Truth = NO
  for (const template of templates) {
    answer = or(answer, test(template))
    if (answer === YES) return YES
  }
  return answer
}

function compileEquals(values: readonly string[], variables: boolean): Comparison {
  const { fixed, templates } = sort(values, variables)
  const same = (a: string, b: string): Truth => (a === b ? YES : NO)
  const [only] = fixed
  if (templates.length === 0 && fixed.length === 1) return value => (value === only ? YES : NO)
  const set = new Set(fixed)
  return (value, question) => (set.has(value) ? YES : anyTemplate(templates, template => templateEquals(template, value, question, same)))
}

/** AWS does not say how letters beyond A to Z fold: texts that are equal only under Unicode folding are unsure. */
function sameWithoutCase(a: string, b: string): Truth {
  if (asciiLower(a) === asciiLower(b)) return YES
  return a.toLowerCase() === b.toLowerCase() || a.toUpperCase() === b.toUpperCase() ? UNSURE : NO
}

function compileIgnoreCase(values: readonly string[], variables: boolean): Comparison {
  const { fixed, templates } = sort(values, variables)
  return (value, question) => {
    let answer: Truth = NO
    for (const text of fixed) {
      answer = or(answer, sameWithoutCase(text, value))
      if (answer === YES) return YES
    }
    return or(
      answer,
      anyTemplate(templates, template => templateEquals(template, value, question, sameWithoutCase)),
    )
  }
}

function compileLike(values: readonly string[], variables: boolean): Comparison {
  const templates = values.map(value => parseTemplate(value, variables))
  const globs = templates.filter(template => !template.variable).map(staticGlob)
  const variable = templates.filter(template => template.variable)
  return (value, question) => {
    for (const glob of globs) if (globMatches(glob, value)) return YES
    return anyTemplate(variable, template => templateFits(template, value, question))
  }
}

/** ArnEquals and ArnLike are one. Whether a pattern with missing parts is filled up here as in Resource is not documented: unsure. */
function compileArn(values: readonly string[], variables: boolean): Comparison {
  const patterns = values.map(value => compileArnPattern(value, variables))
  return (value, question) => {
    const segments = arnSegments(value)
    if (segments.length < 6 || segments[0] !== 'arn') return NO
    let answer: Truth = NO
    for (const pattern of patterns) {
      answer = or(answer, arnFits(pattern, value, segments, question))
      if (answer === YES) return YES
    }
    return answer
  }
}

function compileOrdered(values: readonly string[], parse: (text: string) => number | undefined, order: Operator['order']): Comparison {
  const wanted = values.map(parse)
  return value => {
    const given = parse(value)
    if (given === undefined) return NO
    return wanted.some(bound => bound !== undefined && stands(given, bound, order)) ? YES : NO
  }
}

function stands(given: number, bound: number, order: Operator['order']): boolean {
  switch (order) {
    case 'less':
      return given < bound
    case 'lessOrEqual':
      return given <= bound
    case 'greater':
      return given > bound
    case 'greaterOrEqual':
      return given >= bound
    default:
      return given === bound
  }
}

/** The operators' page allows variables in Bool, the variables' page does not: unsure. */
function compileBool(values: readonly string[], variables: boolean): Comparison {
  const doubtful = variables && values.some(value => value.includes('${'))
  const plain = compileParsed(values, parseBool, (a, b) => a === b)
  return doubtful ? (value, question) => or(plain(value, question), UNSURE) : plain
}

function compileParsed<T>(
  values: readonly string[],
  parse: (text: string) => T | undefined,
  fits: (wanted: T, given: T) => boolean,
): Comparison {
  const wanted = values.map(parse).filter(each => each !== undefined)
  return value => {
    const given = parse(value)
    return given !== undefined && wanted.some(each => fits(each, given)) ? YES : NO
  }
}
