/** What a user declares in `mortise.yaml`: what shall hold, whoever makes it so. */
export interface Blueprint {
  /** The name of the EKS cluster. */
  readonly cluster: string
  readonly workloads: readonly BlueprintWorkload[]
}

/** A service account, and what the pods that run as it need. */
export interface BlueprintWorkload {
  readonly namespace: string
  readonly serviceAccount: string
  /** Mortise chooses when it is not said. */
  readonly identity?: 'irsa' | 'pod-identity'
  readonly reads: readonly BlueprintRead[]
  /** `mortise.yaml:3:3`, for errors. */
  readonly where: string
}

/** Something that a workload reads in AWS. */
export type BlueprintRead =
  /** `secret/db`: a secret of the cluster's account and region, by name. */
  | { readonly is: 'secret'; readonly name: string; readonly where: string }
  /** `s3/reports/*`: objects of a bucket, by key; `*` and `?` as in IAM. */
  | { readonly is: 's3'; readonly bucket: string; readonly keys: string; readonly where: string }
