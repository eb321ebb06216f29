import { perWorld } from '#joints/per-world.ts'
import type { PodShape, Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import { clusterOf } from '#model/resource.ts'
import { classKey } from './mounts.ts'
import type { ClassReader, SecretProviderClass } from './classes.ts'

/** A Secret that the driver is to make of what is mounted: one entry of `secretObjects`. */
export interface SyncedSecret {
  readonly secretProviderClass: SecretProviderClass
  readonly secretName: string
  readonly index: number
  /** Its keys. */
  readonly keys: ReadonlySet<string>
}

/** Every Secret that classes which were read are to make, by cluster, namespace and name. The driver trims the names. */
export const syncedSecrets = perWorld((world: ClassReader): ReadonlyMap<string, readonly SyncedSecret[]> =>
  Map.groupBy(
    world
      .seen('k8s/SecretProviderClass')
      .flatMap(secretProviderClass =>
        (secretProviderClass.body.spec?.secretObjects ?? []).flatMap(({ secretName = '', data = [] }, index) =>
          secretName.trim() === ''
            ? []
            : [{ secretProviderClass, secretName: secretName.trim(), index, keys: new Set(data.flatMap(({ key }) => key?.trim() ?? [])) }],
        ),
      ),
    ({ secretProviderClass, secretName }) =>
      classKey(clusterOf(secretProviderClass), secretProviderClass.body.metadata.namespace, secretName),
  ),
)

/** Where a shape uses a Secret. */
export interface SecretReference {
  readonly secretName: string
  /** Undefined: all of its keys. */
  readonly key: string | undefined
  readonly optional: boolean
  /** `env`, which no container sees change; `volume`, where files follow the Secret. */
  readonly by: 'env' | 'volume'
  readonly container: string | undefined
  /** Of the Secret's name, inside the shape's resource. */
  readonly path: Path
}

/** Every Secret that a shape uses. */
export function referencesIn({ root, spec }: PodShape): readonly SecretReference[] {
  const base = [...root, 'spec']
  const containers = (['initContainers', 'containers'] as const).flatMap(group =>
    (spec[group] ?? []).flatMap((container, index) => {
      const at = [...base, group, index]
      const keys = (container.env ?? []).flatMap(({ valueFrom }, variable): readonly SecretReference[] => {
        const from = valueFrom?.secretKeyRef
        if (from?.name === undefined) return []
        const path = [...at, 'env', variable, 'valueFrom', 'secretKeyRef', 'name']
        return [{ secretName: from.name, key: from.key, optional: from.optional === true, by: 'env', container: container.name, path }]
      })
      const whole = (container.envFrom ?? []).flatMap(({ secretRef }, item): readonly SecretReference[] =>
        secretRef?.name === undefined
          ? []
          : [
              {
                secretName: secretRef.name,
                key: undefined,
                optional: secretRef.optional === true,
                by: 'env',
                container: container.name,
                path: [...at, 'envFrom', item, 'secretRef', 'name'],
              },
            ],
      )
      return [...keys, ...whole]
    }),
  )
  const volumes = (spec.volumes ?? []).flatMap(({ secret }, index): readonly SecretReference[] => {
    if (secret?.secretName === undefined) return []
    const path = [...base, 'volumes', index, 'secret', 'secretName']
    const one = { secretName: secret.secretName, optional: secret.optional === true, by: 'volume' as const, container: undefined, path }
    const items = secret.items ?? []
    return items.length === 0 ? [{ ...one, key: undefined }] : items.map(({ key }) => ({ ...one, key }))
  })
  return [...containers, ...volumes]
}

/** @throws Unread when the workload uses Secrets and which of them classes make was not read in full */
export function assertMakersRead(world: ClassReader, { cluster, namespace, template }: Workload): void {
  if (referencesIn(template).length > 0) world.list('k8s/SecretProviderClass', { cluster, namespace })
}

export interface SyncedReference {
  readonly reference: SecretReference
  /** Several classes may make the same Secret. */
  readonly made: readonly SyncedSecret[]
}

const references = perWorld((_world: object) => new Map<Workload, readonly SyncedReference[]>())

/** The Secrets that a workload uses and that classes of its namespace are to make. */
export function referencesTo(world: ClassReader, workload: Workload): readonly SyncedReference[] {
  const known = references(world).get(workload)
  if (known !== undefined) return known
  const all = syncedSecrets(world)
  const found =
    all.size === 0
      ? []
      : referencesIn(workload.template).flatMap(reference => {
          const made = all.get(classKey(workload.cluster, workload.namespace, reference.secretName))
          return made === undefined ? [] : [{ reference, made }]
        })
  references(world).set(workload, found)
  return found
}
