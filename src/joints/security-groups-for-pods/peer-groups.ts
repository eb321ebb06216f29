import { blueprintPods, type Account, type BlueprintPodReader } from '#joints/blueprint-pods.ts'
import { isSame } from '#joints/blueprint-flows.ts'
import { has } from '#joints/blueprint-pods.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import { Unread } from '#base/errors.ts'
import type { Blueprint } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { groupIdFor } from './own-group.ts'
import { ownInterfaces } from './node-interfaces.ts'
import { selectedBy, workloadGroupKinds } from './workload-groups.ts'

export const peerGroupKinds = [
  ...workloadGroupKinds,
  'aws/ec2/NetworkInterface',
  'aws/ec2/SecurityGroup',
  'aws/eks/Cluster',
  'k8s/Node',
  'k8s/Service',
] as const

/** What groups of a blueprint are worked out from. */
export interface GroupScene {
  readonly world: BlueprintPodReader & Reader<(typeof peerGroupKinds)[number]>
  readonly cluster: Resource<'aws/eks/Cluster'>
  readonly blueprint: Blueprint
}

/**
 * Groups that interfaces of nodes carry, and with them the pods that have none of their own: one of each interface, that of the cluster where it has it.
 * @throws Unread when the nodes or their interfaces were not read
 */
export function nodeGroups({ world, cluster }: GroupScene): readonly string[] {
  const { name, resourcesVpcConfig } = cluster.body
  const own = resourcesVpcConfig?.clusterSecurityGroupId
  const interfaces = world.list('k8s/Node', { cluster: name }).flatMap(node => ownInterfaces(world, node))
  const chosen = interfaces.flatMap(({ body }) => {
    const ids = (body.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []).sort()
    return (own !== undefined && ids.includes(own) ? own : ids[0]) ?? []
  })
  if (chosen.length > 0) return [...new Set(chosen)]
  if (own !== undefined) return [own]
  throw new Unread({ kind: cluster.kind, id: cluster.id, reason: 'neither the cluster nor its nodes say which groups they have' })
}

/** Groups by which pods of a service account are known: their own, those that policies give them, or those of their nodes. */
export function groupsOfAccount(scene: GroupScene, account: Account, where: string): readonly string[] {
  const declared = scene.blueprint.workloads.find(each => isSame(each, account))
  if (declared?.network?.securityGroup !== undefined) return [groupIdFor(scene.world, scene.cluster, declared)]
  return groupsOfWorkloads(scene, blueprintPods(scene.world, scene.blueprint, account, where).workloads)
}

/** Of the pods that answer at the Service kube-dns. */
export function groupsOfDns(scene: GroupScene): readonly string[] {
  const { world, cluster } = scene
  const { name } = cluster.body
  const service = world.find('k8s/Service', 'kube-system/kube-dns', { cluster: name })
  const selector = service?.body.spec?.selector ?? { 'k8s-app': 'kube-dns' }
  const workloads = workloadsOf(world).filter(each => each.cluster === name && each.namespace === 'kube-system' && has(each, selector))
  return groupsOfWorkloads(scene, workloads)
}

function groupsOfWorkloads(scene: GroupScene, workloads: readonly Workload[]): readonly string[] {
  if (workloads.length === 0) return nodeGroups(scene)
  return [...new Set(workloads.flatMap(workload => selectedBy(scene.world, workload)?.groups ?? nodeGroups(scene)))]
}
