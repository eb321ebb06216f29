import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { homeOf, insideOf, type Cluster } from './home.ts'

/** The EKS add-on and the DaemonSet that it brings. https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-eks.html */
export const addonName = 'aws-guardduty-agent'
export const daemonSetId = 'amazon-guardduty/aws-guardduty-agent'

export type Addon = Resource<'aws/eks/Addon'>
export type DaemonSet = Resource<'k8s/DaemonSet'>
export type AgentReader = Reader<'aws/eks/Addon' | 'aws/eks/Cluster' | 'k8s/DaemonSet'>

/** The add-on of the cluster. @throws Unread when none was seen and the cluster's add-ons were not all read */
export function addonOf(world: Reader<'aws/eks/Addon'>, cluster: Cluster): Addon | undefined {
  const seen = seenAddon(world, cluster)
  if (seen !== undefined) return seen
  const clusterName = cluster.body.name
  return world.where('aws/eks/Addon', 'name', `${clusterName}\n${addonName}`, { ...homeOf(cluster), clusterName })[0]
}

function seenAddon(world: Reader<'aws/eks/Addon'>, cluster: Cluster): Addon | undefined {
  const { account, region } = homeOf(cluster)
  const isHere = ({ scope }: Addon) => 'account' in scope && scope.account === account && scope.region === region
  return addonsByCluster(world).get(cluster.body.name)?.find(isHere)
}

const addonsByCluster = perWorld((world: Reader<'aws/eks/Addon'>) =>
  Map.groupBy(
    world.seen('aws/eks/Addon').filter(({ body }) => body.addonName === addonName),
    ({ body }) => body.clusterName,
  ),
)

/** The agent's DaemonSet. @throws Unread when the cluster was not read */
export const daemonSetOf = (world: Reader<'aws/eks/Cluster' | 'k8s/DaemonSet'>, cluster: Cluster): DaemonSet | undefined =>
  world.find('k8s/DaemonSet', daemonSetId, insideOf(world, cluster))

/**
 * Proof that the cluster is to run the agent; undefined: it has none.
 * @throws Unread when neither the add-on nor the DaemonSet was seen, and one of the two was not read
 */
export function agentProof(world: AgentReader, cluster: Cluster, label = 'the cluster runs the agent'): Evidence | undefined {
  const addon = seenAddon(world, cluster)
  if (addon !== undefined) return addon.at(['addonName'], label)
  const daemonSet = daemonSetOf(world, cluster)
  if (daemonSet !== undefined) return daemonSet.at(['metadata', 'name'], label)
  addonOf(world, cluster)
  return undefined
}
