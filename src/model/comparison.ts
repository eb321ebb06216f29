import { isDeepStrictEqual } from 'node:util'
import type { Comparison } from './change.ts'
import type { Kind } from './kinds.ts'

/**
 * AWS gives lists back in any order, one text for a list of one, nothing for what is empty, and rules of security groups in other groups than they
 * were given in. Both kinds of API add members of their own.
 */
export const comparisonFor = (kind: Kind): Comparison => (kind.startsWith('aws/') ? aws : kubernetes)

/** Whether two values of AWS mean the same. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export const sameValue = (a: unknown, b: unknown): boolean => compared(a, b, { isSet: true, mayHaveMore: false })

const aws: Comparison = {
  same: sameValue,
  holds: (now, wanted) => compared(now, wanted, { isSet: true, mayHaveMore: true }),
  anyOrder: true,
}
const kubernetes: Comparison = {
  same: isDeepStrictEqual,
  holds: (now, wanted) => compared(now, wanted, { isSet: false, mayHaveMore: true }),
  anyOrder: false,
}

interface Rules {
  /** Lists have no order, a list of one is its only text, and what is empty is nothing. */
  readonly isSet: boolean
  /** The first may have members that the second has not. */
  readonly mayHaveMore: boolean
}

function compared(now: unknown, wanted: unknown, rules: Rules): boolean {
  if (now === wanted) return true
  if (rules.isSet) {
    if (isNothing(now) && isNothing(wanted)) return true
    if (isText(now) && isListOfOne(wanted)) return now === wanted[0]
    if (isListOfOne(now) && isText(wanted)) return now[0] === wanted
    if (isText(now) && isText(wanted)) return comparedDocuments(now, wanted, rules)
  }
  if (Array.isArray(now) && Array.isArray(wanted)) return comparedLists(now, wanted, rules)
  if (!isMap(now) || !isMap(wanted)) return false
  const keys = rules.mayHaveMore ? Object.keys(wanted) : [...new Set([...Object.keys(now), ...Object.keys(wanted)])]
  return keys.every(key => (rules.isSet && times.has(key)) || compared(now[key], wanted[key], rules))
}

function comparedLists(now: readonly unknown[], wanted: readonly unknown[], rules: Rules): boolean {
  if (!rules.isSet) return now.length === wanted.length && now.every((item, index) => compared(item, wanted[index], rules))
  const left = now.flatMap(singleRules)
  const right = wanted.flatMap(singleRules)
  if (left.length !== right.length) return false
  return right.every(item => {
    const index = left.findIndex(other => compared(other, item, rules))
    if (index >= 0) left.splice(index, 1)
    return index >= 0
  })
}

/** Texts that are JSON: settings of an add-on. */
function comparedDocuments(now: string, wanted: string, rules: Rules): boolean {
  const [left, right] = [documentOf(now), documentOf(wanted)]
  return left !== undefined && right !== undefined && compared(left, right, rules)
}

function documentOf(text: string): unknown {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const peerLists = ['IpRanges', 'Ipv6Ranges', 'PrefixListIds', 'UserIdGroupPairs'] as const

/** A permission as its single rules: EC2 keeps one for each peer, and groups them as it likes. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
export function singleRules(item: unknown): readonly unknown[] {
  if (!isMap(item) || !('IpProtocol' in item)) return [item]
  const { IpProtocol, FromPort, ToPort } = item
  return peerLists.flatMap(name =>
    ((item[name] ?? []) as readonly unknown[]).map(peer => ({ IpProtocol, FromPort, ToPort, [name]: [peer] })),
  )
}

/** When EKS made or changed something is no part of what was asked for. */
const times: ReadonlySet<string> = new Set(['associatedAt', 'createdAt', 'modifiedAt'])

const isText = (value: unknown): value is string => typeof value === 'string'
const isListOfOne = (value: unknown): value is readonly [string] => Array.isArray(value) && value.length === 1 && isText(value[0])
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isNothing = (value: unknown): boolean =>
  value === undefined || value === '' || value === '{}' || (Array.isArray(value) && value.length === 0)
