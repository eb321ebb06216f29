import { isRecord } from '#iam/document.ts'
import type { Path } from '#model/place.ts'
import type { Kinds } from '#model/kinds.ts'
import { entryFault, take, takenTwice, type Taken } from './object-faults.ts'
import { decoding, entriesOf, keyIn, shapeOf, textAt, type TextFault } from './objects-text.ts'

export type ObjectType = 'secretsmanager' | 'ssmparameter'

/** One value inside a secret that is a JSON text, in a file of its own. */
export interface ExtractedValue {
  /** A JMESPath expression. */
  readonly path: string
  readonly objectAlias: string
  readonly filePermission: string | undefined
  /** Inside the text that holds the list. */
  readonly inner: Path
}

/** Instead of the same name, in the failover region. */
export interface FailoverObject {
  readonly objectName: string
  readonly objectVersion: string | undefined
  readonly objectVersionLabel: string | undefined
}

/** One secret or parameter that a SecretProviderClass mounts. */
export interface MountedObject {
  /** A name, or an ARN. */
  readonly objectName: string
  /** As it is written; undefined where an ARN tells. */
  readonly objectType: string | undefined
  readonly type: ObjectType
  readonly objectAlias: string | undefined
  readonly objectVersion: string | undefined
  readonly objectVersionLabel: string | undefined
  readonly filePermission: string | undefined
  readonly jmesPath: readonly ExtractedValue[]
  readonly failover: FailoverObject | undefined
  readonly failoverName: string | undefined
  /** Which entry of the list. */
  readonly index: number
  /** Of the text that holds the list. */
  readonly path: Path
  /** Inside that text: of the entry. */
  readonly inner: Path
}

/** What the provider refuses, in its own words: it mounts nothing then. */
export interface ObjectsFault {
  readonly message: string
  readonly index: number | undefined
  /** Of the parameter, or of the text that holds the list. */
  readonly path: Path
  /** Inside that text. */
  readonly inner: Path
}

export interface ParsedObjects {
  readonly objects: readonly MountedObject[]
  /** In the order in which the provider comes to them: it ends at the first. */
  readonly faults: readonly ObjectsFault[]
  /** Undefined: that of the node. */
  readonly region: string | undefined
  readonly failoverRegion: string | undefined
  readonly usePodIdentity: boolean
  /** What stands for a slash in names of files; empty: slashes stay. */
  readonly translate: string
}

type Parameters = Readonly<Record<string, string>>

export interface Regions {
  readonly primary: string | undefined
  readonly failover: string | undefined
}

const objectsPath: Path = ['spec', 'parameters', 'objects']

const known = new WeakMap<Kinds['k8s/SecretProviderClass'], Map<string, ParsedObjects>>()

/**
 * Reads the parameters of a SecretProviderClass of provider `aws` as the provider does: `objects` is a YAML text that holds a list.
 * Once, whichever check asks.
 * https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider/secret_descriptor.go
 * @param region where the pods' nodes are, for classes that name none; undefined: not known, and what depends on it is not judged
 * @param attributes of the pod's volume: the driver lets them stand in for parameters of the class
 */
export function parseObjects(
  body: Kinds['k8s/SecretProviderClass'],
  region: string | undefined,
  attributes: Parameters = {},
): ParsedObjects {
  const ofClass = known.get(body) ?? new Map<string, ParsedObjects>()
  known.set(body, ofClass)
  const key = JSON.stringify([region, attributes])
  const parsed = ofClass.get(key) ?? parse({ ...body.spec?.parameters, ...attributes }, region)
  ofClass.set(key, parsed)
  return parsed
}

function parse(parameters: Parameters, region: string | undefined): ParsedObjects {
  const own = filled(parameters['region'])
  const failoverRegion = filled(parameters['failoverRegion'])
  const regions = { primary: own ?? region, failover: failoverRegion }
  const common = {
    region: own,
    failoverRegion,
    usePodIdentity: truths.has(parameters['usePodIdentity'] ?? ''),
    translate: translationOf(parameters['pathTranslation'] ?? ''),
  }
  const before = parameterFault(parameters, regions)
  if (before !== undefined) return { ...common, objects: [], faults: [before] }
  const list = entriesOf(parameters['objects'] ?? '')
  if ('message' in list) return { ...common, objects: [], faults: [inObjects(list, undefined)] }
  // The whole text is decoded before an entry is judged.
  const read = list.map((entry, index) => (entry === null ? null : readEntry(entry, index)))
  const undecoded = read.findIndex(each => each !== null && 'message' in each)
  if (undecoded >= 0) return { ...common, objects: [], faults: [inObjects(read[undecoded] as TextFault, undecoded)] }
  return { ...common, ...judged(read as readonly (MountedObject | null)[], regions, common.translate) }
}

const filled = (text: string | undefined): string | undefined => (text === undefined || text === '' ? undefined : text)

/** Go's strconv.ParseBool. */
const truths: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const falsehoods: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])

function translationOf(text: string): string {
  if (text === '') return '_'
  return text.toLowerCase() === 'false' ? '' : text
}

