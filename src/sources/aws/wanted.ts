/** What is read of one region besides those of the clusters, and nothing else there: secrets and parameters by name or ARN, and their keys. */
export interface NamedInRegion {
  readonly region: string
  readonly secrets: readonly string[]
  readonly parameters: readonly string[]
}

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
  /** ARNs of queues, topics, repositories and functions: only these are read. */
  readonly resources?: readonly string[]
  /** Parameters of Systems Manager: ARNs or names; every parameter when absent. */
  readonly parameters?: readonly string[]
  /** Regions that SecretProviderClasses and stores of External Secrets name. */
  readonly regions?: readonly NamedInRegion[]
  /** Names of log groups of which streams and subscriptions are read, besides those that EKS and Container Insights make for the clusters. */
  readonly logGroups?: readonly string[]
  /** Add-ons whose versions are read, besides those of which joints speak. */
  readonly addons?: readonly string[]
  /** Ids of security groups that are read wherever they are, besides those of the clusters' VPCs and those that these name. */
  readonly securityGroups?: readonly string[]
  /** Ids of prefix lists of which the entries are read, besides those that rules and routes name. */
  readonly prefixLists?: readonly string[]
}
