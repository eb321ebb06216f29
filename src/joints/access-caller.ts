import type { UnreadFact } from '#base/errors.ts'
import { lastName, parseArn } from '#iam/arn.ts'
import type { Context, Principal, UnlistedKeys } from '#iam/request.ts'
import type { Session, SessionRole, Tags } from '#iam/session.ts'
import type { Resource } from '#model/resource.ts'
import { noPolicies, tried, unreadLayer, type PlacedLayer } from './access-documents.ts'
import type { Network } from './access-endpoint.ts'
import { rolePolicies, userPolicies, type IdentityReader } from './access-identity-policies.ts'
import { guardrailsOf, type OrganizationReader } from './access-organization.ts'
import { principalContext, unnamedSession } from './access-principal.ts'

export type CallerReader = IdentityReader & OrganizationReader

/** Whoever asks AWS for something, with every policy of its own. */
export interface Caller {
  /** `role s3-reader`, `user ann`. */
  readonly text: string
  readonly arn: string | undefined
  readonly principal: Principal
  readonly context: Context
  readonly unlistedKeys: UnlistedKeys
  readonly identity: PlacedLayer
  /** Undefined: it has none. */
  readonly boundary: PlacedLayer | undefined
  /** Undefined: it has none. */
  readonly session: PlacedLayer | undefined
  /** Where its requests come from; undefined when nobody knows. */
  readonly network: Network | undefined
  /** Of a session: its tags that the next role of a chain inherits. */
  readonly transitiveTags?: Tags
  readonly resource?: Resource
}

/** What a session of a role adds: its own context, session policies, and where it stands in the network. */
export interface InSession {
  readonly session: Session
  readonly policy?: PlacedLayer | undefined
  readonly network?: Network | undefined
}

type Role = Resource<'aws/iam/Role'>

/** Keys of the caller that some session of a role may carry and that are not told by the role: they stay open. */
const openOfSessions: Context = Object.fromEntries(
  [
    'aws:userid',
    'aws:SourceIdentity',
    'aws:FederatedProvider',
    'aws:TokenIssueTime',
    'aws:MultiFactorAuthPresent',
    'aws:MultiFactorAuthAge',
  ].map(key => [key, { unknown: 'depends on who assumed the role, and how' }]),
)

/** Any session of a role: how it came about is open. */
export function roleCaller(world: CallerReader, role: Role): Caller {
  const facts = sessionRole(world, role)
  const principal: Principal = {
    kind: 'roleSession',
    roleArn: role.id,
    sessionName: unnamedSession,
    ...(facts.roleId === undefined ? {} : { uniqueId: facts.roleId }),
  }
  return {
    ...ofRole(world, role),
    principal,
    context: {
      ...principalContext(principal),
      ...organizationContext(facts),
      ...openOfSessions,
      'aws:username': null,
      ...tagContext(facts.tags),
    },
    unlistedKeys: { absent: ['aws:principalservicename', 'aws:username'] },
    session: undefined,
    network: undefined,
  }
}

/** One kind of session of a role, whose facts are known. */
export const sessionCaller = (world: CallerReader, role: Role, { session, policy, network }: InSession): Caller => ({
  ...ofRole(world, role),
  principal: session.principal,
  context: session.context,
  unlistedKeys: session.unlistedKeys,
  session: policy,
  network,
  transitiveTags: session.transitiveTags,
})

const ofRole = (world: CallerReader, role: Role) => ({
  text: `role ${role.body.RoleName}`,
  arn: role.id,
  ...rolePolicies(world, role),
  resource: role,
})

