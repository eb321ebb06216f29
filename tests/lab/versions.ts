/** What the lab is made of. Each is part of the name of what is built from it, so old binaries are never mistaken for new ones. */
export const versions = {
  kubernetes: '1.37.2',
  ministack: '1.5.33',
  microburst: '0.10.0',
  kwok: '0.7.0',
  /** The last under the MPL. */
  terraform: '1.5.7',
  cfnLint: '1.58.0',
  /** As `secrets-store/module/go.mod` has it. */
  secretsStoreDriver: '1.6.0',
  /** What the lab's own provider says it is. */
  secretsStoreProvider: '3.1.1',
  /** The oldest Go that kubernetes' own go.mod accepts. */
  go: '1.26',
} as const

/** The account, region and cluster every lab shows; the ids of EKS issuers are random for each lab. */
export const identity = {
  accountId: '111122223333',
  region: 'eu-west-1',
  clusterName: 'lab',
} as const
