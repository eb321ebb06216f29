import type { Verdict } from './verdict.ts'

/** One link of a chain, judged for one workload. */
export interface LinkState {
  readonly id: string
  readonly title: string
  /** `not-asked`: an earlier link is broken. `no-check`: nothing judges this link yet, which is not a pass. */
  readonly verdict: Verdict | { readonly is: 'not-asked' } | { readonly is: 'no-check' }
  /** The check whose verdict this is. */
  readonly check?: string
}

/** One joint drawn for one subject: its links in order, from the pod's side to the AWS side. */
export interface Chain {
  readonly joint: string
  /** `deploy/reader in payments`. */
  readonly subject: string
  readonly links: readonly LinkState[]
  /** How the chain stands as a whole: broken at its first failing link; unknown when any link is; `holds` otherwise. */
  readonly state: 'holds' | 'broken' | 'unknown'
}
