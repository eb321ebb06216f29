import type { UnreadFact } from '#base/errors.ts'
import type { Change } from './change.ts'
import type { Evidence } from './resource.ts'

export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const
export type Severity = (typeof severities)[number]

/** A repair as data. `safe` means that it cannot widen access or interrupt a workload; others need approval. */
export interface Fix {
  /** What it does, in the imperative: `trust system:serviceaccount:payments:reader`. */
  readonly title: string
  readonly safe: boolean
  readonly changes: readonly Change[]
}

export interface Fail {
  /** Both ends and the broken edge, in lower case, no full stop. */
  readonly message: string
  /** The first is the primary place: the one that decides. */
  readonly evidence: readonly [Evidence, ...Evidence[]]
  /** What happens because of it, a sentence. */
  readonly effect: string
  readonly fix?: Fix
  /** When there is no fix as data: what a person does next, a sentence. */
  readonly help?: string
  /** Tells findings of one check on one subject apart. Never a line, a message or an order. */
  readonly key?: string
  /** One of the severities that the check declares, when it is not the check's own. */
  readonly severity?: Severity
  /** A component of the cluster said so before: what it says after a change nobody knows. */
  readonly reported?: true
  /** Links of other joints that tell the same, `irsa/trust`: where the chain of the same workload breaks at one of them, this is no finding of its own. */
  readonly toldBy?: readonly string[]
  /** Whose chains those are besides the subject's own, as `subjectKey` writes them: of a store it is the service account as which it asks. */
  readonly toldOf?: readonly string[]
}

export type Verdict =
  | { readonly is: 'pass'; readonly because: readonly Evidence[] }
  | ({ readonly is: 'fail' } & Fail)
  | { readonly is: 'skip'; readonly why: string }
  | { readonly is: 'unknown'; readonly fact: UnreadFact }

export const pass = (...because: readonly Evidence[]): Verdict => ({ is: 'pass', because })
export const fail = (what: Fail): Verdict => ({ is: 'fail', ...what })
export const skip = (why: string): Verdict => ({ is: 'skip', why })
export const unknown = (fact: UnreadFact): Verdict => ({ is: 'unknown', fact })
