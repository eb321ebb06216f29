import { Unread, type UnreadFact } from '#base/errors.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import type { ChainStart } from '#joints/define.ts'
import { vpcCniOf } from '#joints/vpc-cni.ts'
import { podShape, workloadsOf, type Workload, type workloadKinds } from '#joints/workloads.ts'
import type { Kind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { runsOnFargate } from './fargate.ts'
import { asksForInterface, fargateGroups, podEniResource } from './branch-interface.ts'
import { clusterRole } from './controller-role.ts'
import { selectedBy, surelySelectedBy, type workloadGroupKinds } from './workload-groups.ts'

export const startKinds = ['aws/eks/Cluster', 'aws/iam/Role', 'k8s/ConfigMap'] as const
type StartReader = Reader<(typeof workloadKinds)[number] | (typeof workloadGroupKinds)[number] | (typeof startKinds)[number]>

/**
 * The workloads whose pods a SecurityGroupPolicy selects, and those that carry a branch interface whatever policies say now. Each runs through its
 * policies, the VPC CNI and the role with which the VPC resource controller calls EC2.
 */
export function securityGroupStarts(world: StartReader): readonly ChainStart[] {
  // Nobody looked for policies, or nobody uses any: then only what pods carry is a start.
  return workloadsOf(world).flatMap(workload => startOf(world, workload) ?? [])
}

interface Found {
  readonly resources: readonly Resource[]
  readonly unread: readonly { readonly kind: Kind; readonly fact: UnreadFact }[]
}

function startOf(world: StartReader, workload: Workload): ChainStart | undefined {
  const policies = policiesOf(world, workload)
  const isAsked = policies.unread.some(({ fact }) => fact.settle?.by !== 'user') && world.seen('k8s/SecurityGroupPolicy').length > 0
  if (policies.resources.length === 0 && !isAsked && !carriesInterface(workload)) return undefined
  const cluster = eksCluster(world, workload.cluster)
  const parts = [policies, ...(runsOnFargate(workload) ? [] : controllerParts(world, workload.cluster, cluster))]
  return {
    clusterName: workload.cluster,
    ...(cluster === undefined ? {} : { cluster }),
    workload,
    through: parts.flatMap(({ resources }) => resources),
    unread: parts.flatMap(({ unread }) => unread),
  }
}

/** A cluster without the DaemonSet has no branch interfaces of the controller: EKS Auto Mode makes its own. */
function controllerParts(world: StartReader, name: string, cluster: Resource<'aws/eks/Cluster'> | undefined): readonly Found[] {
  const cni = attempt('k8s/DaemonSet', () => vpcCniOf(world, name)?.daemonSet)
  if (cni.resources.length + cni.unread.length === 0) return []
  const role = attempt('aws/iam/Role', () => {
    if (cluster === undefined) throw new Unread(whyNoCluster(world, name))
    return clusterRole(world, cluster)
  })
  return [cni, role]
}

const carriesInterface = (workload: Workload): boolean =>
  [workload.template, ...workload.seenPods.map(podShape)].some(
    ({ spec, annotations }) =>
      asksForInterface(spec) || annotations[podEniResource] !== undefined || annotations[fargateGroups] !== undefined,
  )

function policiesOf(world: StartReader, workload: Workload): Found {
  try {
    return { resources: (selectedBy(world, workload)?.policies ?? []) as readonly Resource[], unread: [] }
  } catch (error) {
    if (!(error instanceof Unread)) throw error
    const resources = surelySelectedBy(world, workload) as readonly Resource[]
    return { resources, unread: [{ kind: 'k8s/SecurityGroupPolicy', fact: error.fact }] }
  }
}

/** What was not read is said of the kind, so that the checks that speak about it say `unknown`. */
function attempt<K extends Kind>(kind: K, find: () => Resource<K> | undefined): Found {
  try {
    const resource = find()
    return { resources: resource === undefined ? [] : [resource], unread: [] }
  } catch (error) {
    if (error instanceof Unread) return { resources: [], unread: [{ kind, fact: error.fact }] }
    throw error
  }
}
