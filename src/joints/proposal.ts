import type { Change } from '#model/change.ts'

/** A change that makes a link hold, before it has its place in a plan. */
export interface Proposal {
  readonly change: Change
  /** What it does, in the imperative: `create role prod-payments-reader`. */
  readonly title: string
  /** The joint and link that it makes: `pod-identity: association`. */
  readonly makes: string
  /** Why it is made so, when Mortise had to choose: `pod-identity, since its agent runs on the nodes`. */
  readonly because?: string
  /** Bounded; what is not over by then fails the step. */
  readonly wait?: { readonly for: 'ready' | 'propagation'; readonly seconds: number }
}
