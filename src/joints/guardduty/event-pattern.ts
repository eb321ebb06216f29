/** Whether a pattern of EventBridge lets an event through: `maybe` where it looks at what is not said of the event. */
export type Matched = 'yes' | 'no' | 'maybe'

/** What is said of an event. `undefined` stands for a value that events of the sort have, and that is not said. */
export interface SampleEvent {
  readonly [field: string]: string | number | boolean | SampleEvent | undefined
}

/**
 * The pattern of a rule against an event of which only a part is known.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * A pattern that is no JSON, which EventBridge refuses, matches nothing.
 */
export function matchPattern(text: string, event: SampleEvent): Matched {
  const pattern = parsed(text)
  return isMap(pattern) ? matchFields(pattern, event) : 'no'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const all = (results: readonly Matched[]): Matched => (results.includes('no') ? 'no' : results.includes('maybe') ? 'maybe' : 'yes')
const some = (results: readonly Matched[]): Matched => (results.includes('yes') ? 'yes' : results.includes('maybe') ? 'maybe' : 'no')
const not = (result: Matched): Matched => (result === 'yes' ? 'no' : result === 'no' ? 'yes' : 'maybe')

/** Fields are all to match; a list is of alternatives. */
function matchFields(pattern: Readonly<Record<string, unknown>>, event: SampleEvent): Matched {
  return all(
    Object.entries(pattern).map(([field, wanted]) => {
      if (field === '$or' && Array.isArray(wanted)) return some(wanted.map(each => (isMap(each) ? matchFields(each, event) : 'no')))
      const isSaid = field in event && event[field] !== undefined
      if (Array.isArray(wanted)) return isSaid ? some(wanted.map(each => matchValue(each, event[field]))) : 'maybe'
      if (!isMap(wanted)) return 'no'
      const inside = event[field]
      if (!isSaid) return 'maybe'
      return isMap(inside) ? matchFields(wanted, inside) : 'no'
    }),
  )
}

function matchValue(wanted: unknown, value: SampleEvent[string]): Matched {
  if (!isMap(wanted)) return wanted === value ? 'yes' : 'no'
  const [operator = '', operand] = Object.entries(wanted)[0] ?? []
  const operation = operators[operator]
  return operation === undefined ? 'maybe' : operation(operand, value)
}

const yesWhen = (holds: boolean): Matched => (holds ? 'yes' : 'no')
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** `prefix` and `suffix` may ignore case: `{ "prefix": { "equals-ignore-case": "x" } }`. */
const edge =
  (holds: (text: string, part: string) => boolean) =>
  (operand: unknown, value: SampleEvent[string]): Matched => {
    if (typeof value !== 'string') return 'no'
    if (isMap(operand)) return yesWhen(holds(value.toLowerCase(), textOf(operand['equals-ignore-case']).toLowerCase()))
    return yesWhen(holds(value, textOf(operand)))
  }

const operators: Readonly<Record<string, (operand: unknown, value: SampleEvent[string]) => Matched>> = {
  prefix: edge((text, part) => text.startsWith(part)),
  suffix: edge((text, part) => text.endsWith(part)),
  'equals-ignore-case': (operand, value) => yesWhen(textOf(value).toLowerCase() === textOf(operand).toLowerCase()),
  exists: (operand, value) => yesWhen((value !== undefined) === (operand === true)),
  wildcard: (operand, value) => yesWhen(typeof value === 'string' && wildcard(textOf(operand), value)),
  numeric: (operand, value) => yesWhen(Array.isArray(operand) && typeof value === 'number' && comparisonsHold(operand, value)),
  'anything-but': (operand, value) =>
    not(some((Array.isArray(operand) ? (operand as readonly unknown[]) : [operand]).map(each => matchValue(each, value)))),
}

/** A star is any text. Piece by piece, in time that is linear in the text for each piece. */
function wildcard(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return pattern === text
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}

/** `[">", 0, "<=", 5]`: all of them. */
function comparisonsHold(list: readonly unknown[], value: number): boolean {
  if (list.length === 0 || list.length % 2 !== 0) return false
  return list.every((each, index) => {
    if (index % 2 === 1) return true
    const bound = list[index + 1]
    return typeof bound === 'number' && comparisons[String(each)]?.(value, bound) === true
  })
}
