import type { UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { decide, type Decision } from '#iam/decide.ts'
import { actionMatches } from '#iam/match.ts'
import { Question } from '#iam/question.ts'
import type { Context, UnlistedKeys } from '#iam/request.ts'
import { NO } from '#iam/truth.ts'
import { roleCaller, type Caller } from '#joints/access-caller.ts'
import { wholeLayer, type PlacedLayer } from '#joints/access-documents.ts'
import { statementEvidence } from '#joints/access-layers.ts'
import { guardrailsOf } from '#joints/access-organization.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

/** What decides about a role's own requests, resource policies aside. */
export const roleMayKinds = [
  'aws/iam/Group',
  'aws/iam/Policy',
  'aws/iam/Role',
  'aws/iam/User',
  'aws/organizations/Organization',
  'aws/organizations/Policy',
  'aws/organizations/Target',
] as const

export type RoleMayReader = Reader<(typeof roleMayKinds)[number]>
type Role = Resource<'aws/iam/Role'>
type Owner = Role | Resource<'aws/iam/User'>

export type May =
  /** Every layer allows it; `at` is the statement. */
  | {
      readonly answer: 'yes'
      readonly at: Evidence | undefined
      /** Of the trust policy, where one was given. */ readonly trustAt?: Evidence
    }
  | { readonly answer: 'no' }
  /** Something that was not read, or that only the live call knows, decides. */
  | { readonly answer: 'unknown'; readonly fact: UnreadFact }

export interface Asked {
  readonly action: string
  readonly resource: string
  readonly context?: Context
  /** The trust policy of the role that is assumed. */
  readonly trust?: PlacedLayer
  /** Beginnings of keys, in lower case, that the request carries only as far as the context lists them. */
  readonly absent?: readonly string[]
}

const callers = perWorld((_world: object) => new Map<string, Caller>())

export function callerOf(world: RoleMayReader, role: Role): Caller {
  const known = callers(world).get(role.id) ?? roleCaller(world, role)
  callers(world).set(role.id, known)
  return known
}

/** May any session of the role do this? Boundaries and service control policies count; conditions on what only the call knows leave it unknown. */
export const roleMay = (world: RoleMayReader, role: Role, asked: Asked): May => callerMay(world, callerOf(world, role), role, asked)

/** The same for a user, or for a role with other policies than it has. */
export function callerMay(world: RoleMayReader, caller: Caller, owner: Owner, asked: Asked): May {
  // A trust policy that names the role itself needs nothing of its own policies.
  if (asked.trust === undefined && !mentions(caller.identity, asked.action)) return { answer: 'no' }
  const own = parseArn(owner.id)?.account ?? ''
  const guardrails = guardrailsOf(world, own)
  const serviceControl =
    guardrails.is === 'unread' ? 'unread' : guardrails.is === 'none' ? undefined : guardrails.serviceControl?.map(wholeLayer)
  const decision = decide(requestOf(caller, asked, guardrails.is === 'member' && guardrails.isManagement === true), {
    identity: wholeLayer(caller.identity),
    ...(caller.boundary === undefined ? {} : { boundary: wholeLayer(caller.boundary) }),
    ...(serviceControl === undefined ? {} : { serviceControl }),
    ...(asked.trust === undefined ? {} : { resource: wholeLayer(asked.trust) }),
  })
  if (decision.answer === 'allow')
    return { answer: 'yes', at: placeOf(caller.identity, decision, asked.action), ...trustPlace(asked.trust, decision, caller.text) }
  if (decision.answer !== 'unknown') return { answer: 'no' }
  const unread = [
    ...caller.identity.unread,
    ...(caller.boundary?.unread ?? []),
    ...(asked.trust?.unread ?? []),
    ...(guardrails.is === 'unread' ? [guardrails.fact] : []),
  ]
  return { answer: 'unknown', fact: unread[0] ?? conditional(owner, decision) }
}

/** Of each layer the actions that were asked about, and whether any Allow speaks of them. */
const mentioned = new WeakMap<PlacedLayer, Map<string, boolean>>()

/** Whether any Allow is about the action at all: it spares the engine most questions. */
export function mentions(layer: PlacedLayer, action: string): boolean {
  if (layer.unread.length > 0) return true
  const known = mentioned.get(layer) ?? new Map<string, boolean>()
  mentioned.set(layer, known)
  const found = known.get(action) ?? isMentioned(layer, action)
  known.set(action, found)
  return found
}

function isMentioned(layer: PlacedLayer, action: string): boolean {
  const asked = new Question({ principal: { kind: 'anonymous' }, action, resource: '*', context: {} })
  return layer.policies.some(({ policy }) =>
    policy.statements.some(statement => statement.effect === 'Allow' && actionMatches(statement, asked) !== NO),
  )
}

function requestOf(caller: Caller, { action, resource, context, absent = [] }: Asked, isManagement: boolean) {
  const parts = parseArn(resource)
  return {
    principal: caller.principal,
    action,
    resource,
    resourceAccount: parts === undefined || parts.account === '' ? (parseArn(caller.arn ?? '')?.account ?? '') : parts.account,
    context: {
      ...caller.context,
      'aws:SecureTransport': 'true',
      'aws:ViaAWSService': 'false',
      'aws:CalledVia': null,
      ...(parts === undefined || parts.region === '' ? {} : { 'aws:RequestedRegion': parts.region }),
      ...(parts === undefined || parts.account === '' ? {} : { 'aws:ResourceAccount': parts.account }),
      ...context,
    },
    unlistedKeys: without(caller.unlistedKeys, absent),
    ...(isManagement ? { organization: { principalInManagementAccount: true } } : {}),
  }
}

const without = (keys: UnlistedKeys, absent: readonly string[]): UnlistedKeys =>
  typeof keys === 'object' && 'absent' in keys ? { absent: [...keys.absent, ...absent] } : keys

function placeOf(layer: PlacedLayer, { decidedBy }: Decision, action: string): Evidence | undefined {
  const placed = decidedBy?.layer === 'identity' ? layer.policies[decidedBy.policy] : undefined
  // A policy that is only supposed stands nowhere.
  return placed === undefined || decidedBy === undefined || placed.path.length === 0
    ? undefined
    : statementEvidence(placed, decidedBy.statement, `this allows ${action}`)
}

function trustPlace(trust: PlacedLayer | undefined, { decidedBy }: Decision, who: string): { readonly trustAt?: Evidence } {
  const placed = decidedBy?.layer === 'resource' ? trust?.policies[decidedBy.policy] : undefined
  return placed === undefined || decidedBy === undefined
    ? {}
    : { trustAt: statementEvidence(placed, decidedBy.statement, `this lets ${who} in`) }
}

/** Equal causes must have equal reasons: the keys, not the action. */
function conditional(owner: Owner, { conditional: residuals, reason }: Decision): UnreadFact {
  const keys = [...new Set(residuals.map(({ key }) => key))].sort()
  return {
    kind: owner.kind,
    id: owner.id,
    reason: keys.length === 0 ? reason : `what its policies allow depends on ${keys.join(', ')}`,
    settle: {
      by: 'user',
      step:
        keys.length === 0
          ? 'mend the policy element that IAM would refuse'
          : `see whether the condition on ${keys.join(', ')} keeps pods out`,
    },
  }
}
