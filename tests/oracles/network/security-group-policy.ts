import { isValid, ofKind, selects, type KubernetesObject, type Pod, type Selector } from './objects.ts'

interface Spec {
  readonly podSelector?: Selector
  readonly serviceAccountSelector?: Selector
  readonly securityGroups?: { readonly groupIds?: readonly string[] }
}

/** Which groups the VPC resource controller would give a pod that is made now (pkg/utils/helper.go, filterPodSecurityGroups). */
export function groupsOfPolicies(objects: readonly KubernetesObject[], pod: Pod): readonly string[] {
  if (pod.hostNetwork) return []
  if (pod.nodeSelector['kubernetes.io/os'] === 'windows' || pod.nodeSelector['beta.kubernetes.io/os'] === 'windows') return []
  const account = ofKind(objects, 'ServiceAccount').find(
    ({ metadata }) => metadata.namespace === pod.namespace && metadata.name === pod.serviceAccount,
  )
  const groups = ofKind(objects, 'SecurityGroupPolicy', 'vpcresources.k8s.aws')
    .filter(({ metadata }) => metadata.namespace === pod.namespace)
    .flatMap(object => {
      const { podSelector, serviceAccountSelector, securityGroups } = (object.spec ?? {}) as Spec
      if (podSelector === undefined && serviceAccountSelector === undefined) return []
      const podMatches = podSelector === undefined || (isValid(podSelector) && selects(podSelector, pod.labels))
      const accountMatches =
        serviceAccountSelector === undefined ||
        (isValid(serviceAccountSelector) && account !== undefined && selects(serviceAccountSelector, account.metadata.labels))
      return podMatches && accountMatches ? (securityGroups?.groupIds ?? []) : []
    })
  return [...new Set(groups)]
}
