import { workloadKinds, type Workload } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import { classKey, mountsByClass, mountsOf, type MountReader, type SecretMount } from './mounts.ts'
import type { SyncedSecret } from './synced-secrets.ts'

/**
 * A mount by which one of the classes makes its Secret: of the workload itself, else of another one of the namespace.
 * @throws Unread when none was seen and the workloads of the namespace were not all read
 */
export function mountsOfAny(world: MountReader, workload: Workload, made: readonly SyncedSecret[]): SecretMount | undefined {
  const { cluster, namespace } = workload
  const names = new Set(made.map(({ secretProviderClass }) => secretProviderClass.body.metadata.name))
  const own = mountsOf(world, workload).find(({ className }) => className !== undefined && names.has(className))
  if (own !== undefined) return own
  const other = [...names].flatMap(name => mountsByClass(world).get(classKey(cluster, namespace, name)) ?? [])[0]
  if (other === undefined) for (const kind of workloadKinds) world.list(kind, { cluster, namespace })
  return other
}

/** A container that waits for the Secret, as the kubelet says it in the pod's status. */
export function waitingFor({ seenPods }: Workload, secretName: string): Evidence | undefined {
  for (const pod of seenPods) {
    for (const group of ['initContainerStatuses', 'containerStatuses'] as const) {
      const index = (pod.body.status?.[group] ?? []).findIndex(
        ({ state }) => state?.waiting?.message?.includes(`secret "${secretName}" not found`) === true,
      )
      if (index >= 0) return pod.at(['status', group, index, 'state', 'waiting', 'message'], 'the container waits for it')
    }
  }
  return undefined
}
