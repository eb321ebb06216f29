import { perWorld } from '#joints/per-world.ts'
import { workloadsOf, type PodShape, type Workload, type workloadKinds } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Evidence } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

/** https://secrets-store-csi-driver.sigs.k8s.io */
export const driverName = 'secrets-store.csi.k8s.io'

export type MountReader = Reader<(typeof workloadKinds)[number]>

/** A volume of a workload that the driver mounts. */
export interface SecretMount {
  readonly workload: Workload
  readonly shape: PodShape
  /** As the pod names it. */
  readonly volume: string
  /** Of the volume's `csi`, inside the workload's resource. */
  readonly path: Path
  readonly readOnly: boolean
  readonly attributes: Readonly<Record<string, string>>
  /** Undefined or empty: it names none. */
  readonly className: string | undefined
}

/** What the volume itself says of which class it mounts. */
const classAttribute = 'secretProviderClass'

/** The volumes of a shape that the driver mounts. */
function mountsIn(workload: Workload, shape: PodShape): readonly SecretMount[] {
  return (shape.spec.volumes ?? []).flatMap(({ name, csi }, index) => {
    if (csi?.driver !== driverName) return []
    const { [classAttribute]: className, ...attributes } = csi.volumeAttributes ?? {}
    const path = [...shape.root, 'spec', 'volumes', index, 'csi']
    return [{ workload, shape, volume: name, path, readOnly: csi.readOnly === true, attributes, className }]
  })
}

const byWorkload = perWorld((_world: object) => new Map<Workload, readonly SecretMount[]>())

/** The volumes of the workload's template that the driver mounts. */
export function mountsOf(world: MountReader, workload: Workload): readonly SecretMount[] {
  const known = byWorkload(world).get(workload) ?? mountsIn(workload, workload.template)
  byWorkload(world).set(workload, known)
  return known
}

/** Every such volume that was seen, by cluster and class. */
export const mountsByClass = perWorld((world: MountReader): ReadonlyMap<string, readonly SecretMount[]> =>
  Map.groupBy(
    workloadsOf(world).flatMap(workload => mountsOf(world, workload)),
    ({ workload: { cluster, namespace }, className }) => classKey(cluster, namespace, className ?? ''),
  ),
)

export const classKey = (cluster: string, namespace: string, name: string): string => `${cluster}\n${namespace}/${name}`

/** Whether a pod has a volume that the driver mounts. */
export const mountsSecrets = (shape: PodShape): boolean => (shape.spec.volumes ?? []).some(({ csi }) => csi?.driver === driverName)

/** The volume, where it stands: its class when it names one. */
export function mountEvidence({ shape, path, className }: SecretMount, label: string): Evidence {
  return className === undefined || className === ''
    ? shape.resource.at([...path, 'driver'], label)
    : shape.resource.at([...path, 'volumeAttributes', classAttribute], label)
}
