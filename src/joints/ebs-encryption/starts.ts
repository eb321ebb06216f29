import { eksCluster } from '#joints/clusters.ts'
import type { ChainStart } from '#joints/define.ts'
import { perWorld } from '#joints/per-world.ts'
import { attempts } from '#joints/attempts.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader, World } from '#model/world.ts'
import { boundVolume, claimOf, claimUsesOf, type ClaimUse } from './claims.ts'
import { classOf, ebsDriverOf, keyParameter, type Claim, type ClassChoice, type StorageClass } from './classes.ts'
import { addOnDriver } from './drivers.ts'
import { homeOf } from './home.ts'
import { keyNamed, parseKeyName, type Key } from './keys.ts'
import { controllersIn } from './operator.ts'
import { handleOf, volumeOf, type PersistentVolume } from './volumes.ts'

/** Gathers what a chain runs through; what was not read of it is told on the links that speak of the kind. */
function gathering() {
  const through = new Set<Resource>()
  return {
    through,
    ...attempts(),
    add(...found: readonly unknown[]) {
      for (const resource of found) if (resource !== undefined) through.add(resource as Resource)
    },
  }
}

type Gathering = ReturnType<typeof gathering>

/** Workloads that mount EBS volumes; claims and volumes of EBS that no workload mounts; classes that name a key and that nothing uses yet. */
export function ebsStarts(world: World): readonly ChainStart[] {
  const mounted = new Set<string>()
  const ofWorkloads = workloadsOf(world).flatMap(workload => {
    const uses = claimUsesOf(workload)
    for (const { name } of uses) if (name !== undefined) mounted.add(`${workload.cluster}\n${workload.namespace}/${name}`)
    return uses.length === 0 ? [] : (workloadStart(world, workload, uses) ?? [])
  })
  const claims = world.seen('k8s/PersistentVolumeClaim').filter(claim => !mounted.has(`${inCluster(claim)}\n${claim.id}`))
  const ofClaims = claims.flatMap(claim => claimStart(world, claim) ?? [])
  const claimed = new Set([...ofWorkloads, ...ofClaims].flatMap(({ through = [] }) => through))
  const ofVolumes = world.seen('k8s/PersistentVolume').flatMap(volume => {
    if (claimed.has(volume) || handleOf(volume) === undefined) return []
    const found = gathering()
    throughVolume(world, volume, found)
    return [startOf(world, inCluster(volume), found)]
  })
  // EKS brings a class that many never use; one that names a key was made on purpose.
  const ofClasses = world.seen('k8s/StorageClass').flatMap(storageClass => {
    if (claimed.has(storageClass) || ebsDriverOf(storageClass) === undefined) return []
    if (keyParameter(storageClass) === undefined) return []
    const found = gathering()
    throughClass(world, storageClass, found)
    return [startOf(world, inCluster(storageClass), found)]
  })
  return [...ofWorkloads, ...ofClaims, ...ofVolumes, ...ofClasses]
}

const inCluster = ({ scope }: Pick<Resource, 'scope'>): string => ('cluster' in scope ? scope.cluster : '')

function startOf(world: Reader<'aws/eks/Cluster'>, clusterName: string, { through, unread }: Gathering, workload?: Workload): ChainStart {
  const cluster = eksCluster(world, clusterName)
  return {
    clusterName,
    ...(cluster === undefined ? {} : { cluster }),
    ...(workload === undefined ? {} : { workload }),
    through: [...through],
    unread,
  }
}

function workloadStart(world: World, workload: Workload, uses: readonly ClaimUse[]): ChainStart | undefined {
  const found = gathering()
  const about = uses.map(use => {
    const claim = found.attempt('k8s/PersistentVolumeClaim', () => claimOf(world, use))
    const choice = claim?.body ?? use.template
    return choice === undefined ? true : throughClaim(world, workload.cluster, choice, claim, found)
  })
  return about.some(Boolean) ? startOf(world, workload.cluster, found, workload) : undefined
}

function claimStart(world: World, claim: Claim): ChainStart | undefined {
  const found = gathering()
  return throughClaim(world, inCluster(claim), claim.body, claim, found) ? startOf(world, inCluster(claim), found) : undefined
}

/** False when the claim is surely not of EBS. */
function throughClaim(world: World, cluster: string, choice: ClassChoice, claim: Claim | undefined, found: Gathering): boolean {
  const volume = claim === undefined ? undefined : found.attempt('k8s/PersistentVolume', () => boundVolume(world, claim))
  if (volume !== undefined && handleOf(volume) === undefined) return false
  const storageClass = found.attempt('k8s/StorageClass', () => classOf(world, cluster, choice))
  if (volume === undefined && storageClass !== undefined && ebsDriverOf(storageClass) === undefined) return false
  if (claim !== undefined) {
    found.add(claim)
    throughSnapshots(world, claim, found)
  }
  if (storageClass !== undefined && ebsDriverOf(storageClass) !== undefined) throughClass(world, storageClass, found)
  if (volume !== undefined) throughVolume(world, volume, found)
  return true
}

function throughClass(world: World, storageClass: StorageClass, found: Gathering): void {
  found.add(storageClass)
  if (ebsDriverOf(storageClass) === addOnDriver) throughController(world, inCluster(storageClass), found)
  const parameter = keyParameter(storageClass)
  if (parameter === undefined) return
  const key = found.attempt('aws/kms/Key', () => {
    const name = parseKeyName(parameter.value, homeOf(world, inCluster(storageClass)))
    return name.is === 'malformed' ? undefined : keyNamed(world, name)
  })
  found.add(key)
}

function throughController(world: World, cluster: string, found: Gathering): void {
  found.add(...(found.attempt('k8s/Deployment', () => controllersIn(world, cluster)) ?? []).map(({ deployment }) => deployment))
}

const attachmentsByVolume = perWorld((world: Reader<'k8s/VolumeAttachment'>) =>
  Map.groupBy(world.seen('k8s/VolumeAttachment'), each => `${inCluster(each)}\n${each.body.spec.source.persistentVolumeName ?? ''}`),
)

function throughVolume(world: World, volume: PersistentVolume, found: Gathering): void {
  found.add(volume)
  const handle = handleOf(volume)
  if (handle === undefined) return
  if (handle.driver === addOnDriver) throughController(world, inCluster(volume), found)
  const real = found.attempt('k8s/PersistentVolume', () => volumeOf(world, volume, handle))
  const arn = real?.body.KmsKeyId
  const key: Key | undefined = arn === undefined ? undefined : found.attempt('aws/kms/Key', () => world.find('aws/kms/Key', arn))
  found.add(key)
  found.attempt('k8s/VolumeAttachment', () => void world.list('k8s/VolumeAttachment', { cluster: inCluster(volume) }))
  found.add(...(attachmentsByVolume(world).get(`${inCluster(volume)}\n${volume.id}`) ?? []))
}

function throughSnapshots(world: World, claim: Claim, found: Gathering): void {
  const within = { cluster: inCluster(claim), namespace: claim.body.metadata.namespace }
  const snapshots = found.attempt('k8s/VolumeSnapshotContent', () => world.where('k8s/VolumeSnapshot', 'claim', claim.id, within)) ?? []
  for (const { body } of snapshots) {
    const name = body.status?.boundVolumeSnapshotContentName
    if (name !== undefined)
      found.add(found.attempt('k8s/VolumeSnapshotContent', () => world.find('k8s/VolumeSnapshotContent', name, claim.scope)))
  }
}
