import type { Blueprint } from '#model/blueprint.ts'
import type { Kind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader, World } from '#model/world.ts'
import type { Proposal } from './proposal.ts'

/** One thing that a blueprint declares, as one joint makes it. What it depends on being unread keeps this part alone from being planned. */
export interface BlueprintPart {
  /** `payments/reader`, `storage`: for people. */
  readonly about: string
  /** The kinds that it looks at. */
  readonly reads: readonly Kind[]
  /**
   * What is missing for it to hold, in the order in which it can be made; nothing when it holds. The world is as the parts before it leave it.
   * @throws Unread when what it depends on was not read, UserError `BAD_BLUEPRINT` when it cannot be made, `NOT_OURS` when it
   * is somebody else's to make: that keeps this part alone from being planned
   */
  propose(world: World, cluster: Resource<'aws/eks/Cluster'>): readonly Proposal[]
}

/** How a joint is made: `blueprint.ts` of its folder. */
export interface JointBlueprint {
  readonly joint: string
  /** In the order in which they can be made. */
  parts(blueprint: Blueprint): readonly BlueprintPart[]
}

/** A part whose world gives only the kinds that it says it reads: asking for another does not compile. */
export const definePart = <const R extends Kind>(part: {
  readonly about: string
  readonly reads: readonly R[]
  propose(world: Reader<R>, cluster: Resource<'aws/eks/Cluster'>): readonly Proposal[]
}): BlueprintPart => part
