import type { UnreadFact } from '#base/errors.ts'
import type { Blueprint } from '#model/blueprint.ts'
import type { Kind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader, World } from '#model/world.ts'

/** What exists already, as a blueprint declares it. */
export interface Adopted {
  readonly part: Partial<Blueprint>
  /** What a blueprint cannot say of it, each a sentence: a pattern that allows more than what is named. */
  readonly remarks: readonly string[]
  /** What is left out, since it is not known what exists. */
  readonly unread?: readonly { readonly about: string; readonly fact: UnreadFact }[]
}

/** How a joint that exists is declared: the other way round of its blueprint. `adopt.ts` of its folder. */
export interface Adoption {
  /** The part of a blueprint that it fills in. */
  readonly fills: Exclude<keyof Blueprint, 'cluster'>
  readonly reads: readonly Kind[]
  /** Nothing when there is none. @throws Unread when it is not known what exists */
  adopt(world: World, cluster: Resource<'aws/eks/Cluster'>): Adopted | undefined
}

/** An adoption whose world gives only the kinds that it says it reads. */
export const defineAdoption = <const R extends Kind>(adoption: {
  readonly fills: Adoption['fills']
  readonly reads: readonly R[]
  adopt(world: Reader<R>, cluster: Resource<'aws/eks/Cluster'>): Adopted | undefined
}): Adoption => adoption

/** What is adopted stands in no file yet. */
export const nowhere = ''
