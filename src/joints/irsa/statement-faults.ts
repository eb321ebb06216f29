import type { Difference, StatementTrace } from '#iam/explain.ts'
import { compileGlob, globMatches } from '#iam/glob.ts'
import type { WebIdentityToken } from '#joints/trust.ts'
import type { Path, Spot } from '#model/place.ts'
import { foreignIssuer, issuerInArn, strayIssuer, strayProvider, type Stray } from './stray-issuer.ts'

/**
 * What keeps one Allow statement from matching a token.
 * `foreign`: the statement is for another kind of caller. `excluded`: a negated operator names the token. `invalid`: IAM would refuse the element.
 */
export type FaultKind =
  | 'action'
  | 'not-action'
  | 'issuer'
  | 'foreign'
  | 'swapped'
  | 'wildcard'
  | 'subject'
  | 'audience'
  | 'operator'
  | 'excluded'
  | 'condition'
  | 'invalid'

export interface Fault {
  readonly kind: FaultKind
  /** Inside the policy document, to a value that exists. */
  readonly path: Path
  readonly spot: Spot
  readonly label: string
  /** What the policy says there. */
  readonly written: readonly string[]
  /** For `issuer`: how it strays. */
  readonly stray?: Stray
  /** For conditions, as written. */
  readonly key?: string
  readonly operator?: string
}

/** Every reason why the statement is not about the token; one clause may have several. What is open is not a fault. */
export function faultsOf(trace: StatementTrace, token: WebIdentityToken, invalid: boolean): readonly Fault[] {
  if (invalid) {
    const problem = trace.differences.find(
      difference => difference.unknown && difference.actual === undefined && difference.operator === undefined,
    )
    const spot = typeof problem?.path.at(-1) === 'string' ? 'key' : 'value'
    if (problem !== undefined)
      return [{ ...about(problem, 'invalid', problem.expected[0] ?? 'IAM refuses this element', spot), written: [] }]
  }
  return trace.differences.filter(difference => !difference.unknown).flatMap(difference => faultsIn(difference, token))
}

function faultsIn(difference: Difference, token: WebIdentityToken): readonly Fault[] {
  switch (difference.element) {
    case 'Action':
      return [about(difference, 'action', 'a token needs sts:AssumeRoleWithWebIdentity')]
    case 'NotAction':
      return [about(difference, 'not-action', 'this leaves sts:AssumeRoleWithWebIdentity out')]
    case 'Principal':
      return [principalFault(difference, token)]
    case 'Condition':
      return clauseFaults(difference, token)
    default:
      return [about(difference, 'condition', 'this element leaves the token out')]
  }
}

const about = (difference: Difference, kind: FaultKind, label: string, spot: Spot = 'value'): Fault => ({
  kind,
  path: difference.path,
  spot,
  label,
  written: difference.expected,
  ...(difference.key === undefined ? {} : { key: difference.key }),
  ...(difference.operator === undefined ? {} : { operator: difference.operator }),
})

function principalFault(difference: Difference, token: WebIdentityToken): Fault {
  const strays =
    difference.path.at(-1) === 'Federated' ? difference.expected.map(arn => strayProvider(arn, token.provider, token.issuer)) : []
  const index = strays.findIndex(stray => stray !== undefined)
  const stray = strays[index]
  if (stray === undefined) return about(difference, 'foreign', 'this statement is for other callers')
  const path = difference.expected.length === 1 ? difference.path : [...difference.path, index]
  return { ...about(difference, 'issuer', stray.label), path, stray, written: difference.expected.slice(index, index + 1) }
}

/** `sub` and `aud` are all that a service account's token offers to policies; the issuer stands before the last colon. */
function claimOf(key: string): { readonly issuer: string; readonly claim: 'sub' | 'aud' } | undefined {
  const colon = key.lastIndexOf(':')
  const claim = key.slice(colon + 1).toLowerCase()
  return colon > 0 && (claim === 'sub' || claim === 'aud') ? { issuer: key.slice(0, colon), claim } : undefined
}

/** Without set prefix and IfExists, which do not change what a single value is compared with. */
const baseOf = (operator: string): string => operator.replace(/^For(?:All|Any)Values?:/, '').replace(/IfExists$/, '')

const stringOperators: ReadonlySet<string> = new Set(['StringEquals', 'StringEqualsIgnoreCase', 'StringLike'])

