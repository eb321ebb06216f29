import { accessKinds } from '#joints/access.ts'
import { mechanismKinds } from '#joints/access-mechanism.ts'
import { workloadKinds } from '#joints/workloads.ts'

/** What it takes to know who calls AWS for a driver, and what it may. */
export const operatorKinds = [...new Set([...workloadKinds, ...mechanismKinds, ...accessKinds] as const)]

/** What it takes to know what uses a key. */
export const keyUseKinds = ['aws/ec2/Volume', 'aws/eks/Cluster', 'aws/kms/Key', 'k8s/PersistentVolume', 'k8s/StorageClass'] as const
