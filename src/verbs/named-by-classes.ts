import { isAws, type SecretProviderClass } from '#joints/secrets-store/classes.ts'
import { parseObjects } from '#joints/secrets-store/objects.ts'
import { compare } from '#model/world.ts'
import type { Gathered } from '#sources/gathered.ts'
import type { NamedInRegion } from '#sources/aws/wanted.ts'
import { namedByStores, type Named } from './named-by-stores.ts'

export interface NamedByClasses {
  /** In whichever region: of no others is read what they are. Of secrets and keys the whole list is read, since checks of roles ask about each. */
  readonly parameters: readonly string[]
  /** What is looked for in a region that a class or a store names, in the order of regions. */
  readonly regions: readonly NamedInRegion[]
}

/** Whoever may write a class chooses the text, and a request goes to a host of that name. */
const isRegion = /^[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/

/** The secrets and parameters that SecretProviderClasses name, in their own region and in the one of failover, and those that ExternalSecrets do. */
export function namedByClasses(read: readonly Gathered[]): NamedByClasses {
  const resources = read.flatMap(part => part.resources)
  const classes = resources.filter((resource): resource is SecretProviderClass => resource.kind === 'k8s/SecretProviderClass').filter(isAws)
  const named = [...classes.flatMap(namedBy), ...namedByStores(resources)]
  const byRegion = Map.groupBy(
    named.filter(({ region }) => isRegion.test(region ?? '')),
    ({ region }) => region ?? '',
  )
  return {
    parameters: namesOf(named, 'ssmparameter'),
    regions: [...byRegion]
      .map(([region, all]) => ({ region, secrets: namesOf(all, 'secretsmanager'), parameters: namesOf(all, 'ssmparameter') }))
      .sort((a, b) => compare(a.region, b.region)),
  }
}

function namedBy({ body }: SecretProviderClass): readonly Named[] {
  const { objects, region, failoverRegion } = parseObjects(body, undefined)
  return objects.flatMap(({ type, objectName, failoverName }) => [
    { region, type, name: objectName },
    ...(failoverRegion === undefined ? [] : [{ region: failoverRegion, type, name: failoverName ?? objectName }]),
  ])
}

const namesOf = (named: readonly Named[], wanted: string): readonly string[] =>
  [...new Set(named.filter(({ type }) => type === wanted).map(({ name }) => name))].sort(compare)
