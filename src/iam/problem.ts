import type { Path } from './document.ts'

/** Something in a policy that AWS would refuse or that can never work. The codes are stable. */
export type ProblemCode =
  | 'not-a-policy'
  | 'invalid-version'
  | 'invalid-statement'
  | 'invalid-effect'
  | 'invalid-principal'
  | 'missing-principal'
  | 'forbidden-principal'
  | 'invalid-action'
  | 'missing-action'
  | 'invalid-resource'
  | 'missing-resource'
  | 'forbidden-resource'
  | 'invalid-condition'
  | 'unknown-operator'
  | 'invalid-value'
  | 'invalid-variable'
  | 'unknown-element'

export interface Problem {
  readonly path: Path
  readonly code: ProblemCode
  /** Lower case, no full stop. */
  readonly message: string
  /** True when the statement stays usable all the same. */
  readonly harmless?: boolean
}
