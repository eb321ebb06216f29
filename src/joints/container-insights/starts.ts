import { attempts } from '#joints/attempts.ts'
import type { ChainStart } from '#joints/define.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { addonName } from './addon.ts'
import { controlPlaneArn, destinationsOf, homeOf, type DestinationReader } from './destinations.ts'
import { allShippers, type Shipper, type ShipperReader } from './shippers.ts'

type StartReader = ShipperReader & DestinationReader & Reader<'aws/eks/Addon' | 'aws/logs/LogGroup'>

/** One chain for each cluster, of its add-on and the logs of its control plane, and one for each DaemonSet that ships. */
export const containerInsightsStarts = (world: StartReader): readonly ChainStart[] => [
  ...world.seen('aws/eks/Cluster').map(cluster => clusterStart(world, cluster)),
  ...allShippers(world).map(shipper => shipperStart(world, shipper)),
]

function clusterStart(world: StartReader, cluster: Resource<'aws/eks/Cluster'>): ChainStart {
  const { name } = cluster.body
  const { unread, attempt } = attempts()
  const scope = 'account' in cluster.scope ? { ...cluster.scope, clusterName: name } : cluster.scope
  const addon = attempt('aws/eks/Addon', () => world.where('aws/eks/Addon', 'name', `${name}\n${addonName}`, scope)[0])
  const group = attempt('aws/logs/LogGroup', () => world.find('aws/logs/LogGroup', controlPlaneArn(homeOf(world, name))))
  // The cluster goes first: people know the chain by what it begins with.
  return { clusterName: name, through: [cluster, addon ?? [], group ?? []].flat() as readonly Resource[], unread }
}

/** Without the cluster: what its control plane logs is a chain of its own. */
function shipperStart(world: StartReader, shipper: Shipper): ChainStart {
  const { unread, attempt } = attempts()
  const destinations = attempt('aws/logs/LogGroup', () => destinationsOf(world, shipper)) ?? []
  const groups = destinations.flatMap(({ arn }) => attempt('aws/logs/LogGroup', () => world.find('aws/logs/LogGroup', arn)) ?? [])
  return { clusterName: shipper.workload.cluster, workload: shipper.workload, through: groups, unread }
}
