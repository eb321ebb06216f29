import { eksCluster } from '#joints/clusters.ts'
import type { ChainStart } from '#joints/define.ts'
import { requirementsOf, type Labels, type LabelSelector } from '#joints/label-selector.ts'
import { policyKinds } from '#joints/policy-input.ts'
import { workloadsOf, type Workload, type workloadKinds } from '#joints/workloads.ts'
import { clusterOf, type Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

type PolicyKind = (typeof policyKinds)[number]
type StartReader = Reader<(typeof workloadKinds)[number] | PolicyKind | 'k8s/DaemonSet' | 'k8s/Namespace' | 'aws/eks/Cluster'>
type Policy = Resource<PolicyKind>

/**
 * The workloads that a policy selects, of a namespace or of the cluster. What leaves others open is a matter of the namespace, and of a check of its
 * own. The chain runs through the policies and through the DaemonSet of the VPC CNI, which enforces them.
 */
export function networkPolicyStarts(world: StartReader): readonly ChainStart[] {
  const policies = Map.groupBy(
    policyKinds.flatMap((kind): readonly Policy[] => world.seen(kind)),
    clusterOf,
  )
  const labels = new Map(
    world.seen('k8s/Namespace').map(namespace => [`${clusterOf(namespace)}\n${namespace.id}`, namespace.body.metadata.labels]),
  )
  const agents = new Map(
    world.seen('k8s/DaemonSet').flatMap(set => (set.id === 'kube-system/aws-node' ? [[clusterOf(set), set] as const] : [])),
  )
  const selecting = selectionsOf(policies)
  return workloadsOf(world).flatMap(workload => {
    const { cluster: clusterName, namespace } = workload
    const inNamespace = { 'kubernetes.io/metadata.name': namespace, ...labels.get(`${clusterName}\n${namespace}`) }
    const own = [...(selecting.get(`${clusterName}\n${namespace}`) ?? []), ...(selecting.get(clusterName) ?? [])]
    const selected = own.flatMap(({ policy, selects }) => (selects(workload, inNamespace) ? [policy] : []))
    if (selected.length === 0) return []
    const cluster = eksCluster(world, clusterName)
    const through = [agents.get(clusterName) ?? [], selected].flat() as readonly unknown[] as readonly Resource[]
    return [{ clusterName, ...(cluster === undefined ? {} : { cluster }), workload, through }]
  })
}

interface Selection {
  readonly policy: Policy
  selects(workload: Workload, namespace: Labels): boolean
}

/** Policies of a namespace by cluster and namespace, those of the cluster by cluster. */
function selectionsOf(policies: ReadonlyMap<string, readonly Policy[]>): ReadonlyMap<string, readonly Selection[]> {
  const found = [...policies].flatMap(([cluster, list]) =>
    list.map(policy => {
      const namespace = (policy.body.metadata as { readonly namespace?: string }).namespace
      return { key: namespace === undefined ? cluster : `${cluster}\n${namespace}`, selection: selectionOf(policy) }
    }),
  )
  const byKey = Map.groupBy(found, ({ key }) => key)
  return new Map([...byKey].map(([key, list]) => [key, list.map(({ selection }) => selection)]))
}

function selectionOf(policy: Policy): Selection {
  const { podSelector, subject } = (policy.body.spec ?? {}) as { podSelector?: LabelSelector; subject?: Subject }
  const isOfNamespace = policy.kind === 'k8s/NetworkPolicy' || policy.kind === 'k8s/ApplicationNetworkPolicy'
  if (isOfNamespace) return { policy, selects: ({ template }) => holds(podSelector, template.labels) }
  const namespaces = subject?.namespaces ?? subject?.pods?.namespaceSelector
  return {
    policy,
    selects: ({ template }, labels) =>
      namespaces !== undefined && holds(namespaces, labels) && holds(subject?.pods?.podSelector, template.labels),
  }
}

interface Subject {
  readonly namespaces?: LabelSelector
  readonly pods?: { readonly namespaceSelector?: LabelSelector; readonly podSelector?: LabelSelector }
}

const holds = (selector: LabelSelector | undefined, labels: Labels): boolean =>
  requirementsOf(selector).every(requirement => requirement.holds(labels))
