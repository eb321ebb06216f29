import type { Path } from '#model/place.ts'
import type { SecretMount } from './mounts.ts'

/** A container that mounts the volume. */
export interface Consumer {
  readonly container: string
  /** Undefined: the whole folder, whose files are renewed in place. */
  readonly subPath: string | undefined
  /** A part of the folder whose name holds variables. */
  readonly hasExpression: boolean
  /** Of the volumeMount, inside the workload's resource. */
  readonly path: Path
}

/** The containers of the shape that mount the volume. A subPath with variables in it is told as it is written. */
export const consumersOf = ({ shape, volume }: SecretMount): readonly Consumer[] =>
  (['initContainers', 'containers'] as const).flatMap(group =>
    (shape.spec[group] ?? []).flatMap(({ name, volumeMounts = [] }, index) =>
      volumeMounts.flatMap((mount, item) =>
        mount.name === volume
          ? [
              {
                container: name,
                hasExpression: (mount.subPathExpr ?? '') !== '',
                subPath: mount.subPath === '' ? undefined : mount.subPath,
                path: [...shape.root, 'spec', group, index, 'volumeMounts', item],
              },
            ]
          : [],
      ),
    ),
  )