function clauseFaults(difference: Difference, token: WebIdentityToken): readonly Fault[] {
  const { key = '', operator = '', actual } = difference
  const named = claimOf(key)
  const base = baseOf(operator)
  const keyed = { ...difference, path: keyPath(difference) }
  if (base.includes('Not')) return [about(difference, 'excluded', `the token says ${actual?.[0] ?? 'nothing'}`)]
  if (named === undefined || base === 'Null') return [about(keyed, 'condition', conditionText(actual), 'key')]
  if (named.issuer.toLowerCase() === token.issuer.toLowerCase()) return valueFaults(difference, named.claim, token)
  const stray = strayIssuer(named.issuer, token.issuer) ?? foreignIssuer
  return [{ ...about(keyed, 'issuer', stray.label, 'key'), stray }, ...valueFaults(difference, named.claim, token)]
}

const conditionText = (actual: readonly string[] | undefined): string =>
  actual === undefined ? 'this call carries no such key' : `this call says ${actual.join(', ')}`

const subjectPrefix = 'system:serviceaccount:'
const hasWildcard = (value: string): boolean => value.includes('*') || value.includes('?')
const fits = (pattern: string, value: string): boolean => globMatches(compileGlob(pattern), value)

/** What is wrong with the values of a clause about `sub` or `aud`, once its key is right; none when they accept the token. */
function valueFaults(difference: Difference, claim: 'sub' | 'aud', token: WebIdentityToken): readonly Fault[] {
  const { expected: values, operator = '' } = difference
  const base = baseOf(operator)
  const actual = claim === 'sub' ? token.subject : token.audience
  const keyed = { ...difference, path: keyPath(difference) }
  if (isSwapped(values, claim, token)) return [swappedFault(keyed, claim, token)]
  if (!stringOperators.has(base)) {
    const path = keyed.path.slice(0, -1)
    return [
      {
        ...about(
          { ...difference, path },
          'operator',
          `${operator} cannot compare the token's ${claim === 'sub' ? 'subject' : 'audience'}`,
          'key',
        ),
      },
    ]
  }
  if (values.some(value => value === actual || (base === 'StringLike' && fits(value, actual)))) return []
  const wild = claim === 'sub' && base !== 'StringLike' ? values.findIndex(value => hasWildcard(value) && fits(value, actual)) : -1
  if (wild >= 0) {
    const written = values[wild] ?? ''
    const star = written.includes('*') ? '*' : '?'
    return [{ ...about(atValue(difference, wild), 'wildcard', `${operator} takes the ${star} literally`), written: [written] }]
  }
  const label = values.length > 1 ? `none of these ${values.length}: the token says ${actual}` : `the token says ${actual}`
  return [about(difference, claim === 'sub' ? 'subject' : 'audience', label)]
}

/** A subject where the audience is compared, or the audience where the subject is. */
function isSwapped(values: readonly string[], claim: 'sub' | 'aud', token: WebIdentityToken): boolean {
  if (claim === 'aud') return values.length > 0 && values.every(value => value.startsWith(subjectPrefix))
  return values.length > 0 && values.every(value => value === token.audience || value === 'sts.amazonaws.com')
}

/** A subject under `:aud` that is not this token's is wrong twice over. */
function swappedFault(keyed: Difference, claim: 'sub' | 'aud', token: WebIdentityToken): Fault {
  const subjects = claim === 'aud' ? keyed.expected : []
  const meant = subjects.length === 0 || subjects.some(value => fits(value, token.subject))
  const label = claim === 'aud' ? 'the subject is compared with the audience here' : 'the audience is compared with the subject here'
  return meant
    ? about(keyed, 'swapped', label, 'key')
    : about(keyed, 'subject', `this compares the audience, and the token's subject is ${token.subject}`, 'key')
}

/** Where the clause's key stands, whether the difference points at it or at the only value of its list. */
const keyPath = (difference: Difference): Path =>
  typeof difference.path.at(-1) === 'number' ? difference.path.slice(0, -1) : difference.path

const atValue = (difference: Difference, index: number): Difference =>
  difference.expected.length === 1 ? difference : { ...difference, path: [...keyPath(difference), index] }

/** The issuer that a fault's text names: of a provider's ARN, or of a condition key. */
export function issuerNamed(fault: Fault): string | undefined {
  return fault.key === undefined ? issuerInArn(fault.written[0] ?? '') : claimOf(fault.key)?.issuer
}
