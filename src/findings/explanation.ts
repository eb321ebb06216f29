import type { Chain } from '#model/chain.ts'
import type { Finding } from './finding.ts'

/** One chain, what breaks it, and what would break next once that is mended. */
export interface Explanation {
  readonly chain: Chain
  readonly finding?: Finding
  /** The link of another joint that has the finding of what breaks this chain: `irsa/trust`. */
  readonly toldBy?: string
  /** What still breaks after the fixes so far, in order; each was found in a copy of the world with the ones before mended. */
  readonly next: readonly Finding[]
  /** The chain with every fix applied; absent when a break has no fix as data. */
  readonly mended?: Chain
}
