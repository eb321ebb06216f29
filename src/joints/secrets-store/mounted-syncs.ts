import { workloadKinds } from '#joints/workloads.ts'
import { classOf, isAws, type ClassReader, type SecretProviderClass } from './classes.ts'
import { mountsByClass, type MountReader } from './mounts.ts'

/**
 * The classes of AWS that a workload mounts and that are to make a Secret.
 * @throws Unread when a class was not read; when there is none, also when the workloads were not
 */
export function mountedSyncs(world: MountReader & ClassReader, cluster: string): readonly SecretProviderClass[] {
  const found = new Set<SecretProviderClass>()
  for (const [mount] of mountsByClass(world).values()) {
    if (mount === undefined || mount.workload.cluster !== cluster) continue
    const secretProviderClass = classOf(world, mount)
    if (secretProviderClass === undefined || !isAws(secretProviderClass)) continue
    if ((secretProviderClass.body.spec?.secretObjects ?? []).length > 0) found.add(secretProviderClass)
  }
  if (found.size === 0) for (const kind of workloadKinds) world.list(kind, { cluster })
  return [...found]
}
