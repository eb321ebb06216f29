import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { addOnDriver, driverOf, type EbsDriver } from './drivers.ts'
import { clusterOf, homeOf, type HomeReader } from './home.ts'

export type PersistentVolume = Resource<'k8s/PersistentVolume'>
export type Volume = Resource<'aws/ec2/Volume'>
export type VolumeReader = HomeReader & Reader<'aws/ec2/Volume'>

/** The EBS volume that a PersistentVolume stands for. */
export interface EbsHandle {
  readonly driver: EbsDriver
  /** `vol-0abc…`. */
  readonly volumeId: string
  readonly path: Path
}

/** Undefined for volumes that are not of EBS, and for those that the driver finds on the node itself. */
export function handleOf({ body: { spec } }: PersistentVolume): EbsHandle | undefined {
  const driver = driverOf(spec?.csi?.driver)
  if (driver !== undefined && spec?.csi !== undefined) {
    const { volumeHandle } = spec.csi
    return volumeHandle.startsWith('local-ebs://') ? undefined : { driver, volumeId: volumeHandle, path: ['spec', 'csi', 'volumeHandle'] }
  }
  const old = spec?.awsElasticBlockStore?.volumeID
  // `aws://eu-west-1a/vol-0abc`, or the id alone: https://kubernetes.io/docs/concepts/storage/volumes/#awselasticblockstore
  return old === undefined
    ? undefined
    : { driver: addOnDriver, volumeId: old.slice(old.lastIndexOf('/') + 1), path: ['spec', 'awsElasticBlockStore', 'volumeID'] }
}

/** The volume as EC2 has it; undefined when there is none of that id. @throws Unread when it was not read */
export function volumeOf(world: VolumeReader, volume: PersistentVolume, { volumeId }: EbsHandle): Volume | undefined {
  const { partition, region, account } = homeOf(world, clusterOf(volume))
  return world.find('aws/ec2/Volume', `arn:${partition}:ec2:${region}:${account}:volume/${volumeId}`)
}

const provisionedBy = 'pv.kubernetes.io/provisioned-by'

/** Which provisioner made the PersistentVolume; undefined when somebody wrote it by hand. */
export function maker({ body }: PersistentVolume): string | undefined {
  return body.metadata.annotations?.[provisionedBy]
}

export const makerEvidence = (volume: PersistentVolume, label: string): Evidence =>
  maker(volume) === undefined ? volume.at(['metadata', 'name'], label) : volume.at(['metadata', 'annotations', provisionedBy], label)

/** `volume vol-0abc of shop/data-db-0`. */
export function volumeText(volume: PersistentVolume, { volumeId }: EbsHandle): string {
  const claim = volume.body.spec?.claimRef
  return claim?.name === undefined ? `volume ${volumeId}` : `volume ${volumeId} of ${claim.namespace ?? ''}/${claim.name}`
}
