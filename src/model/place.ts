/** A path inside a body: `['spec', 'containers', 0, 'image']`. */
export type Path = readonly (string | number)[]

/** Where a value stands in a file. Lines and columns count from 1, columns and lengths in UTF-16 units. */
export interface FilePlace {
  readonly in: 'file'
  readonly file: string
  readonly line: number
  readonly column: number
  /** How much of the first line the value covers; at least 1. */
  readonly length: number
  /** The whole text of the line, and of the one above it when that is not blank, for quoting. */
  readonly text: string
  readonly above?: string
}

/** Where a value stands in an API's answer. */
export interface ApiPlace {
  readonly in: 'api'
  /** The call: `iam:GetRole s3-reader`, or `GET /api/v1/namespaces/payments/serviceaccounts/reader`. */
  readonly call: string
  /** The path as people write it: `.metadata.annotations["eks.amazonaws.com/role-arn"]`. */
  readonly path: string
  /** The value, as one line of JSON, shortened. */
  readonly excerpt: string
}

export type Place = FilePlace | ApiPlace

/** Underline the value, or the key that holds it. */
export type Spot = 'value' | 'key'

/** Says where values of one resource stand. Slow on purpose: it re-reads the document, so only what is printed is located. */
export interface Origin {
  /** @param inner leads further, inside a text that is YAML itself: the place is the nearest that the source can tell */
  locate(path: Path, spot: Spot, inner?: Path): Place
}

const plain = /^[A-Za-z_][A-Za-z0-9_]*$/

/** `.metadata.annotations["eks.amazonaws.com/role-arn"]`, `.spec.containers[0]`. */
export function pathText(path: Path): string {
  if (path.length === 0) return '.'
  return path.map(step => (typeof step === 'number' ? `[${step}]` : plain.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`)).join('')
}

/** The value at a path, or undefined. */
export function valueAt(body: unknown, path: Path): unknown {
  let value: unknown = body
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    if (!Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}
