import type { ActionCatalogue } from '#iam/known-actions.ts'
import { compileGlob, globMatches } from '#iam/glob.ts'
import type { CompiledStatement } from '#iam/compile-statement.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { askEach, type AccessAnswer } from './access.ts'
import type { Caller } from './access-caller.ts'
import type { PlacedPolicy } from './access-documents.ts'
import { statementEvidence } from './access-layers.ts'
import { partlyDenied } from './access-pattern.ts'
import type { WorkloadReader } from './access-workload.ts'

/** Actions on one resource, or on what a pattern stands for, that have the same answer. */
export interface ListedAccess {
  readonly service: string
  readonly resource: string
  /** The resource exists in the world; else it stands in a policy. */
  readonly exists: boolean
  readonly verdict: 'allow' | 'unknown' | 'part'
  readonly actions: readonly string[]
  /** What an unknown depends on. */
  readonly depends: readonly string[]
  readonly at?: Evidence
}

export interface ListedService {
  readonly service: string
  readonly rows: readonly ListedAccess[]
  /** Actions that its policies allow and that nothing of is left: a boundary, a guardrail or a Deny stands in the way. */
  readonly lost: readonly string[]
}

/** The Allow statements of a caller's own policies. */
export function allowsOf(caller: Caller): readonly { readonly placed: PlacedPolicy; readonly statement: CompiledStatement }[] {
  return caller.identity.policies.flatMap(placed =>
    placed.policy.statements
      .filter(statement => statement.effect === 'Allow' && !statement.invalid)
      .map(statement => ({ placed, statement })),
  )
}

/** The action patterns of a statement; what NotAction leaves is everything as far as a listing goes: the engine decides. */
export const actionPatterns = ({ action }: CompiledStatement): readonly string[] =>
  action === 'invalid' ? [] : action.negated ? ['*'] : action.values

/** The services that a caller's policies name; a single star names those of the resources in the world. */
export function servicesOf(world: WorkloadReader, caller: Caller): readonly string[] {
  const services = new Set<string>()
  for (const { statement } of allowsOf(caller)) {
    for (const pattern of actionPatterns(statement)) {
      const service = pattern.slice(0, pattern.indexOf(':')).toLowerCase()
      if (pattern.includes(':') && !/[*?]/.test(service)) services.add(service)
      else for (const known of worldServices(world)) services.add(known)
    }
  }
  for (const resource of worldResources(world)) if (isNamed(resource, caller)) services.add(serviceOf(resource.arn))
  return [...services].sort()
}

const serviceOf = (arn: string): string => (arn === '*' ? '' : (arn.split(':')[2] ?? ''))

interface WorldResource {
  readonly arn: string
  readonly resource: Resource
  readonly policy: unknown
}

function worldResources(world: WorkloadReader): readonly WorldResource[] {
  return [
    ...world.seen('aws/s3/Bucket').flatMap(resource => [
      { arn: resource.id, resource, policy: resource.body.Policy },
      { arn: `${resource.id}/*`, resource, policy: resource.body.Policy },
    ]),
    ...world.seen('aws/secretsmanager/Secret').map(resource => ({ arn: resource.id, resource, policy: resource.body.ResourcePolicy })),
    ...world.seen('aws/kms/Key').map(resource => ({ arn: resource.id, resource, policy: resource.body.Policy })),
    ...world.seen('aws/iam/Role').map(resource => ({ arn: resource.id, resource, policy: resource.body.AssumeRolePolicyDocument })),
  ]
}

const worldServices = (world: WorkloadReader): ReadonlySet<string> =>
  new Set(worldResources(world).flatMap(({ arn }) => (serviceOf(arn) === 'iam' ? ['iam', 'sts'] : [serviceOf(arn)])))

/** A policy of the resource may grant by itself to whom it names; its text tells cheaply whether it could. */
function isNamed({ policy }: WorldResource, { arn }: Caller): boolean {
  if (policy === undefined || policy === null || arn === undefined) return false
  const text = JSON.stringify(policy)
  return text.includes(arn) || /"(AWS|Principal)":"\*"/.test(text)
}

