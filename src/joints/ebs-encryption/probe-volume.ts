import type { SeenPod } from '#model/probe.ts'
import type { World } from '#model/world.ts'
import { boundVolume } from './claims.ts'
import { handleOf, volumeOf, type PersistentVolume, type Volume } from './volumes.ts'

/** What became of the claim of a probe's pod. */
export interface MadeVolume {
  readonly volume: PersistentVolume | undefined
  /** As EC2 has it. */
  readonly ec2: Volume | undefined
}

/**
 * The volume that the pod's claim is bound to; the claim has the name of pod and volume. Undefined: there is no pod or no claim.
 * https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming
 * @throws Unread
 */
export function madeVolume(world: World, cluster: string, pod: SeenPod | undefined, name: string): MadeVolume | undefined {
  const { metadata } = (pod?.body ?? {}) as { readonly metadata?: { readonly name: string; readonly namespace: string } }
  if (metadata === undefined) return undefined
  const claim = world.find('k8s/PersistentVolumeClaim', `${metadata.namespace}/${metadata.name}-${name}`, { cluster })
  if (claim === undefined) return undefined
  const volume = boundVolume(world, claim)
  const handle = volume === undefined ? undefined : handleOf(volume)
  return { volume, ec2: volume === undefined || handle === undefined ? undefined : volumeOf(world, volume, handle) }
}
