import { workloadPod } from '#joints/planned-pods.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { securityGroupsOfPod, type PodSecurityGroups, type RefusedPod } from '#network/security-group-policy.ts'

export const workloadGroupKinds = ['k8s/SecurityGroupPolicy', 'k8s/ServiceAccount'] as const
export type WorkloadGroupReader = Reader<(typeof workloadGroupKinds)[number]>

/**
 * The groups that SecurityGroupPolicies would give a pod of the workload's template now.
 * @throws Unread when the policies of its namespace or its service account were not read
 */
export function workloadGroups(world: WorkloadGroupReader, workload: Workload): PodSecurityGroups | RefusedPod {
  const { cluster, namespace, serviceAccountName } = workload
  const policies = world.list('k8s/SecurityGroupPolicy', { cluster, namespace })
  const serviceAccount = serviceAccountOf(world, workload)
  // Every namespace gets a default service account, so manifests leave it out; without labels of its own.
  const isDefault = serviceAccount === undefined && serviceAccountName === 'default'
  const account = isDefault ? { metadata: { name: 'default', namespace } } : serviceAccount?.body
  return securityGroupsOfPod(
    workloadPod(workload),
    account,
    policies.map(({ body }) => body),
  )
}

const serviceAccountOf = (
  world: WorkloadGroupReader,
  { cluster, namespace, serviceAccountName }: Workload,
): Resource<'k8s/ServiceAccount'> | undefined => world.find('k8s/ServiceAccount', `${namespace}/${serviceAccountName}`, { cluster })
