import { fileNameOf } from './mounted-files.ts'
import type { TextFault } from './objects-text.ts'
import type { MountedObject, Regions } from './objects.ts'

const badPath = /\/\.\.\/|^\.\.\/|\/\.\.$/
const permission = /^[0-7]{4}$/

/** The first thing that the provider refuses of an entry, in its words and its order: secret_descriptor.go, validateSecretDescriptor. */
export function entryFault(object: MountedObject, regions: Regions, translate: string): TextFault | undefined {
  const { objectName, objectType, type, index } = object
  const at = (message: string, ...steps: readonly string[]): TextFault => ({ message, inner: [index, ...steps] })
  if (objectName === '') return at('Object name must be specified')
  const named = nameFault(objectName, objectType, regions.primary)
  if (named !== undefined) return at(named.message, named.of === 'type' && objectType !== undefined ? 'objectType' : 'objectName')
  if (type === 'ssmparameter' && object.objectVersion !== undefined && object.objectVersionLabel !== undefined)
    return at(`ssm parameters can not specify both objectVersion and objectVersionLabel: ${objectName}`, 'objectVersionLabel')
  if (badPath.test(fileNameOf(object, translate)))
    return at(`path can not contain ../: ${objectName}`, object.objectAlias === undefined ? 'objectName' : 'objectAlias')
  if (object.filePermission !== undefined && !permission.test(object.filePermission))
    return at(`Invalid File Permission: ${object.filePermission}`, 'filePermission')
  return extractedFault(object) ?? failoverFault(object, regions)
}

function extractedFault({ jmesPath }: MountedObject): TextFault | undefined {
  for (const { path, objectAlias, filePermission, inner } of jmesPath) {
    if (path === '') return { message: 'Path must be specified for JMES object', inner }
    if (objectAlias === '') return { message: 'Object alias must be specified for JMES object', inner }
    if (filePermission !== undefined && !permission.test(filePermission))
      return { message: `Invalid File Permission: ${filePermission}`, inner: [...inner, 'filePermission'] }
  }
  return undefined
}

function failoverFault(object: MountedObject, { failover: region }: Regions): TextFault | undefined {
  const { failover, objectName, index } = object
  if (failover === undefined) return undefined
  const at = (message: string, ...steps: readonly string[]): TextFault => ({ message, inner: [index, ...steps] })
  if (object.objectAlias === undefined)
    return at(`object alias must be specified for objects with failover entries: ${objectName}`, 'failoverObject')
  if (region === undefined) return at(`failover object allowed only when failover region is defined: ${objectName}`, 'failoverObject')
  const named = nameFault(failover.objectName, object.objectType, region)
  if (named !== undefined) return at(named.message, 'failoverObject', 'objectName')
  if (object.type === 'ssmparameter' && failover.objectVersion !== undefined && failover.objectVersionLabel !== undefined)
    return at(
      `ssm parameters can not specify both objectVersion and objectVersionLabel: ${objectName}`,
      'failoverObject',
      'objectVersionLabel',
    )
  if (failover.objectVersion !== object.objectVersion)
    return at(`object versions must match between primary and failover regions: ${objectName}`, 'failoverObject')
  return undefined
}

/** Services and types mean the same to the provider, but `ssm` is no type. */
const kinds: Readonly<Record<string, string>> = { secretsmanager: 'secretsmanager', ssmparameter: 'ssmparameter', ssm: 'ssmparameter' }

/**
 * What the provider refuses of a name: secret_descriptor.go, validateObjectName.
 * @param region undefined: not known, and not compared
 */
export function nameFault(
  name: string,
  named: string | undefined,
  region: string | undefined,
): { readonly message: string; readonly of: 'name' | 'type' } | undefined {
  const ofName = (message: string) => ({ message, of: 'name' }) as const
  // aws-sdk-go-v2, arn.Parse: six parts, whatever they hold.
  const parts = name.startsWith('arn:') ? name.split(':') : undefined
  if (parts !== undefined && parts.length < 6) return ofName(`Invalid ARN format in object name: ${name}`)
  if (parts !== undefined && region !== undefined && parts[3] !== region) return ofName(`ARN region must match region ${region}: ${name}`)
  if (named === undefined && parts === undefined) return ofName(`Must use objectType when a full ARN is not specified: ${name}`)
  const service = parts?.[2] ?? ''
  if (named === undefined) return Object.hasOwn(kinds, service) ? undefined : ofName(`Invalid service in ARN: ${service}`)
  if (named !== 'secretsmanager' && named !== 'ssmparameter') return { message: `Invalid objectType: ${named}`, of: 'type' }
  if (parts !== undefined && kinds[named] !== kinds[service]) return { message: `objectType does not match ARN: ${name}`, of: 'type' }
  return undefined
}

/** What entries before have: the last of each name, and every alias. */
export interface Taken {
  readonly names: Map<string, MountedObject>
  readonly aliases: Set<string>
}

/** A name or an alias that an entry before has: secret_descriptor.go, NewSecretDescriptorList. */
export function takenTwice(object: MountedObject, { names, aliases: before }: Taken): TextFault | undefined {
  const { objectName, objectAlias: alias, objectVersionLabel: label, index, jmesPath } = object
  const at = (message: string, step: string): TextFault => ({ message, inner: [index, step] })
  const earlier = names.get(objectName)
  if (earlier !== undefined && alias === earlier.objectAlias && label === earlier.objectVersionLabel) {
    const aliases = alias === undefined ? 'no object alias' : `duplicate object alias ${alias}`
    const labels = label === undefined ? 'no version label' : `duplicate version label ${label}`
    return at(`found descriptor with duplicate object name ${objectName}, ${aliases}, and ${labels}`, 'objectName')
  }
  if (alias !== undefined && before.has(alias)) return at(`found duplicate object alias ${alias}`, 'objectAlias')
  const own = new Set(alias === undefined ? [] : [alias])
  for (const value of jmesPath) {
    if (before.has(value.objectAlias) || own.has(value.objectAlias))
      return {
        message: `Name already in use for objectAlias: found duplicate object alias ${value.objectAlias} in JMES path entry ${value.path}`,
        inner: [...value.inner, 'objectAlias'],
      }
    own.add(value.objectAlias)
  }
  return undefined
}

/** Remembers the names of one that the provider takes. */
export function take(object: MountedObject, { names, aliases }: Taken): void {
  names.set(object.objectName, object)
  if (object.objectAlias !== undefined) aliases.add(object.objectAlias)
  for (const { objectAlias } of object.jmesPath) aliases.add(objectAlias)
}
