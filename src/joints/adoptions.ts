import adoptWorkloads from './adopt-workloads.ts'
import clusterAccess from './cluster-access/adopt.ts'
import containerInsights from './container-insights/adopt.ts'
import type { Adoption } from './define-adoption.ts'
import ebsEncryption from './ebs-encryption/adopt.ts'
import guardduty from './guardduty/adopt.ts'
import nodeCredentials from './node-credentials/adopt.ts'

/** How what exists is declared, in the order in which a blueprint says it. */
export const adoptions: readonly Adoption[] = [adoptWorkloads, ebsEncryption, containerInsights, guardduty, nodeCredentials, clusterAccess]