/** A user has no session tags, so its tags are all there is. */
export function userCaller(world: CallerReader, user: Resource<'aws/iam/User'>): Caller {
  const principal: Principal = { kind: 'user', arn: user.id, ...(user.body.UserId === undefined ? {} : { uniqueId: user.body.UserId }) }
  const tags = tagsOf(user.body.Tags, user.body.AttachedManagedPolicies !== undefined)
  const facts = organizationFacts(world, user.id)
  const open = { unknown: 'depends on how the user signed in' }
  return {
    text: `user ${user.body.UserName}`,
    arn: user.id,
    principal,
    context: {
      ...principalContext(principal),
      ...organizationContext(facts),
      'aws:userid': user.body.UserId ?? open,
      'aws:MultiFactorAuthPresent': open,
      'aws:MultiFactorAuthAge': open,
      ...tagContext(tags),
    },
    unlistedKeys: {
      absent: [
        'aws:principalservicename',
        'aws:federatedprovider',
        'aws:sourceidentity',
        ...(tags === 'unread' ? [] : ['aws:principaltag/']),
      ],
    },
    ...userPolicies(world, user),
    session: undefined,
    network: undefined,
    resource: user,
  }
}

/** A principal that is known by its name alone: its policies were not read, or it is of a kind that has none. */
export function namedCaller(world: CallerReader, principal: Principal, text: string, unread: UnreadFact | undefined): Caller {
  const arn =
    principal.kind === 'user' || principal.kind === 'federatedUser'
      ? principal.arn
      : principal.kind === 'roleSession'
        ? principal.roleArn
        : undefined
  const facts = arn === undefined ? {} : organizationFacts(world, arn)
  return {
    text,
    arn,
    principal,
    context: { ...principalContext(principal), ...organizationContext(facts) },
    unlistedKeys: 'unknown',
    identity: unread === undefined ? noPolicies : unreadLayer(unread),
    boundary: unread === undefined ? undefined : unreadLayer(unread),
    session: undefined,
    network: undefined,
  }
}

/** The facts of a role that its sessions carry. */
export function sessionRole(world: CallerReader, role: Role): SessionRole {
  const { RoleId, Tags: tags, RolePolicyList } = role.body
  return {
    roleArn: role.id,
    ...(RoleId === undefined ? {} : { roleId: RoleId }),
    tags: tagsOf(tags, RolePolicyList !== undefined),
    ...organizationFacts(world, role.id),
  }
}

/** iam:ListRoles gives no tags; a role that was read with its policies and without tags has none. */
function tagsOf(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
  isDetailed: boolean,
): Tags | 'unread' {
  if (tags === undefined) return isDetailed ? {} : 'unread'
  return Object.fromEntries(tags.flatMap(({ Key, Value = '' }) => (Key === undefined ? [] : [[Key, Value] as const])))
}

const tagContext = (tags: Tags | 'unread' | undefined): Context =>
  tags === undefined || tags === 'unread'
    ? {}
    : Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]))

type OrganizationFacts = Pick<SessionRole, 'organizationId' | 'organizationPath'>

function organizationFacts(world: CallerReader, arn: string): OrganizationFacts {
  const guardrails = guardrailsOf(world, parseArn(arn)?.account ?? '')
  if (guardrails.is === 'none') return { organizationId: null, organizationPath: null }
  if (guardrails.is === 'unread') return {}
  const { organizationId, path } = guardrails
  return { ...(organizationId === undefined ? {} : { organizationId }), ...(path === undefined ? {} : { organizationPath: path }) }
}

const notRead = { unknown: 'the organization was not read' } as const

const organizationContext = ({ organizationId, organizationPath }: OrganizationFacts): Context => ({
  'aws:PrincipalOrgID': organizationId === undefined ? notRead : organizationId,
  'aws:PrincipalOrgPaths': organizationPath === undefined ? notRead : organizationPath === null ? null : [organizationPath],
})

export type FoundRole =
  | { readonly is: 'found'; readonly role: Role }
  | { readonly is: 'missing' }
  | { readonly is: 'unread'; readonly fact: UnreadFact }

/** The role with this ARN. */
export function findRole(world: CallerReader, arn: string): FoundRole {
  const role = tried(() => world.find('aws/iam/Role', arn))
  if (role.is === 'unread') return { is: 'unread', fact: role.fact }
  return role.value === undefined ? { is: 'missing' } : { is: 'found', role: role.value }
}

/** `role s3-reader`, whether it was read or not. */
export const roleText = (arn: string): string => `role ${lastName(arn)}`
