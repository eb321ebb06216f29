import type { Kind, Kinds } from '#model/kinds.ts'
import type { Path } from '#model/place.ts'
import type { PodGroup } from './network.ts'
import type { Answer, LayerName } from './question.ts'

/** An addition to a document of the input: a value at a path where nothing is (the next place of a list), or a whole new document. */
export type HealEdit =
  | { readonly do: 'add'; readonly kind: Kind; readonly id: string; readonly path: Path; readonly value: unknown }
  | { readonly do: 'create'; readonly kind: Kind; readonly id: string; readonly document: Kinds[Kind] }

/** The smallest additions that make a denied question allowed, proved by asking it again of the network with them. */
export interface Heal {
  readonly edits: readonly HealEdit[]
  /** In lower case, no full stop, one for each edit: `sg-0api lets tcp/8080 in from sg-0web`. */
  readonly says: readonly string[]
  readonly layers: readonly LayerName[]
  /** Pairs of groups that reach each other with it at this port and did not before, the pair that was asked for among them. */
  readonly opens: readonly (readonly [from: string, to: string])[]
  /** What the question is answered with it. */
  readonly answer: Answer
}

/** What nobody can heal by adding a rule: why, in lower case, no full stop. */
export interface NotHealed {
  readonly because: string
  readonly answer: Answer
}

export interface HealOptions {
  /** Over which the blast radius is counted. */
  readonly groups: readonly PodGroup[]
}
