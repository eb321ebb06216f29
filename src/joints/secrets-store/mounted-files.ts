import type { Path } from '#model/place.ts'
import type { MountedObject, ParsedObjects } from './objects.ts'

/** A file that the provider writes into the mount, and what is in it. */
export interface MountedFile {
  /** Below the mount. It is the `id` of SecretProviderClassPodStatus too. */
  readonly file: string
  readonly object: MountedObject
  /** The whole secret or parameter, or one value of it. */
  readonly holds: 'whole' | 'value'
  /** Inside the text of the objects: what names it. */
  readonly inner: Path
}

/** The name of the file for an alias, or else a name: secret_descriptor.go, GetFileName. */
export const fileNameOf = ({ objectName, objectAlias }: Pick<MountedObject, 'objectName' | 'objectAlias'>, translate: string): string =>
  translated(objectAlias ?? objectName, translate)

const translated = (name: string, translate: string): string =>
  translate === '' ? name.replace(/^\/+/, '') : name.replaceAll('/', translate)

/** Every file of the mount: of each object the whole, and one for each value that is taken from it. */
export const mountedFiles = ({ objects, translate }: Pick<ParsedObjects, 'objects' | 'translate'>): readonly MountedFile[] =>
  objects.flatMap(object => [
    {
      file: fileNameOf(object, translate),
      object,
      holds: 'whole' as const,
      inner: [...object.inner, object.objectAlias === undefined ? 'objectName' : 'objectAlias'],
    },
    ...object.jmesPath.map(({ objectAlias, inner }) => ({
      file: translated(objectAlias, translate),
      object,
      holds: 'value' as const,
      inner: [...inner, 'objectAlias'],
    })),
  ])
