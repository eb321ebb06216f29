import { applyChanges } from '#model/change.ts'
import type { Kind } from '#model/kinds.ts'
import type { Reader, World } from '#model/world.ts'
import type { Proposal } from './proposal.ts'

type Propose<K extends Kind> = (world: Reader<K>) => readonly Proposal[]

/** What several parts of one thing propose, each for the world as the ones before it leave it. */
export function inTurn<K extends Kind>(world: Reader<K>, ...parts: readonly Propose<K>[]): readonly Proposal[] {
  const proposals: Proposal[] = []
  let now = world
  for (const propose of parts) {
    const more = propose(now)
    now = afterwards(now, more)
    proposals.push(...more)
  }
  return proposals
}

/** The world as proposals leave it. */
export const afterwards = <K extends Kind>(world: Reader<K>, proposals: readonly Proposal[]): Reader<K> =>
  // Parts are given a world, of which they see the kinds that they declare.
  applyChanges(
    world as Reader as World,
    proposals.map(({ change }) => change),
  )
