import { isDeepStrictEqual } from 'node:util'
import type { Comparison } from './change.ts'
import type { Kind } from './kinds.ts'

/** AWS gives lists back in any order, and one text for a list of one; both kinds of API add members of their own. */
export const comparisonFor = (kind: Kind): Comparison => (kind.startsWith('aws/') ? aws : kubernetes)

/** Whether two values of AWS mean the same. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export const sameValue = (a: unknown, b: unknown): boolean => compared(a, b, { isSet: true, mayHaveMore: false })

const aws: Comparison = { same: sameValue, holds: (now, wanted) => compared(now, wanted, { isSet: true, mayHaveMore: true }) }
const kubernetes: Comparison = {
  same: isDeepStrictEqual,
  holds: (now, wanted) => compared(now, wanted, { isSet: false, mayHaveMore: true }),
}

interface Rules {
  /** Lists have no order, and a list of one is its only text. */
  readonly isSet: boolean
  /** The first may have members that the second has not. */
  readonly mayHaveMore: boolean
}

function compared(now: unknown, wanted: unknown, rules: Rules): boolean {
  if (now === wanted) return true
  if (rules.isSet && isText(now) && isListOfOne(wanted)) return now === wanted[0]
  if (rules.isSet && isListOfOne(now) && isText(wanted)) return now[0] === wanted
  if (Array.isArray(now) && Array.isArray(wanted)) return comparedLists(now, wanted, rules)
  if (!isMap(now) || !isMap(wanted)) return false
  const keys = rules.mayHaveMore ? Object.keys(wanted) : [...new Set([...Object.keys(now), ...Object.keys(wanted)])]
  return keys.every(key => compared(now[key], wanted[key], rules))
}

function comparedLists(now: readonly unknown[], wanted: readonly unknown[], rules: Rules): boolean {
  if (now.length !== wanted.length) return false
  if (!rules.isSet) return now.every((item, index) => compared(item, wanted[index], rules))
  const left = [...now]
  return wanted.every(item => {
    const at = left.findIndex(other => compared(other, item, rules))
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isListOfOne = (value: unknown): value is readonly [string] => Array.isArray(value) && value.length === 1 && isText(value[0])
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
