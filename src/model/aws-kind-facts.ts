import type { IndexOf } from './kinds-kubernetes.ts'

/** How an AWS kind is told apart, and the indexes that checks look it up by. */
export interface AwsFactsOf<Body> {
  /** The ARN; an organisation's targets and policies go by the ids that they name each other with. */
  readonly id: (body: Body) => string
  /** It has no region. */
  readonly global: boolean
  readonly indexes?: Readonly<Record<string, IndexOf<Body>>>
}

/** The facts of every kind of one domain: each domain's kinds stand in a file of their own, and `kinds-aws.ts` merges them. */
export type AwsFactsTable<Bodies> = { readonly [K in keyof Bodies]: AwsFactsOf<Bodies[K]> }
