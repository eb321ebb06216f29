import { eksCluster } from '#joints/clusters.ts'
import { attempts } from '#joints/attempts.ts'
import type { ChainStart } from '#joints/define.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { classOf, isAws, type ClassReader } from './classes.ts'
import { driversIn, providersIn, type InstalledReader } from './installed.ts'
import { driverName, mountsOf, type MountReader } from './mounts.ts'
import { referencesTo } from './synced-secrets.ts'

export type StartReader = MountReader &
  ClassReader &
  InstalledReader &
  Reader<'aws/eks/Cluster' | 'k8s/CSIDriver' | 'k8s/Node' | 'k8s/ServiceAccount'>

/** The workloads that mount secrets of the AWS provider, or use a Secret that a class of theirs is to make. */
export const secretsStoreStarts = (world: StartReader): readonly ChainStart[] =>
  workloadsOf(world).flatMap(workload => startOf(world, workload) ?? [])

function startOf(world: StartReader, workload: Workload): ChainStart | undefined {
  const { unread, attempt } = attempts()
  const mounts = mountsOf(world, workload)
  const classes = mounts.map(mount => attempt('k8s/SecretProviderClass', () => classOf(world, mount)))
  const others = classes.filter(found => found !== undefined && !isAws(found) && (found.body.spec?.provider ?? '') !== '')
  const isOthers = mounts.length > 0 && others.length === mounts.length
  if (isOthers || (mounts.length === 0 && referencesTo(world, workload).length === 0)) return undefined
  const {
    cluster: clusterName,
    resource: { scope },
  } = workload
  const cluster = eksCluster(world, clusterName)
  const start = { clusterName, workload, ...(cluster === undefined ? {} : { cluster }) }
  if (mounts.length === 0) return start
  const driver = attempt('k8s/CSIDriver', () => world.find('k8s/CSIDriver', driverName, scope))
  const sets = attempt('k8s/DaemonSet', () => [...driversIn(world, clusterName), ...providersIn(world, clusterName)]) ?? []
  attempt('k8s/Node', () => void workload.pods())
  const names = new Set(workload.seenPods.flatMap(pod => pod.body.spec?.nodeName ?? []))
  const nodes = [...names].flatMap(name => attempt('k8s/Node', () => world.find('k8s/Node', name, scope)) ?? [])
  const own = classes.flatMap(found => (found === undefined || others.includes(found) ? [] : [found]))
  const through: readonly unknown[] = [driver ?? [], sets.map(({ daemonSet }) => daemonSet), nodes, [...new Set(own)]].flat()
  return { ...start, through: through as readonly Resource[], unread }
}
