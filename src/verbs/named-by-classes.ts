import { isAws, type SecretProviderClass } from '#joints/secrets-store/classes.ts'
import { parseObjects } from '#joints/secrets-store/objects.ts'
import { compare } from '#model/world.ts'
import type { Gathered } from '#sources/gathered.ts'

/**
 * The parameters that SecretProviderClasses name, in either region: of no others is read what they are. Of secrets and keys the whole list is read, since checks of
 * roles ask about each.
 */
export function namedByClasses(read: readonly Gathered[]): { readonly parameters: readonly string[] } {
  const classes = read
    .flatMap(part => part.resources)
    .filter((resource): resource is SecretProviderClass => resource.kind === 'k8s/SecretProviderClass')
  const names = classes
    .filter(isAws)
    .flatMap(({ body }) =>
      parseObjects(body, undefined).objects.flatMap(({ type, objectName, failoverName }) =>
        type === 'ssmparameter' ? [objectName, ...(failoverName === undefined ? [] : [failoverName])] : [],
      ),
    )
  return { parameters: [...new Set(names)].sort(compare) }
}
