import { setting, targetOf } from '#model/change.ts'
import type { Path } from '#model/place.ts'
import type { Fix } from '#model/verdict.ts'
import type { StorageClass } from './classes.ts'

/** https://kubernetes.io/docs/concepts/storage/storage-classes/ : a class cannot be updated once it is created. */
const risk =
  'The API server takes no other value for a class that exists: it must be deleted and made again, which leaves its volumes as they are.'

/** The edit of a class, for its manifest. */
export const classFix = (storageClass: StorageClass, path: Path, value: unknown, title: string): Fix => ({
  title,
  safe: false,
  changes: [
    {
      target: targetOf(storageClass),
      edit: setting(storageClass, path, value),
      permissions: ['create storageclasses', 'delete storageclasses'],
      risk,
    },
  ],
})
