import { apiRequest, type ApiServerAccess } from '../control-plane/api-request.ts'
import type { PatchOperation, Pod } from './pod.ts'

const resource = 'vpc.amazonaws.com/pod-eni'

interface Policies {
  readonly items: readonly { readonly spec: { readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> } } }[]
}

/**
 * The VPC resource controller lets pods that a SecurityGroupPolicy selects ask for an interface of their own. Policies that select by labels only, which is
 * all that plans make. https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/webhooks/core/pod_webhook.go
 */
export async function interfaceFor(namespace: string, pod: Pod, cluster: ApiServerAccess): Promise<PatchOperation[]> {
  const answer = await apiRequest(cluster, 'GET', `/apis/vpcresources.k8s.aws/v1beta1/namespaces/${namespace}/securitygrouppolicies`)
  if (answer.status === 404) return []
  if (answer.status !== 200) throw new Error(`security group policies of ${namespace}: HTTP ${answer.status}`)
  const labels = (pod.metadata?.['labels'] ?? {}) as Readonly<Record<string, string>>
  const isSelected = (JSON.parse(answer.body) as Policies).items.some(({ spec: { podSelector } }) =>
    Object.entries(podSelector?.matchLabels ?? { '': '' }).every(([key, value]) => labels[key] === value),
  )
  if (!isSelected) return []
  const [first, ...others] = pod.spec.containers
  if (first === undefined) return []
  const { limits = {}, requests = {} } = (first['resources'] ?? {}) as { readonly limits?: object; readonly requests?: object }
  const resources = { limits: { ...limits, [resource]: '1' }, requests: { ...requests, [resource]: '1' } }
  return [{ op: 'add', path: '/spec/containers', value: [{ ...first, resources }, ...others] }]
}
