import type { Evidence } from '#model/resource.ts'
import type { StorageClass } from './classes.ts'
import { inTreePlugin } from './drivers.ts'
import { maker, makerEvidence, type PersistentVolume } from './volumes.ts'

/** Why a volume is not what its class says. */
export interface Drift {
  /** A clause: `it was written by hand, and …`. */
  readonly why: string
  readonly evidence: readonly Evidence[]
}

/**
 * A class is asked once, when the volume is made, and its parameters cannot change: one that differs was made again.
 * https://kubernetes.io/docs/concepts/storage/storage-classes/
 */
export function driftOf(volume: PersistentVolume, storageClass: StorageClass | undefined): Drift {
  const by = maker(volume)
  if (by === undefined)
    return {
      why: 'the PersistentVolume was written by hand, and takes the volume as it was',
      evidence: [makerEvidence(volume, 'no provisioner made it')],
    }
  if (storageClass === undefined) return { why: 'its class is gone', evidence: [] }
  const [made, asked] = [volume, storageClass].map(({ body }) => body.metadata.creationTimestamp)
  if (made !== undefined && asked !== undefined && String(made) < String(asked))
    return {
      why: 'the class was made again after the volume',
      evidence: [
        storageClass.at(['metadata', 'creationTimestamp'], 'the class is of this time'),
        volume.at(['metadata', 'creationTimestamp'], 'the volume is older'),
      ],
    }
  if (by === inTreePlugin || volume.body.spec?.awsElasticBlockStore !== undefined)
    return { why: 'the plugin that was part of Kubernetes made it', evidence: [makerEvidence(volume, 'this plugin made it')] }
  return { why: 'what the class and the account said when the volume was made is not told', evidence: [] }
}
