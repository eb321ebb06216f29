import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { driverOf } from './drivers.ts'
import { handleOf, volumeText } from './volumes.ts'

/** What says that a snapshot is of a cluster. */
export interface SnapshotOrigin {
  /** `volume vol-0abc of shop/data-db-0`, `VolumeSnapshot shop/nightly`. */
  readonly text: string
  readonly at: Evidence
}

type OriginReader = Reader<'k8s/PersistentVolume' | 'k8s/VolumeSnapshotContent'>

/** The driver writes it on every snapshot that it takes. https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md */
const driverTag = 'ebs.csi.aws.com/cluster'

/** Why the snapshot is of a cluster, as far as was read; undefined when nothing that was read says so. */
export function snapshotOrigin(world: OriginReader, snapshot: Resource<'aws/ec2/Snapshot'>): SnapshotOrigin | undefined {
  const { SnapshotId, VolumeId = '', Tags = [] } = snapshot.body
  const known = byContent(world).get(SnapshotId) ?? byVolume(world).get(VolumeId)
  if (known !== undefined) return known
  const tag = Tags.findIndex(({ Key, Value }) => Key === driverTag && Value === 'true')
  return tag < 0 ? undefined : { text: 'a cluster', at: snapshot.at(['Tags', tag, 'Key'], 'the EBS CSI driver took it') }
}

const byVolume = perWorld(
  (world: Reader<'k8s/PersistentVolume'>): ReadonlyMap<string, SnapshotOrigin> =>
    new Map(
      world.seen('k8s/PersistentVolume').flatMap(volume => {
        const handle = handleOf(volume)
        if (handle === undefined) return []
        return [[handle.volumeId, { text: volumeText(volume, handle), at: volume.at(handle.path, 'the cluster uses the volume') }] as const]
      }),
    ),
)

const byContent = perWorld(
  (world: Reader<'k8s/VolumeSnapshotContent'>): ReadonlyMap<string, SnapshotOrigin> =>
    new Map(
      world.seen('k8s/VolumeSnapshotContent').flatMap(content => {
        const { spec, status } = content.body
        const id = status?.snapshotHandle ?? spec.source.snapshotHandle
        if (driverOf(spec.driver) === undefined || id === undefined) return []
        const { namespace = '', name = '' } = spec.volumeSnapshotRef
        const path = status?.snapshotHandle === undefined ? ['spec', 'source', 'snapshotHandle'] : ['status', 'snapshotHandle']
        return [[id, { text: `VolumeSnapshot ${namespace}/${name}`, at: content.at(path, 'it stands for this snapshot') }] as const]
      }),
    ),
)
