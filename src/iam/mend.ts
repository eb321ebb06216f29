import { isRecord, valueAt, type Path } from './document.ts'
import type { Edit } from './edit.ts'
import type { Difference } from './explain.ts'
import { compileGlob, globMatches } from './glob.ts'

export type MendKind =
  | 'addValue'
  | 'changeValue'
  | 'removeValue'
  | 'renameKey'
  | 'changeOperator'
  | 'addAction'
  | 'addResource'
  | 'changePrincipal'
  | 'addPrincipal'
  | 'exemptFromDeny'

/** One way to make one element of a statement match. */
export interface Mend {
  readonly kind: MendKind
  readonly edits: readonly Edit[]
  readonly widens: readonly string[]
  readonly cost: number
}

const SUBJECT = 'system:serviceaccount:'

/** The ways to mend one difference, best first; none when only a person can say what to do. */
export function mendDifference(document: unknown, difference: Difference): readonly Mend[] {
  const wanted = difference.actual?.[0]
  switch (difference.element) {
    case 'Action':
      return wanted === undefined ? [] : [append(document, difference.path, wanted, 'addAction', `the statement also allows ${wanted}`)]
    case 'Resource':
      return wanted === undefined ? [] : [append(document, difference.path, wanted, 'addResource', `the statement also covers ${wanted}`)]
    case 'NotAction':
    case 'NotResource':
      return wanted === undefined ? [] : removeValue(document, difference.path, wanted)
    case 'Principal': {
      const name = lastingName(difference.actual ?? [])
      return name === undefined ? [] : mendPrincipal(document, difference.path, name)
    }
    case 'Condition':
      return mendCondition(document, difference)
    case 'NotPrincipal':
      return []
  }
}

/** Adds to a list, or makes a list of a text that stands alone. */
function append(document: unknown, path: Path, value: string, kind: MendKind, widens: string, cost = 1): Mend {
  const before = valueAt(document, path)
  const edit: Edit = Array.isArray(before) ? { path: [...path, before.length], after: value } : { path, before, after: [before, value] }
  return { kind, edits: [edit], widens: [widens], cost }
}

function removeValue(document: unknown, path: Path, value: string): readonly Mend[] {
  const before = valueAt(document, path)
  if (!Array.isArray(before) || before.length < 2) return []
  const index = before.findIndex(each => typeof each === 'string' && each.toLowerCase() === value.toLowerCase())
  return index === -1
    ? []
    : [
        {
          kind: 'removeValue',
          edits: [{ path: [...path, index], before: before[index] }],
          widens: [`${value} is no longer excepted`],
          cost: 1,
        },
      ]
}

/** What a policy should name a principal by: its role or user, not a session that ends within hours. */
function lastingName(names: readonly string[]): string | undefined {
  return names.find(name => name.startsWith('arn:') && !name.includes(':assumed-role/')) ?? names[0]
}

/** A path that ends at the principal's type holds other names of that type; else the element has none of it. */
function mendPrincipal(document: unknown, path: Path, wanted: string): readonly Mend[] {
  const before = valueAt(document, path)
  const widens = `the statement also trusts ${wanted}`
  if (typeof before === 'string' && path[path.length - 1] !== 'Principal') {
    // Another role's or account's name in its place is access that somebody has: only a provider of another issuer is taken for a slip.
    if (!wanted.includes(':oidc-provider/')) return [append(document, path, wanted, 'addPrincipal', widens, 2)]
    const change: Mend = {
      kind: 'changePrincipal',
      edits: [{ path, before, after: wanted }],
      widens: [`${before} is no longer trusted`, `${wanted} is`],
      cost: 2,
    }
    return [change, append(document, path, wanted, 'addPrincipal', widens, 2.5)]
  }
  if (Array.isArray(before)) return [append(document, path, wanted, 'addPrincipal', widens, 2)]
  return isRecord(before) && wanted.startsWith('arn:') && !wanted.includes(':oidc-provider/')
    ? [{ kind: 'addPrincipal', edits: [{ path: [...path, 'AWS'], after: wanted }], widens: [widens], cost: 2 }]
    : []
}

/** Where the clause's key stands, whether the difference points at it or at the only value of its list. */
function clausePath(difference: Difference): Path {
  return difference.path.slice(0, difference.path.lastIndexOf(difference.key ?? '') + 1)
}

