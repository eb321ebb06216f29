import { emptyBitset, equal, type Bitset } from './bitset.ts'

/** Whom a source reaches, and of whom that is not known: disjoint. */
export interface ReachSets {
  readonly allowed: Bitset
  readonly unknown: Bitset
}

/** The sets are reused: copy what you keep. */
export type TellRun = (from: number, start: number, end: number, allowed: Bitset, unknown: Bitset) => void

/** Rows of a source that follow one another: what stays the same is told once, as a run. */
export function makeRowRuns(size: number, tell: TellRun) {
  const makeSets = (): ReachSets => ({ allowed: emptyBitset(size), unknown: emptyBitset(size) })
  let [kept, next] = [makeSets(), makeSets()]
  let begun = 0
  return {
    /** To be filled in full before `put`. */
    next: (): ReachSets => next,
    /** What is in `next` holds from there on; a source begins at 0. */
    put: (from: number, start: number): void => {
      if (start > 0) {
        if (equal(next.allowed, kept.allowed) && equal(next.unknown, kept.unknown)) return
        tell(from, begun, start, kept.allowed, kept.unknown)
      }
      begun = start
      ;[kept, next] = [next, kept]
    },
    finish: (from: number, end: number): void => tell(from, begun, end, kept.allowed, kept.unknown),
  }
}
