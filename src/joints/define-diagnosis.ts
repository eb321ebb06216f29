/** One question of a tree, and what is ruled out once its answer is that the link holds. */
export interface Question {
  /** A link, or one check of a link where the others there cannot be the cause: `irsa/trust`, `ebs-encryption/key-unusable`. */
  readonly asks: `${string}/${string}`
  /** A few words in lower case: `the role refuses the token`. Without them the title of the link says it. */
  readonly rulesOut?: string
}

/**
 * How to find the one cause of what a user sees. The questions stand in the order in which they are asked: what is nearest to the symptom and
 * needs the least permission first, and of two that could both be broken the one upstream, which explains the other.
 */
export interface Tree {
  /** `secret-mount`. */
  readonly id: string
  /** What the user sees: `a secret is not mounted`. */
  readonly title: string
  /** What opens it: symptoms, or every symptom of a link that opens no other tree: `secrets-store/no-region-answered`, `irsa/trust`. */
  readonly opens: readonly `${string}/${string}`[]
  readonly questions: readonly Question[]
  /** Parts of the images of components whose logs tell more than the text: on the node of the pod, or controllers of the cluster. */
  readonly logs?: readonly string[]
}

export const defineTrees = (trees: readonly Tree[]): readonly Tree[] => trees