function mendCondition(document: unknown, difference: Difference): readonly Mend[] {
  const { operator, key, actual } = difference
  if (operator === undefined || key === undefined) return []
  if (actual === undefined) return []
  const [value] = actual
  if (value === undefined || actual.length !== 1) return []
  const path = clausePath(difference)
  const base = operator.replace(/^For(AllValues|AnyValue):/, '').replace(/IfExists$/, '')
  if (base === 'StringNotEquals' || base === 'StringNotLike' || base === 'ArnNotEquals' || base === 'ArnNotLike')
    return removeValue(document, path, value)
  if (!ADDABLE.has(base)) return []
  return mendValues(document, { ...difference, path }, value, operator)
}

const ADDABLE: ReadonlySet<string> = new Set([
  'StringEquals',
  'StringEqualsIgnoreCase',
  'StringLike',
  'ArnEquals',
  'ArnLike',
  'NumericEquals',
  'Bool',
])

function mendValues(document: unknown, difference: Difference, value: string, operator: string): readonly Mend[] {
  const before = valueAt(document, difference.path)
  const key = difference.key ?? ''
  const dead = difference.expected.filter(each => isDead(key, each, operator))
  const change: Mend = {
    kind: 'changeValue',
    edits: [changeTo(difference.path, before, value)],
    widens: gone(difference.expected, dead, value),
    cost: 1,
  }
  if (dead.length === difference.expected.length) return [change, ...changeOperator(document, difference, value, operator)]
  const add = append(document, difference.path, value, 'addValue', `${value} is accepted too`)
  return [add, { ...change, cost: 1.5 }]
}

/** Keeps the form: a list stays a list. */
function changeTo(path: Path, before: unknown, value: string): Edit {
  return { path, before, after: Array.isArray(before) ? [value] : value }
}

function gone(expected: readonly string[], dead: readonly string[], value: string): readonly string[] {
  const lost = expected.filter(each => !dead.includes(each))
  return [`${value} is accepted`, ...lost.map(each => `${each} is no longer accepted`)]
}

/**
 * Values that no token can ever carry: a subject under `:aud`, an audience under `:sub`, a star under an operator that takes it literally.
 */
function isDead(key: string, value: string, operator: string): boolean {
  const lower = key.toLowerCase()
  if (lower.endsWith(':aud') && value.startsWith(SUBJECT)) return true
  if (!lower.endsWith(':sub')) return false
  if (operator.includes('StringEquals') && (value.includes('*') || value.includes('?'))) return true
  return !value.startsWith(SUBJECT) && !value.includes('*') && !value.includes('?') && !value.includes('${')
}

/** Stars under StringEquals were meant as wildcards: under StringLike they are. */
function changeOperator(document: unknown, difference: Difference, value: string, operator: string): readonly Mend[] {
  const { path, key = '', expected } = difference
  if (!operator.includes('StringEquals') || operator.includes('IgnoreCase')) return []
  const fitting = expected.filter(each => (each.includes('*') || each.includes('?')) && globMatches(compileGlob(each), value))
  if (fitting.length === 0) return []
  const before = valueAt(document, path)
  const target = [...path.slice(0, -2), operator.replace('StringEquals', 'StringLike'), key]
  if (valueAt(document, target) !== undefined) return []
  const edits: readonly Edit[] = [
    { path, before },
    { path: target, after: before },
  ]
  return [{ kind: 'changeOperator', edits, widens: fitting.map(each => `every subject that fits ${each} is accepted`), cost: 2 }]
}

/**
 * Renames a condition key that the request does not carry to the one it does, such as a key of another issuer, one with `https://`, or one in
 * a form that a token never has. The value becomes the request's when no value listed would meet it.
 */
export function renameKey(document: unknown, difference: Difference, key: string, value: string): Mend {
  const path = clausePath(difference)
  const before = valueAt(document, path)
  const fits = difference.expected.some(
    each => each === value || (difference.operator?.includes('Like') === true && globMatches(compileGlob(each), value)),
  )
  const target = [...path.slice(0, -1), key]
  const taken = valueAt(document, target) !== undefined
  const removal: Edit = { path, before }
  const edits: readonly Edit[] = taken ? [removal] : [removal, { path: target, after: fits ? before : value }]
  return { kind: 'renameKey', edits, widens: fits ? [] : [`${value} is accepted`], cost: 1 }
}
