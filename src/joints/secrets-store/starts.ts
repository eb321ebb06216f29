import { eksCluster } from '#joints/clusters.ts'
import { attempts } from '#joints/attempts.ts'
import type { ChainStart } from '#joints/define.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import { clusterOf, type Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { classOf, isAws, type ClassReader } from './classes.ts'
import { externalSecretsOf, storeRefsOf, type ExternalSecret, type ExternalSecretReader } from './external-secrets.ts'
import { driversIn, providersIn, type InstalledReader } from './installed.ts'
import { driverName, mountsOf, type MountReader } from './mounts.ts'
import { storeKindOf, storeOf, type StoreReader } from './secret-stores.ts'
import { referencesTo } from './synced-secrets.ts'

export type StartReader = MountReader &
  ClassReader &
  ExternalSecretReader &
  InstalledReader &
  StoreReader &
  Reader<'aws/eks/Cluster' | 'k8s/CSIDriver' | 'k8s/Node' | 'k8s/ServiceAccount'>

/** What mounts have no part in, and what External Secrets has none in. */
const ofStores = ['store']
const ofMounts = ['volume', 'compute', 'driver', 'provider', 'class', 'token', 'network', 'files', 'version', 'notice']

/**
 * The workloads that mount secrets of the AWS provider, or use a Secret that a class of theirs or an ExternalSecret is to make; and the ExternalSecrets that no
 * workload uses, or one that has a chain of mounts: of two ways to secrets each has a chain, so that a break of the one hides none of the other.
 */
export function secretsStoreStarts(world: StartReader): readonly ChainStart[] {
  const mounts = workloadsOf(world).flatMap(workload => startOf(world, workload) ?? [])
  if (world.seen('k8s/ExternalSecret').length === 0) return mounts
  const mounting = new Set(mounts.map(({ workload }) => workload))
  const users = workloadsOf(world).flatMap(workload => externalSecretsOf(world, workload).map(used => ({ workload, used })))
  const own = Map.groupBy(
    users.filter(({ workload }) => !mounting.has(workload)),
    ({ workload }) => workload,
  )
  const drawn = new Set([...own.values()].flatMap(all => all.map(({ used }) => used)))
  const byExternal = Map.groupBy(users, ({ used }) => used)
  const others = world.seen('k8s/ExternalSecret').filter(each => !drawn.has(each))
  return [
    ...mounts,
    ...[...own].map(([workload, all]) => ({
      ...externalStart(
        world,
        workload.cluster,
        all.map(({ used }) => used),
      ),
      workload,
    })),
    ...others.map(each =>
      externalStart(
        world,
        clusterOf(each),
        [each],
        (byExternal.get(each) ?? []).map(({ workload }) => workload),
      ),
    ),
  ]
}

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
  const start = { clusterName, workload, omits: ofStores, ...(cluster === undefined ? {} : { cluster }) }
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

/** Through ExternalSecrets and the stores that they name. */
function externalStart(
  world: StartReader,
  clusterName: string,
  external: readonly ExternalSecret[],
  users: readonly Workload[] = [],
): ChainStart {
  const { unread, attempt } = attempts()
  const stores = external.flatMap(each =>
    storeRefsOf(each).flatMap(({ store }) => attempt(storeKindOf(store), () => storeOf(world, each, store)) ?? []),
  )
  const cluster = eksCluster(world, clusterName)
  const through: readonly unknown[] = [...external, ...new Set(stores), ...users.map(({ resource }) => resource)]
  return { clusterName, ...(cluster === undefined ? {} : { cluster }), through: through as readonly Resource[], unread, omits: ofMounts }
}
