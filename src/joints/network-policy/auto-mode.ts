import type { ClusterPolicies } from '#joints/policy-layer.ts'
import { platformOfPod } from '#network/aws/platform.ts'

/** Whether a pod runs, or by its node selector will run, on a node of EKS Auto Mode. */
export function isOnAutoMode({ find, planned }: ClusterPolicies, pod: string): boolean {
  const body = find('k8s/Pod', pod)?.body ?? planned.get(pod)?.body
  if (body === undefined) return false
  const shape = body as Parameters<typeof platformOfPod>[0]
  const node = find('k8s/Node', shape.spec?.nodeName ?? '')
  return platformOfPod(shape, node?.body as Parameters<typeof platformOfPod>[1]) === 'auto'
}
