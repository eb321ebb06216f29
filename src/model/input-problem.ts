/** Something in the input that could not be read as it stands. The rest was still read. */
export interface InputProblem {
  /** Stable: `YAML_SYNTAX`, `DUPLICATE_KEY`, `POLICY_NOT_JSON`, … */
  readonly code: string
  readonly file: string
  readonly line: number
  readonly column: number
  /** In lower case, no full stop. */
  readonly message: string
  /** The line itself, for the caret; shortened when it is very long. */
  readonly text?: string
  /** The next step. */
  readonly help?: string
}
