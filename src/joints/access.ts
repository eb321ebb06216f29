import type { UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { decide, type Policies } from '#iam/decide.ts'
import type { Decision, LayerName } from '#iam/decision.ts'
import type { Context, ContextValue, Request, UnlistedKeys } from '#iam/request.ts'
import { principalAccount } from '#iam/question.ts'
import type { Evidence } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { beyondPolicies } from './access-beyond.ts'
import type { Caller, CallerReader } from './access-caller.ts'
import { noPolicies, readLayer, wholeLayer, type PlacedLayer, type PlacedPolicy } from './access-documents.ts'
import { wayTo } from './access-endpoint.ts'
import { guardrailsOf, type AccountGuardrails } from './access-organization.ts'
import { policyServiceKinds } from './access-service-policies.ts'
import { resourceSide, type ResourceReader, type ResourceSide } from './access-resource.ts'

/** The kinds that a decision about AWS may depend on. */
export const accessKinds = [
  ...policyServiceKinds,
  'aws/ec2/VpcEndpoint',
  'aws/iam/Group',
  'aws/iam/Policy',
  'aws/iam/Role',
  'aws/iam/User',
  'aws/kms/Key',
  'aws/organizations/Organization',
  'aws/organizations/Policy',
  'aws/organizations/Target',
  'aws/s3/Bucket',
  'aws/secretsmanager/Secret',
] as const

export type AccessReader = CallerReader & ResourceReader & Reader<'aws/ec2/VpcEndpoint'>

/** What is asked of a caller. */
export interface AccessQuestion {
  readonly action: string
  readonly resource: string
  /** What the user says of the request; it goes before what the world says. */
  readonly context?: Context
  /** Owner of the resource, and the organization's management account, as the user says. */
  readonly resourceAccount?: string
  readonly managementAccount?: string
  readonly awsManagedKey?: boolean
  /** Layers that the user gives: each stands in for what the world says of it. */
  readonly policies?: Policies
}

/** Every layer that takes part, each with its places; undefined where there is none of it. */
export interface AccessLayers {
  readonly serviceControl: readonly PlacedLayer[] | undefined
  readonly resourceControl: readonly PlacedLayer[] | undefined
  readonly endpoint: PlacedLayer | undefined
  readonly resource: PlacedLayer | undefined
  readonly identity: PlacedLayer
  readonly boundary: PlacedLayer | undefined
  readonly session: PlacedLayer | undefined
}

export interface AccessAnswer {
  readonly caller: Caller
  readonly request: Request
  readonly layers: AccessLayers
  /** What the engine was given. */
  readonly policies: Policies
  readonly decision: Decision
  /** What was not read and could have turned the answer. */
  readonly unread: readonly UnreadFact[]
  readonly side: ResourceSide
  /** What keeps the caller out though the policies allow it. */
  readonly block?: Evidence
}

/** Asks the engine with every policy that the world knows. */
export function askAccess(world: AccessReader, caller: Caller, question: AccessQuestion): AccessAnswer {
  const { action, resource } = question
  const account = principalAccount(caller.principal)
  const found = resourceSide(world, action, resource, account)
  const side = question.resourceAccount === undefined ? found : { ...found, account: question.resourceAccount }
  const own = account === undefined ? undefined : guardrailsOf(world, account)
  const owner = side.account ?? (resource === '*' ? account : undefined)
  const theirs = owner === undefined ? undefined : owner === account ? own : guardrailsOf(world, owner)
  const way = wayTo(world, action, caller.network, endpointGiven(question.context))
  const layers: AccessLayers = {
    serviceControl: control(own, 'serviceControl'),
    resourceControl: control(theirs, 'resourceControl'),
    endpoint: way.policy,
    resource: side.policy,
    identity: caller.identity,
    boundary: caller.boundary,
    session: caller.session,
  }
  const request = requestOf(caller, question, side, { own, theirs, owner }, way.context)
  return decideAccess(caller, request, layers, side, question.policies)
}

/** Several actions of one service on one resource: what takes part in them is gathered once. */
export function askEach(world: AccessReader, caller: Caller, actions: readonly string[], resource: string): readonly AccessAnswer[] {
  const [first] = actions
  if (first === undefined) return []
  const { request, layers, side } = askAccess(world, caller, { action: first, resource })
  return actions.map(action => decideAccess(caller, { ...request, action }, layers, side))
}

/** As the engine takes them: a layer that was read in part is unread, but what it surely denies is denied. */
function decideAccess(caller: Caller, request: Request, gathered: AccessLayers, side: ResourceSide, given: Policies = {}): AccessAnswer {
  const layers = withoutGiven(gathered, given)
  const policies = { ...engineLayers(layers, side, wholeLayer), ...given }
  const whole = decide(request, policies)
  const common = { caller, request, layers, side, policies }
  if (whole.answer !== 'unknown') return beyondPolicies({ ...common, decision: whole, unread: [] })
  const partly = { ...engineLayers(layers, side, readLayer), ...given }
  const denied = decide(request, partly)
  if (denied.answer === 'explicitDeny') return { ...common, policies: partly, decision: denied, unread: [] }
  return { ...common, decision: whole, unread: unreadIn(layers, whole) }
}

/** What the user gives stands in no resource of the world. */
function withoutGiven(layers: AccessLayers, given: Policies): AccessLayers {
  const names = (Object.keys(layers) as (keyof AccessLayers)[]).filter(name => given[name] !== undefined)
  if (names.length === 0) return layers
  return { ...layers, ...Object.fromEntries(names.map(name => [name, undefined])), ...(given.identity ? { identity: noPolicies } : {}) }
}

type ToLayer = typeof wholeLayer

function engineLayers(layers: AccessLayers, side: ResourceSide, layerOf: ToLayer | typeof readLayer): Policies {
  const { serviceControl, resourceControl, endpoint, resource, boundary, session, identity } = layers
  return {
    identity: layerOf(identity),
    ...(serviceControl === undefined ? {} : { serviceControl: serviceControl.map(layerOf) }),
    ...(resourceControl === undefined ? {} : { resourceControl: resourceControl.map(layerOf) }),
    ...(endpoint === undefined ? {} : { endpoint: layerOf(endpoint) }),
    ...(resource === undefined ? {} : { resource: layerOf(resource) }),
    ...(boundary === undefined ? {} : { boundary: layerOf(boundary) }),
    ...(session === undefined ? {} : { session: layerOf(session) }),
    ...(side.grants === undefined ? {} : { grants: side.grants }),
  }
}

/** One level for an organization that was not read; no layer where there is none. */
function control(
  guardrails: AccountGuardrails | undefined,
  name: 'serviceControl' | 'resourceControl',
): readonly PlacedLayer[] | undefined {
  if (guardrails === undefined || guardrails.is === 'none') return undefined
  return guardrails.is === 'unread' ? [{ policies: [], unread: [guardrails.fact] }] : guardrails[name]
}

interface Owners {
  readonly own: AccountGuardrails | undefined
  readonly theirs: AccountGuardrails | undefined
  readonly owner: string | undefined
}

function requestOf(
  caller: Caller,
  question: AccessQuestion,
  side: ResourceSide,
  { own, theirs, owner }: Owners,
  wayContext: Context,
): Request {
  const region = parseArn(question.resource)?.region
  const told: Context = {
    ...caller.context,
    'aws:SecureTransport': 'true',
    'aws:ViaAWSService': 'false',
    'aws:CalledVia': null,
    ...(region === undefined || region === '' ? {} : { 'aws:RequestedRegion': region }),
    ...(owner === undefined ? {} : { 'aws:ResourceAccount': owner, ...organizationContext(theirs) }),
    ...side.context,
    ...wayContext,
  }
  return {
    principal: caller.principal,
    action: question.action,
    resource: question.resource,
    context: overlaid(told, question.context ?? {}),
    unlistedKeys: openKeys(caller.unlistedKeys, side.absent),
    ...(side.account === undefined ? {} : { resourceAccount: side.account }),
    organization: {
      ...(isManagement(own, principalAccount(caller.principal), question) ? { principalInManagementAccount: true } : {}),
      ...(isManagement(theirs, owner, question) ? { resourceInManagementAccount: true } : {}),
    },
    ...(side.awsManagedKey || question.awsManagedKey === true ? { awsManagedKey: true } : {}),
  }
}

function isManagement(
  guardrails: AccountGuardrails | undefined,
  account: string | undefined,
  { managementAccount }: AccessQuestion,
): boolean {
  if (managementAccount !== undefined) return account === managementAccount
  return guardrails?.is === 'member' && guardrails.isManagement === true
}

function organizationContext(guardrails: AccountGuardrails | undefined): Context {
  if (guardrails?.is === 'none') return { 'aws:ResourceOrgID': null, 'aws:ResourceOrgPaths': null }
  if (guardrails?.is !== 'member') return {}
  const { organizationId, path } = guardrails
  return {
    ...(organizationId === undefined ? {} : { 'aws:ResourceOrgID': organizationId }),
    ...(path === undefined ? {} : { 'aws:ResourceOrgPaths': [path] }),
  }
}

/** Keys are compared without case: what is given replaces what is told, however it is spelt. */
export function overlaid(told: Context, given: Context): Context {
  const names = new Set(Object.keys(given).map(key => key.toLowerCase()))
  if (names.size === 0) return told
  const both: Record<string, Context[string]> = {}
  for (const [key, value] of Object.entries(told)) if (!names.has(key.toLowerCase())) both[key] = value
  return Object.assign(both, given)
}

function openKeys(keys: UnlistedKeys, absent: readonly string[]): UnlistedKeys {
  if (keys === 'unknown') return { absent }
  return typeof keys === 'object' && 'absent' in keys ? { absent: [...keys.absent, ...absent] } : keys
}

/** An id, null for no endpoint, undefined when nothing was said. */
function endpointGiven(context: Context | undefined): string | null | undefined {
  const found: ContextValue | undefined = Object.entries(context ?? {}).find(([key]) => key.toLowerCase() === 'aws:sourcevpce')?.[1]
  return typeof found === 'string' || found === null ? found : undefined
}

const single = ['endpoint', 'resource', 'identity', 'boundary', 'session'] as const

/** Why the layers were not read that the engine missed. */
function unreadIn(layers: AccessLayers, decision: Decision): readonly UnreadFact[] {
  const missed = decision.notRead.join('\n')
  const facts = single.flatMap(name => (missed.includes(`${name} was not read`) ? (layers[name]?.unread ?? []) : []))
  const controls = (['serviceControl', 'resourceControl'] as const).flatMap(name =>
    missed.includes(name) ? (layers[name] ?? []).flatMap(level => level.unread) : [],
  )
  return [...new Map([...facts, ...controls].map(fact => [`${fact.kind}\n${fact.reason}\n${fact.id ?? ''}`, fact])).values()]
}

/** The document of a statement that the engine names. */
export function placedPolicy(
  layers: AccessLayers,
  at: { readonly layer: LayerName; readonly level?: number; readonly policy: number },
): PlacedPolicy | undefined {
  if (at.layer === 'grant') return undefined
  const layer = at.layer === 'serviceControl' || at.layer === 'resourceControl' ? layers[at.layer]?.[at.level ?? 0] : layers[at.layer]
  return layer?.policies[at.policy]
}
