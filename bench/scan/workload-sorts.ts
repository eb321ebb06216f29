/** Sizes of a generated world. Everything else of it follows from them. */
export interface WorldSize {
  /** All of them, those of DaemonSets too. */
  readonly pods: number
  /** As many workloads, each with a service account and a NetworkPolicy of its own. */
  readonly serviceAccounts: number
  readonly roles: number
}

export const account = '111122223333'
export const region = 'eu-west-1'
export const clusterName = 'bench'
export const clusterArn = `arn:aws:eks:${region}:${account}:cluster/${clusterName}`
export const readAt = '2026-01-01T00:00:00Z'
export const namespaces = 40

export const numbered = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))
export const arn = (service: string, resource: string): string => `arn:aws:${service}:${region}:${account}:${resource}`
export const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`
export const hex = (index: number, length = 17): string => index.toString(16).padStart(length, '0')
export const uuid = (kind: number, index: number): string => `${hex(kind, 8)}-0000-4000-8000-${hex(index, 12)}`

/** Fifty pods on each node, as the VPC CNI's prefixes and AWS's advice leave room for. */
export const nodesOf = ({ pods }: WorldSize): number => Math.ceil(pods / 50)
export const nodeName = (index: number): string => `node-${index}`
export const instanceId = (index: number): string => `i-${hex(index)}`
export const zoneOf = (node: number): string => `${region}${'abc'[node % 3]}`

export const namespaceOf = (workload: number): string => `team-${workload % namespaces}`
export const workloadsOfRole = (role: number, size: WorldSize): number[] =>
  numbered(Math.ceil((size.serviceAccounts - role) / size.roles), step => role + step * size.roles)

/** One chain in fifty is broken, of each joint another workload's. */
const isBroken = (workload: number): boolean => workload % 50 < 10
/** A tenth has security groups of its own, a tenth gets its role by Pod Identity, a tenth keeps a volume for each pod, a fifth mounts secrets. */
export const hasOwnGroups = (workload: number): boolean => workload % 10 === 3
export const usesPodIdentity = (workload: number): boolean => workload % 10 === 8
export const hasVolumes = (workload: number): boolean => workload % 10 === 4
export const mountsSecrets = (workload: number): boolean => workload % 5 === 1
export const isNotTrusted = (workload: number): boolean => isBroken(workload) && (workload % 10 === 7 || usesPodIdentity(workload))
export const isNotEncrypted = (workload: number): boolean => isBroken(workload) && hasVolumes(workload)
export const mayNotRead = (workload: number): boolean => isBroken(workload) && workload % 10 === 1

/** Keys that volumes and secrets are encrypted with, each of which many share. */
const sharedKeys = 20
export const keyArn = (index: number): string => arn('kms', `key/${uuid(1, index % sharedKeys)}`)

export const sharedKeyResources = (): object[] =>
  numbered(sharedKeys, index => ({
    kind: 'aws/kms/Key',
    Arn: keyArn(index),
    KeyId: uuid(1, index),
    KeyManager: 'CUSTOMER',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyState: 'Enabled',
    Policy: {
      Version: '2012-10-17',
      Statement: [
        { Sid: 'Account', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
        {
          Sid: 'Logs',
          Effect: 'Allow',
          Principal: { Service: `logs.${region}.amazonaws.com` },
          Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
          Resource: '*',
          Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arn('logs', `log-group:/aws/*/${clusterName}/*`) } },
        },
      ],
    },
    Grants: [],
    Aliases: [{ AliasName: `alias/shared-${index}`, AliasArn: arn('kms', `alias/shared-${index}`), TargetKeyId: uuid(1, index) }],
  }))
