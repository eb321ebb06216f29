import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { TakenClass } from './classes.ts'

export type PodStatus = Resource<'k8s/SecretProviderClassPodStatus'>

/**
 * What the driver says that it mounted of a class into the pods of a workload.
 * @throws Unread when the statuses, or the pods, were not all read
 */
export function statusesOf(
  world: Reader<'k8s/SecretProviderClassPodStatus'>,
  { mount: { workload }, secretProviderClass }: TakenClass,
): readonly PodStatus[] {
  const { name } = secretProviderClass.body.metadata
  return workload
    .pods()
    .flatMap(pod =>
      world
        .where('k8s/SecretProviderClassPodStatus', 'pod', `${workload.namespace}/${pod.body.metadata.name}`, { cluster: workload.cluster })
        .filter(({ body }) => body.status?.secretProviderClassName === name && body.status.mounted === true),
    )
}
