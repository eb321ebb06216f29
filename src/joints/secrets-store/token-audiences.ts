import { workloadKinds } from '#joints/workloads.ts'
import type { Evidence } from '#model/resource.ts'
import { defaultAudience } from '../irsa/service-account.ts'
import { classOf, isAws, type ClassReader } from './classes.ts'
import { mountEvidence, mountsByClass, type MountReader } from './mounts.ts'
import { parseObjects } from './objects.ts'

/** https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/utils/token_parser.go */
export const podIdentityAudience = 'pods.eks.amazonaws.com'

export interface NeededAudience {
  readonly audience: string
  /** What asks for it. */
  at(label: string): Evidence
}

/**
 * The audiences that mounted classes of AWS need tokens for, each with the first mount that asks for it.
 * @throws Unread when a class of a mount was not read, or the workloads were not
 */
export function neededAudiences(world: MountReader & ClassReader, cluster: string): readonly NeededAudience[] {
  const found = new Map<string, NeededAudience>()
  for (const mounts of mountsByClass(world).values()) {
    for (const mount of mounts) {
      if (mount.workload.cluster !== cluster || (mount.className ?? '') === '') continue
      const secretProviderClass = classOf(world, mount)
      if (secretProviderClass === undefined || !isAws(secretProviderClass)) continue
      const { usePodIdentity } = parseObjects(secretProviderClass.body, undefined, mount.attributes)
      const audience = usePodIdentity ? podIdentityAudience : defaultAudience
      if (!found.has(audience)) found.set(audience, { audience, at: label => mountEvidence(mount, label) })
    }
  }
  // Without any, only what was read in full tells that nothing mounts.
  if (found.size === 0) for (const kind of workloadKinds) world.list(kind, { cluster })
  return [...found.values()]
}