/** What a caller may do in one service: on resources that exist in the world, then on what its policies name besides. */
export function listService(world: WorkloadReader, caller: Caller, service: string, catalogue: ActionCatalogue): ListedService {
  const allows = allowsOf(caller)
  const actions = new Set(
    allows.flatMap(({ statement }) => actionPatterns(statement)).flatMap(pattern => catalogue.actions(narrowed(pattern, service))),
  )
  const here = worldResources(world).filter(({ arn }) => serviceOf(arn) === service || (service === 'sts' && serviceOf(arn) === 'iam'))
  const named = here.filter(resource => isNamed(resource, caller))
  const forNamed = named.length === 0 ? [] : catalogue.actions(`${service}:*`)
  const rows = here.flatMap(resource =>
    rowsFor(world, caller, service, resource.arn, true, catalogue, named.includes(resource) ? forNamed : [...actions]),
  )
  const patterns = new Set(
    allows
      .filter(({ statement }) => actionPatterns(statement).some(pattern => concerns(pattern, service)))
      .flatMap(({ statement }) => resourcePatterns(statement)),
  )
  const others = [...patterns].filter(pattern => pattern === '*' || !here.some(({ arn }) => globMatches(compileGlob(pattern), arn)))
  const rest = others.flatMap(pattern => rowsFor(world, caller, service, pattern, false, catalogue, [...actions]))
  const all = grouped([...rows, ...rest])
  const kept = new Set(all.flatMap(row => row.actions))
  return {
    service,
    rows: all,
    lost: possible(
      allows.map(({ statement }) => statement),
      service,
      catalogue,
    ).filter(action => !kept.has(action)),
  }
}

/** Actions that the statements allow on something: `s3:*` on a bucket's objects creates no buckets. */
function possible(statements: readonly CompiledStatement[], service: string, catalogue: ActionCatalogue): readonly string[] {
  const found = statements.flatMap(statement => {
    const resources = resourcePatterns(statement).map(withoutVariables)
    const actions = actionPatterns(statement).flatMap(pattern => catalogue.actions(narrowed(pattern, service)))
    return actions.filter(action => resources.some(arn => arn === '*' || catalogue.fits(action, arn)))
  })
  return [...new Set(found)].sort()
}

/** Variables stand for names that nobody asks about here: any. */
export const withoutVariables = (pattern: string): string => pattern.replaceAll(/\$\{[^}]*\}/g, '*')

export function resourcePatterns({ resource }: CompiledStatement): readonly string[] {
  if (resource === undefined || resource === 'invalid' || resource.negated) return ['*']
  return resource.values
}

const concerns = (pattern: string, service: string): boolean =>
  catalogueService(pattern) === undefined || catalogueService(pattern) === service

/** Undefined for a pattern of every service. */
function catalogueService(pattern: string): string | undefined {
  const service = pattern.slice(0, pattern.indexOf(':')).toLowerCase()
  return pattern.includes(':') && !/[*?]/.test(service) ? service : undefined
}

/** The part of a pattern that is about one service; nothing where it is about another. */
function narrowed(pattern: string, service: string): string {
  const own = catalogueService(pattern)
  if (own !== undefined) return own === service ? pattern : 'none:none'
  return pattern.includes(':') ? `${service}:${pattern.slice(pattern.indexOf(':') + 1)}` : `${service}:*`
}

function rowsFor(
  world: WorkloadReader,
  caller: Caller,
  service: string,
  resource: string,
  exists: boolean,
  catalogue: ActionCatalogue,
  actions: readonly string[],
): readonly ListedAccess[] {
  const arn = withoutVariables(resource)
  const fitting = actions.filter(action => (arn === '*' ? !exists : catalogue.takesResource(action) && catalogue.fits(action, arn)))
  const byAnswer = Map.groupBy(askEach(world, caller, fitting, arn), answerKey)
  return [...byAnswer].flatMap(([key, answers]): readonly ListedAccess[] => {
    const [first] = answers
    if (first === undefined || key === '') return []
    const parts = partlyDenied(first)
    const { decidedBy } = first.decision
    const placed = decidedBy?.layer === 'identity' ? first.layers.identity.policies[decidedBy.policy] : undefined
    return [
      {
        service,
        resource,
        exists,
        verdict: first.decision.answer === 'unknown' ? 'unknown' : parts.length > 0 ? 'part' : 'allow',
        actions: answers.map(answer => answer.request.action).sort(),
        depends: dependsOn(first),
        ...(placed === undefined || decidedBy === undefined
          ? {}
          : { at: statementEvidence(placed, decidedBy.statement, 'this statement allows it') }),
      },
    ]
  })
}

/** Empty for a denial. */
function answerKey(answer: AccessAnswer): string {
  const { decision } = answer
  if (decision.answer === 'explicitDeny' || decision.answer === 'implicitDeny') return ''
  return decision.answer === 'allow' ? `allow ${partlyDenied(answer).length}` : `unknown ${dependsOn(answer).join()}`
}

function dependsOn({ decision, unread }: AccessAnswer): readonly string[] {
  if (decision.answer !== 'unknown') return []
  const keys = decision.conditional.map(({ key }) => key)
  return [...new Set([...keys, ...unread.map(fact => fact.reason)])]
}

/** Resources with the same answers share a row. */
function grouped(rows: readonly ListedAccess[]): readonly ListedAccess[] {
  const known = new Map<string, ListedAccess>()
  for (const row of rows) {
    const key = `${row.resource}\n${row.verdict}\n${row.depends.join()}`
    const before = known.get(key)
    known.set(key, before === undefined ? row : { ...before, actions: [...new Set([...before.actions, ...row.actions])].sort() })
  }
  return [...known.values()]
}
