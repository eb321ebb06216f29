import type { Kinds } from '#model/kinds.ts'

/** What runs a pod: `auto` is EKS Auto Mode, `hybrid` EKS Hybrid Nodes. */
export type Platform = 'ec2' | 'fargate' | 'windows' | 'auto' | 'hybrid'

type Pod = Kinds['k8s/Pod']
type Node = Kinds['k8s/Node']

/** EKS sets it to the profile that a pod matched. */
export const fargateProfileLabel = 'eks.amazonaws.com/fargate-profile'
const computeType = 'eks.amazonaws.com/compute-type'
const byComputeType: Readonly<Record<string, Platform>> = { fargate: 'fargate', auto: 'auto', hybrid: 'hybrid' }
const osLabels = ['kubernetes.io/os', 'beta.kubernetes.io/os']

const isWindows = (labels: Readonly<Record<string, string>> | undefined) => osLabels.some(label => labels?.[label] === 'windows')

/**
 * What kind of machine a node is, by the labels that EKS sets.
 * https://docs.aws.amazon.com/eks/latest/userguide/automode.html, https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-overview.html
 */
export function platformOfNode({ metadata }: Node): Platform {
  const labels = metadata.labels
  return byComputeType[labels?.[computeType] ?? ''] ?? (isWindows(labels) ? 'windows' : 'ec2')
}

/** What runs the pod; undefined while it has no node and its specification does not say. */
export function platformOfPod(pod: Pod, node: Node | undefined): Platform | undefined {
  if (pod.metadata.labels?.[fargateProfileLabel] !== undefined) return 'fargate'
  if (node !== undefined) return platformOfNode(node)
  const selected = byComputeType[pod.spec?.nodeSelector?.[computeType] ?? '']
  if (selected !== undefined) return selected
  return isWindows(pod.spec?.nodeSelector) || pod.spec?.os?.name === 'windows' ? 'windows' : undefined
}

/**
 * How the VPC resource controller's webhook tells pods apart. It looks at the pod alone, a node selector and no affinity.
 * https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/webhooks/core/pod_webhook.go
 */
export function admittedAs(pod: Pod): 'host network' | 'fargate' | 'windows' | 'linux' {
  if (pod.spec?.hostNetwork === true) return 'host network'
  if (pod.metadata.labels?.[fargateProfileLabel] !== undefined) return 'fargate'
  return isWindows(pod.spec?.nodeSelector) ? 'windows' : 'linux'
}
