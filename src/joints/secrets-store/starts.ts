import { eksCluster } from '#joints/clusters.ts'
import { attempts } from '#joints/attempts.ts'
import type { ChainStart } from '#joints/define.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { classOf, isAws, type ClassReader } from './classes.ts'
import { clusterOf, externalSecretsOf, storeRefsOf, type ExternalSecret, type ExternalSecretReader } from './external-secrets.ts'
import { driversIn, providersIn, type InstalledReader } from './installed.ts'
import { driverName, mountsOf, type MountReader } from './mounts.ts'
import { storeOf, type StoreReader } from './secret-stores.ts'
import { referencesTo } from './synced-secrets.ts'

export type StartReader = MountReader &
  ClassReader &
  ExternalSecretReader &
  InstalledReader &
  StoreReader &
  Reader<'aws/eks/Cluster' | 'k8s/CSIDriver' | 'k8s/Node' | 'k8s/ServiceAccount'>

/**
 * The workloads that mount secrets of the AWS provider, or use a Secret that a class of theirs or an ExternalSecret is to make; and the ExternalSecrets that no
 * such workload uses, or one that also mounts: of two ways to secrets each has a chain, so that a break of the one hides none of the other.
 */
export function secretsStoreStarts(world: StartReader): readonly ChainStart[] {
  const starts = workloadsOf(world).flatMap(workload => startOf(world, workload) ?? [])
  const within = new Set(starts.flatMap(({ through = [] }) => through))
  return [
    ...starts,
    ...externalStarts(
      world,
      world.seen('k8s/ExternalSecret').filter(each => !within.has(each as Resource)),
    ),
  ]
}

function startOf(world: StartReader, workload: Workload): ChainStart | undefined {
  const { unread, attempt } = attempts()
  const mounts = mountsOf(world, workload)
  const classes = mounts.map(mount => attempt('k8s/SecretProviderClass', () => classOf(world, mount)))
  const others = classes.filter(found => found !== undefined && !isAws(found) && (found.body.spec?.provider ?? '') !== '')
  const isOthers = mounts.length > 0 && others.length === mounts.length
  const external = mounts.length === 0 ? externalSecretsOf(world, workload) : []
  if (isOthers || (mounts.length === 0 && external.length === 0 && referencesTo(world, workload).length === 0)) return undefined
  const {
    cluster: clusterName,
    resource: { scope },
  } = workload
  const cluster = eksCluster(world, clusterName)
  const start = { clusterName, workload, ...(cluster === undefined ? {} : { cluster }) }
  if (mounts.length === 0) return { ...start, ...throughStores(world, external) }
  const driver = attempt('k8s/CSIDriver', () => world.find('k8s/CSIDriver', driverName, scope))
  const sets = attempt('k8s/DaemonSet', () => [...driversIn(world, clusterName), ...providersIn(world, clusterName)]) ?? []
  attempt('k8s/Node', () => void workload.pods())
  const names = new Set(workload.seenPods.flatMap(pod => pod.body.spec?.nodeName ?? []))
  const nodes = [...names].flatMap(name => attempt('k8s/Node', () => world.find('k8s/Node', name, scope)) ?? [])
  const own = classes.flatMap(found => (found === undefined || others.includes(found) ? [] : [found]))
  const through: readonly unknown[] = [driver ?? [], sets.map(({ daemonSet }) => daemonSet), nodes, [...new Set(own)]].flat()
  return { ...start, through: through as readonly Resource[], unread }
}

/** ExternalSecrets, and the stores that they name. */
function throughStores(world: StoreReader, external: readonly ExternalSecret[]): Pick<ChainStart, 'through' | 'unread'> {
  if (external.length === 0) return {}
  const { unread, attempt } = attempts()
  const stores = external.flatMap(each =>
    storeRefsOf(each).flatMap(
      ({ store }) =>
        attempt(store.kind === 'ClusterSecretStore' ? 'k8s/ClusterSecretStore' : 'k8s/SecretStore', () => storeOf(world, each, store)) ??
        [],
    ),
  )
  const through: readonly unknown[] = [...external, ...new Set(stores)]
  return { through: through as readonly Resource[], unread }
}

/** Of each its own chain, through the workloads that use it too: they have another. */
function externalStarts(world: StartReader, external: readonly ExternalSecret[]): readonly ChainStart[] {
  if (external.length === 0) return []
  const users = workloadsOf(world).flatMap(workload => externalSecretsOf(world, workload).map(used => ({ used, workload })))
  const byExternal = Map.groupBy(users, ({ used }) => used)
  return external.map(each => {
    const clusterName = clusterOf(each)
    const cluster = eksCluster(world, clusterName)
    const { through = [], unread = [] } = throughStores(world, [each])
    const used: readonly unknown[] = (byExternal.get(each) ?? []).map(({ workload: { resource } }) => resource)
    return { clusterName, ...(cluster === undefined ? {} : { cluster }), through: [...through, ...(used as readonly Resource[])], unread }
  })
}
