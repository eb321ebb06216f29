import type { Kind } from '#model/kinds.ts'
import type { PolicyInput } from '../input.ts'
import type { PolicyChange } from '../policy-layer.ts'

type ListName = Exclude<keyof PolicyInput, 'engine' | 'mode'>

const lists = {
  'k8s/Namespace': 'namespaces',
  'k8s/Pod': 'pods',
  'k8s/Node': 'nodes',
  'k8s/NetworkPolicy': 'networkPolicies',
  'k8s/ApplicationNetworkPolicy': 'applicationNetworkPolicies',
  'k8s/networking.k8s.aws/ClusterNetworkPolicy': 'awsClusterNetworkPolicies',
  'k8s/policy.networking.k8s.io/ClusterNetworkPolicy': 'clusterNetworkPolicies',
  'k8s/AdminNetworkPolicy': 'adminNetworkPolicies',
  'k8s/BaselineAdminNetworkPolicy': 'baselineAdminNetworkPolicies',
  'k8s/Service': 'services',
  'k8s/EndpointSlice': 'endpointSlices',
} as const satisfies Partial<Record<Kind, ListName>>

const listOf = new Map<Kind, ListName>(Object.entries(lists) as [Kind, ListName][])

interface Body {
  readonly metadata: { readonly namespace?: string; readonly name: string }
}

/** The input with one object replaced, added or left out; the same input when the kind does not count. */
export function applyChange(input: PolicyInput, { kind, id, after }: PolicyChange): PolicyInput {
  const list = listOf.get(kind)
  if (list === undefined) return input
  const all = input[list].all as readonly Body[]
  const slash = id.indexOf('/')
  const [namespace, name] = slash < 0 ? [undefined, id] : [id.slice(0, slash), id.slice(slash + 1)]
  const position = all.findIndex(({ metadata }) => metadata.name === name && metadata.namespace === namespace)
  const body = after as Body | undefined
  const kept =
    position < 0 ? (body === undefined ? all : [...all, body]) : body === undefined ? all.toSpliced(position, 1) : all.with(position, body)
  return { ...input, [list]: { ...input[list], all: kept } }
}
