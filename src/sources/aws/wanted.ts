/** What to ask for by name. */
export interface Wanted {
  /** Asked for one by one where roles may not be listed. */
  readonly roleArns: readonly string[]
  /** Of which roles it is read when each service was last used; of `roleArns` when absent. */
  readonly lastAccessed?: readonly string[]
  /** EC2 instance ids, as nodes' provider ids end in them; those with the clusters' tags when absent. */
  readonly instances?: readonly string[]
  /** KMS keys: ARNs, ids or aliases; every key when absent. */
  readonly keys?: readonly string[]
  /** Secrets: ARNs or names; every secret when absent. */
  readonly secrets?: readonly string[]
  /** Of which buckets the policies are read: of none when absent. */
  readonly buckets?: readonly string[]
}
