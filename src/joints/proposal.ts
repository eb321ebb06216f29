import type { Change } from '#model/change.ts'

/** A change that makes a link hold, before it has its place in a plan. */
export interface Proposal {
  readonly change: Change
  /** What it does, in the imperative: `create role prod-payments-reader`. */
  readonly title: string
  /** The joint and link that it makes: `pod-identity: association`. */
  readonly makes: string
  readonly wait?: { readonly for: 'ready' | 'propagation'; readonly seconds: number }
}
