import type { Workload } from '#joints/workloads.ts'
import { fargateProfileLabel } from '#network/aws/platform.ts'

/**
 * Whether EKS put the workload's pods on Fargate: it labels each when it is made. There is no branch interface there, the groups are those of the
 * pod's own machine. Before a pod was made nobody can tell.
 */
export const runsOnFargate = ({ seenPods }: Workload): boolean =>
  seenPods.length > 0 && seenPods.every(({ body }) => body.metadata.labels?.[fargateProfileLabel] !== undefined)
