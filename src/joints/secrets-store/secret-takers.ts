import { perWorld } from '#joints/per-world.ts'
import { workloadsOf, type Workload } from '#joints/workloads.ts'
import { classKey, type MountReader } from './mounts.ts'
import { referencesIn, type SecretReference } from './synced-secrets.ts'

/** A workload that uses a Secret, and where. */
export interface SecretTaker {
  readonly workload: Workload
  readonly reference: SecretReference
}

/** By cluster, namespace and Secret. */
export const takersOf = perWorld((world: MountReader): ReadonlyMap<string, readonly SecretTaker[]> =>
  Map.groupBy(
    workloadsOf(world).flatMap(workload => referencesIn(workload.template).map(reference => ({ workload, reference }))),
    ({ workload: { cluster, namespace }, reference: { secretName } }) => classKey(cluster, namespace, secretName),
  ),
)
