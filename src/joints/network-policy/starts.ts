import { eksCluster } from '#joints/clusters.ts'
import type { ChainStart } from '#joints/define.ts'
import { requirementsOf } from '#joints/label-selector.ts'
import { workloadsOf, type Workload, type workloadKinds } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

type StartReader = Reader<(typeof workloadKinds)[number] | 'k8s/NetworkPolicy' | 'aws/eks/Cluster'>

/** The workloads that a NetworkPolicy selects. What leaves others open is a matter of the namespace, and of a check of its own. */
export function networkPolicyStarts(world: StartReader): readonly ChainStart[] {
  const byNamespace = Map.groupBy(world.seen('k8s/NetworkPolicy'), policy => `${clusterOf(policy)}\n${policy.body.metadata.namespace}`)
  return workloadsOf(world).flatMap(workload => {
    const policies = (byNamespace.get(`${workload.cluster}\n${workload.namespace}`) ?? []).filter(policy => selects(policy, workload))
    if (policies.length === 0) return []
    const cluster = eksCluster(world, workload.cluster)
    const through = policies as readonly unknown[] as readonly Resource[]
    return [{ clusterName: workload.cluster, ...(cluster === undefined ? {} : { cluster }), workload, through }]
  })
}

const clusterOf = ({ scope }: Pick<Resource, 'scope'>): string => ('cluster' in scope ? scope.cluster : '')

const selects = ({ body }: Resource<'k8s/NetworkPolicy'>, { template }: Workload): boolean =>
  requirementsOf(body.spec?.podSelector).every(requirement => requirement.holds(template.labels))
