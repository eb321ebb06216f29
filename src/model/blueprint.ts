/** What a user declares in `mortise.yaml`: what shall hold, whoever makes it so. `where` is the place of a value, `mortise.yaml:3:3`, for errors. */
export interface Blueprint {
  /** The name of the EKS cluster. */
  readonly cluster: string
  readonly workloads: readonly BlueprintWorkload[]
  readonly storage?: BlueprintStorage
  readonly logs?: BlueprintLogs
  readonly detection?: BlueprintDetection
  readonly nodes?: BlueprintNodes
  readonly access: readonly BlueprintAccess[]
  /** That access entries count beside aws-auth. A cluster that has them on never goes back, so it is declared by name. */
  readonly authenticationMode?: 'API_AND_CONFIG_MAP'
}

/** A service account, and what the pods that run as it need. */
export interface BlueprintWorkload {
  readonly namespace: string
  readonly serviceAccount: string
  /** Labels that all its pods have and no others of the namespace; without them, those that its workloads in the world share. */
  readonly pods?: Readonly<Record<string, string>>
  /** Mortise chooses when it is not said. */
  readonly identity?: Identity
  readonly reads: readonly BlueprintRead[]
  readonly mounts: readonly BlueprintMount[]
  readonly network?: BlueprintNetwork
  readonly where: string
}

export type Identity = 'irsa' | 'pod-identity'

/** Something that a workload reads in AWS. */
export type BlueprintRead =
  /** `secret/db`: a secret of the cluster's account and region, by name. */
  | { readonly is: 'secret'; readonly name: string; readonly where: string }
  /** `parameter/shop/url`: a parameter of Systems Manager, by name without its first slash. */
  | { readonly is: 'parameter'; readonly name: string; readonly where: string }
  /** `s3/reports/*`: objects of a bucket, by key; `*` and `?` as in IAM. */
  | { readonly is: 's3'; readonly bucket: string; readonly keys: string; readonly where: string }

/** `db: /var/run/secrets/db`: a secret that pods mount as files below a folder. */
export interface BlueprintMount {
  readonly secret: string
  readonly folder: string
  readonly where: string
}

/** What may reach its pods, and what they may reach. What is not declared (undefined) is left as it is; an empty list closes that direction. */
export interface BlueprintNetwork {
  readonly from?: readonly BlueprintFlow[]
  readonly to?: readonly BlueprintFlow[]
  /** `own`: a security group of its own, by a SecurityGroupPolicy; otherwise the id of one that exists. */
  readonly securityGroup?: { readonly id: string; readonly where: string }
  readonly where: string
}

/** `shop/web:8080`, `rds/orders:5432`, `10.0.0.0/16:53/udp`. */
export interface BlueprintFlow {
  readonly peer: BlueprintPeer
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
  readonly where: string
}

export type BlueprintPeer =
  | { readonly is: 'workload'; readonly namespace: string; readonly serviceAccount: string }
  /** An instance or cluster of RDS of the cluster's account and region, by its identifier. */
  | { readonly is: 'rds'; readonly name: string }
  /** A service of AWS by the last part of its endpoint's name: `secretsmanager`. */
  | { readonly is: 'aws'; readonly service: string }
  | { readonly is: 'block'; readonly cidr: string }
  | { readonly is: 'internet' }

/** Volumes that are made from now on. */
export interface BlueprintStorage {
  /** The name of a StorageClass whose volumes are encrypted. */
  readonly class: string
  /** `alias/ebs` or a key's ARN; without it, the account's key for EBS. */
  readonly key?: string
  /** Whether claims that name no class get this one. */
  readonly isDefault?: boolean
  /** EBS encryption by default, of the whole account in the region. */
  readonly accountDefault?: boolean
  readonly where: string
}

export interface BlueprintLogs {
  /** The add-on amazon-cloudwatch-observability, with an identity that may do its work. */
  readonly insights?: boolean
  /** Of the cluster's log groups; one of the numbers of days that CloudWatch Logs takes. */
  readonly retentionDays?: number
  /** Of the control plane; those that are not named are left as they are. */
  readonly controlPlane: readonly ControlPlaneLog[]
  /** The key of the cluster's log groups: `alias/logs` or an ARN. */
  readonly key?: string
  readonly where: string
}

export type ControlPlaneLog = 'api' | 'audit' | 'authenticator' | 'controllerManager' | 'scheduler'

export interface BlueprintDetection {
  readonly guardduty: readonly ('audit-logs' | 'runtime')[]
  readonly where: string
}

export interface BlueprintNodes {
  /** Of every node's instance and launch template. */
  readonly imds: { readonly hopLimit: number; readonly tokens: 'required' | 'optional' }
  readonly where: string
}

/** An access entry of the cluster. */
export interface BlueprintAccess {
  readonly principalArn: string
  /** Groups of Kubernetes. */
  readonly groups: readonly string[]
  readonly policies: readonly {
    /** `AmazonEKSViewPolicy`. */
    readonly name: string
    /** Without any, of the whole cluster. */
    readonly namespaces: readonly string[]
  }[]
  readonly where: string
}
