import { load } from 'js-yaml'
import { parseArn } from '#iam/arn.ts'
import { isRecord } from '#iam/document.ts'
import type { Path } from '#model/place.ts'
import type { Kinds } from '#model/kinds.ts'

export type ObjectType = 'secretsmanager' | 'ssmparameter'

/** One secret or parameter that a SecretProviderClass mounts. */
export interface MountedObject {
  /** A name, or an ARN. */
  readonly objectName: string
  readonly type: ObjectType
  readonly objectAlias: string | undefined
  readonly objectVersion: string | undefined
  readonly objectVersionLabel: string | undefined
  /** Instead of the same name, in the failover region. */
  readonly failoverName: string | undefined
  /** Which entry of the list. */
  readonly index: number
  /** Of the text that holds the list: places inside a text are not told. */
  readonly path: Path
}

/** What the provider refuses: it mounts nothing then. */
export interface ObjectsFault {
  readonly message: string
  readonly index: number | undefined
  readonly path: Path
}

export interface ParsedObjects {
  readonly objects: readonly MountedObject[]
  /** The provider ends at the first. */
  readonly faults: readonly ObjectsFault[]
  /** Undefined: that of the node. */
  readonly region: string | undefined
  readonly failoverRegion: string | undefined
}

type SecretProviderClassBody = Kinds['k8s/SecretProviderClass']

const objectsPath: Path = ['spec', 'parameters', 'objects']

/**
 * Reads `parameters.objects` of a SecretProviderClass of provider `aws` as the provider does: a YAML text that holds a list.
 * https://github.com/aws/secrets-store-csi-driver-provider-aws#secretproviderclass-options
 * @param region where the pods' nodes are, for classes that name none
 */
export function parseObjects(body: SecretProviderClassBody, region: string | undefined): ParsedObjects {
  const parameters = body.spec?.parameters ?? {}
  const own = filled(parameters['region'])
  const failoverRegion = filled(parameters['failoverRegion'])
  const common = { region: own, failoverRegion }
  const regions = { primary: own ?? region, failover: failoverRegion }
  const whole = (message: string): ParsedObjects => ({ ...common, objects: [], faults: [{ message, index: undefined, path: objectsPath }] })
  const text = parameters['objects']
  if (text === undefined) return { ...common, objects: [], faults: [{ message: 'it names no objects', index: undefined, path: [] }] }
  const list = listOf(text)
  if (typeof list === 'string') return whole(list)
  if (failoverRegion !== undefined && failoverRegion === regions.primary) return whole('the failover region is the primary region')
  const read = list.map((entry, index) => readEntry(entry, index, regions))
  const objects = read.flatMap(each => ('message' in each ? [] : [each]))
  const faults = read.flatMap(each => ('message' in each ? [each] : []))
  return { ...common, objects, faults: [...faults, ...takenTwice(objects)].sort((a, b) => (a.index ?? 0) - (b.index ?? 0)) }
}

const filled = (text: string | undefined): string | undefined => (text === undefined || text === '' ? undefined : text)

function listOf(text: string): readonly unknown[] | string {
  try {
    const value = load(text)
    if (value === undefined || value === null) return []
    return Array.isArray(value) ? value : 'the objects are no YAML list'
  } catch (error) {
    return `the objects are no YAML: ${(error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''}`
  }
}

interface Regions {
  readonly primary: string | undefined
  readonly failover: string | undefined
}

function readEntry(entry: unknown, index: number, regions: Regions): MountedObject | ObjectsFault {
  const wrong = (message: string): ObjectsFault => ({ message, index, path: objectsPath })
  if (!isRecord(entry)) return wrong(entry === null ? 'an entry is empty' : 'an entry is no map')
  const objectName = textAt(entry, 'objectName')
  if (objectName === undefined) return wrong('an entry has no objectName')
  const named = textAt(entry, 'objectType')
  const type = typeOf(objectName, named, regions.primary)
  if (typeof type !== 'string') return wrong(type.wrong)
  const [objectVersion, objectVersionLabel] = [textAt(entry, 'objectVersion'), textAt(entry, 'objectVersionLabel')]
  if (type === 'ssmparameter' && objectVersion !== undefined && objectVersionLabel !== undefined)
    return wrong(`${objectName} has an objectVersion and an objectVersionLabel, and a parameter takes one of them`)
  const objectAlias = textAt(entry, 'objectAlias')
  const failover = valueAt(entry, 'failoverObject')
  const failoverName = isRecord(failover) ? textAt(failover, 'objectName') : undefined
  if (failoverName !== undefined) {
    const fault = failoverFault({ objectName, objectAlias, failoverName, named, regions })
    if (fault !== undefined) return wrong(fault)
    if ((isRecord(failover) ? textAt(failover, 'objectVersion') : undefined) !== objectVersion)
      return wrong(`${objectName} has another objectVersion in the failover region`)
  }
  return { objectName, type, objectAlias, objectVersion, objectVersionLabel, failoverName, index, path: objectsPath }
}

const services: Readonly<Record<string, ObjectType>> = { secretsmanager: 'secretsmanager', ssm: 'ssmparameter' }

function typeOf(name: string, named: string | undefined, region: string | undefined): ObjectType | { readonly wrong: string } {
  const isArn = name.startsWith('arn:')
  const arn = isArn ? parseArn(name) : undefined
  if (isArn && arn === undefined) return { wrong: `${name} is no ARN` }
  if (arn !== undefined && region !== undefined && arn.region !== region) return { wrong: `${name} is not of region ${region}` }
  const ofArn = arn === undefined ? undefined : services[arn.service]
  if (named === undefined) {
    if (arn === undefined) return { wrong: `${name} is no ARN, and has no objectType` }
    return ofArn ?? { wrong: `${name} is of service ${arn.service}` }
  }
  if (named !== 'secretsmanager' && named !== 'ssmparameter') return { wrong: `${JSON.stringify(named)} is no objectType` }
  return arn !== undefined && ofArn !== named ? { wrong: `${name} is no ${named}` } : named
}

interface Failover {
  readonly objectName: string
  readonly objectAlias: string | undefined
  readonly failoverName: string
  readonly named: string | undefined
  readonly regions: Regions
}

function failoverFault({ objectName, objectAlias, failoverName, named, regions }: Failover): string | undefined {
  if (objectAlias === undefined) return `${objectName} has a failoverObject and no objectAlias`
  if (regions.failover === undefined) return `${objectName} has a failoverObject, and there is no failoverRegion`
  const type = typeOf(failoverName, named, regions.failover)
  return typeof type === 'string' ? undefined : type.wrong
}

function takenTwice(objects: readonly MountedObject[]): readonly ObjectsFault[] {
  const taken = new Set<string>()
  return objects.flatMap(({ objectName, objectAlias, index }) =>
    [objectName, objectAlias].flatMap(name => {
      if (name === undefined) return []
      if (taken.has(name)) return [{ message: `${name} is named twice`, index, path: objectsPath }]
      taken.add(name)
      return []
    }),
  )
}

/** Go's JSON takes keys in any case where none is spelt exactly, and the YAML before it makes texts of numbers and booleans. */
function valueAt(entry: Readonly<Record<string, unknown>>, key: string): unknown {
  const own = Object.keys(entry).find(each => each === key) ?? Object.keys(entry).find(each => each.toLowerCase() === key.toLowerCase())
  return own === undefined ? undefined : entry[own]
}

function textAt(entry: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = valueAt(entry, key)
  if (typeof value === 'string') return filled(value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}