/** In the order in which the provider looks at them: server.go, Mount. */
function parameterFault(parameters: Parameters, { primary, failover }: Regions): ObjectsFault | undefined {
  const at = (name: string, message: string): ObjectsFault => ({ message, index: undefined, path: ['spec', 'parameters', name], inner: [] })
  if (failover !== undefined && failover === primary)
    return at('failoverRegion', `${primary}: failover region cannot be the same as the primary region`)
  const asked = parameters['usePodIdentity'] ?? ''
  if (asked !== '' && !truths.has(asked) && !falsehoods.has(asked))
    return at(
      'usePodIdentity',
      `failed to parse usePodIdentity value, error: strconv.ParseBool: parsing ${JSON.stringify(asked)}: invalid syntax`,
    )
  const translation = translationOf(parameters['pathTranslation'] ?? '')
  if (new TextEncoder().encode(translation).length > 1)
    return at('pathTranslation', "pathTranslation must be either 'False' or a single character string")
  return undefined
}

const inObjects = ({ message, inner }: TextFault, index: number | undefined): ObjectsFault => ({ message, index, path: objectsPath, inner })

type Judged = Pick<ParsedObjects, 'objects' | 'faults'>

function judged(read: readonly (MountedObject | null)[], regions: Regions, translate: string): Judged {
  const objects: MountedObject[] = []
  const faults: ObjectsFault[] = []
  const taken: Taken = { names: new Map(), aliases: new Set() }
  read.forEach((object, index) => {
    const fault =
      object === null
        ? { message: 'Empty descriptor entry in SecretProviderClass', inner: [index] }
        : (entryFault(object, regions, translate) ?? takenTwice(object, taken))
    if (fault !== undefined) faults.push(inObjects(fault, index))
    else if (object !== null) {
      take(object, taken)
      objects.push(object)
    }
  })
  return { objects, faults }
}

function readEntry(entry: Readonly<Record<string, unknown>>, index: number): MountedObject | TextFault {
  const names = ['objectName', 'objectType', 'objectAlias', 'objectVersion', 'objectVersionLabel', 'filePermission'] as const
  const texts = textsOf(entry, names, [index])
  if ('message' in texts) return texts
  const jmesPath = extractedOf(entry, index)
  if ('message' in jmesPath) return jmesPath
  const failover = failoverOf(entry, index)
  if (failover !== undefined && 'message' in failover) return failover
  const { objectName = '', objectType } = texts
  return {
    objectName,
    objectType,
    type: typeOf(objectName, objectType),
    objectAlias: texts.objectAlias,
    objectVersion: texts.objectVersion,
    objectVersionLabel: texts.objectVersionLabel,
    filePermission: texts.filePermission,
    jmesPath,
    failover,
    failoverName: failover?.objectName,
    index,
    path: objectsPath,
    inner: [index],
  }
}

/** What nameFault lets pass has one of the two. */
const typeOf = (name: string, named: string | undefined): ObjectType =>
  (named ?? name.split(':')[2]) === 'secretsmanager' ? 'secretsmanager' : 'ssmparameter'

type Texts<Name extends string> = Readonly<Record<Name, string | undefined>>

function textsOf<Name extends string>(entry: Readonly<Record<string, unknown>>, names: readonly Name[], at: Path): Texts<Name> | TextFault {
  const texts: Partial<Record<Name, string | undefined>> = {}
  for (const name of names) {
    const text = textAt(entry, name, at)
    if (typeof text !== 'string') return text
    texts[name] = filled(text)
  }
  return texts as Texts<Name>
}

function extractedOf(entry: Readonly<Record<string, unknown>>, index: number): readonly ExtractedValue[] | TextFault {
  const name = 'jmesPath'
  const key = keyIn(entry, name)
  const value = key === undefined ? undefined : entry[key]
  if (key === undefined || value === undefined || value === null) return []
  const at: Path = [index, key]
  if (!Array.isArray(value))
    return decoding(`cannot unmarshal ${shapeOf(value)} into Go struct field .${name} of type []provider.JMESPathEntry`, at)
  const values: ExtractedValue[] = []
  for (const [item, each] of (value as readonly unknown[]).entries()) {
    const inner = [...at, item]
    if (each !== null && !isRecord(each))
      return decoding(`cannot unmarshal ${shapeOf(each)} into Go struct field .${name} of type provider.JMESPathEntry`, inner)
    const texts = textsOf(each ?? {}, ['path', 'objectAlias', 'filePermission'] as const, inner)
    if ('message' in texts) return texts
    values.push({ path: texts.path ?? '', objectAlias: texts.objectAlias ?? '', filePermission: texts.filePermission, inner })
  }
  return values
}

function failoverOf(entry: Readonly<Record<string, unknown>>, index: number): FailoverObject | TextFault | undefined {
  const key = keyIn(entry, 'failoverObject')
  const value = key === undefined ? undefined : entry[key]
  if (key === undefined || value === undefined || value === null) return undefined
  if (!isRecord(value))
    return decoding(`cannot unmarshal ${shapeOf(value)} into Go struct field .failoverObject of type provider.FailoverObjectEntry`, [
      index,
      key,
    ])
  const texts = textsOf(value, ['objectName', 'objectVersion', 'objectVersionLabel'] as const, [index, key])
  if ('message' in texts) return texts
  const { objectName } = texts
  return objectName === undefined ? undefined : { ...texts, objectName }
}
