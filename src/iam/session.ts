import { lastName, parseArn } from './arn.ts'
import type { Context, Principal, UnlistedKeys } from './request.ts'
import { providerArnFor } from './web-identity.ts'

/** Tags by key, as IAM gives them. */
export type Tags = Readonly<Record<string, string>>

export interface SessionRole {
  /** With its path. */
  readonly roleArn: string
  /** `AROA…`, when it was read. */
  readonly roleId?: string
  /** `unread` makes every `aws:PrincipalTag/…` unknown that no session tag sets, through `unlistedKeys`. */
  readonly tags?: Tags | 'unread'
  /** Id of the organization of the role's account; null when the account belongs to none; left out when nobody read it. */
  readonly organizationId?: string | null
  /** `o-…/r-…/ou-…/`, left out when nobody read it. */
  readonly organizationPath?: string | null
}

/** A session as later requests see it: who asks, the context that AWS puts into every request, and what goes on to the next role. */
export interface Session {
  readonly principal: Extract<Principal, { kind: 'roleSession' }>
  readonly context: Context
  /** For requests of the session: keys about the principal are all listed, those about the network, the time and the resource are open. */
  readonly unlistedKeys: UnlistedKeys
  /** Session tags that the next role of a chain inherits and cannot override. */
  readonly transitiveTags: Tags
  readonly sourceIdentity?: string
}

interface SessionFacts {
  readonly role: SessionRole
  readonly sessionName: string
  readonly sessionTags: Tags
  readonly transitiveTags: Tags
  readonly sourceIdentity?: string
  /** `2026-01-01T00:00:00Z`; unknown when left out. */
  readonly issuedAt?: string
  readonly more?: Context
}

const NOT_GIVEN = { unknown: 'not given' } as const

/** Keys of users, of instances and of AWS services, none of which a role's session of a pod has. */
const ABSENT_KEYS: readonly string[] = ['aws:ec2instancesource', 'aws:principalservicename', 'aws:multifactorauth', 'aws:username']

/**
 * The context of a role's session. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 * A session has no `aws:username` and no multi-factor key. Session tags win over the role's tags of the same key, compared without case:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
function sessionOf(facts: SessionFacts): Session {
  const { role, sessionName, sourceIdentity } = facts
  const account = parseArn(role.roleArn)?.account
  const principal: Session['principal'] = {
    kind: 'roleSession',
    roleArn: role.roleArn,
    sessionName,
    ...(role.roleId === undefined ? {} : { uniqueId: role.roleId }),
  }
  return {
    principal,
    context: {
      'aws:PrincipalArn': role.roleArn,
      'aws:PrincipalAccount': account ?? NOT_GIVEN,
      'aws:PrincipalType': 'AssumedRole',
      'aws:PrincipalIsAWSService': 'false',
      'aws:PrincipalOrgID': role.organizationId === undefined ? NOT_GIVEN : role.organizationId,
      'aws:PrincipalOrgPaths':
        role.organizationPath === undefined ? NOT_GIVEN : role.organizationPath === null ? null : [role.organizationPath],
      'aws:userid': role.roleId === undefined ? { unknown: 'the id of the role was not read' } : `${role.roleId}:${sessionName}`,
      'aws:username': null,
      'aws:MultiFactorAuthPresent': null,
      'aws:MultiFactorAuthAge': null,
      'aws:TokenIssueTime': facts.issuedAt ?? NOT_GIVEN,
      'aws:SourceIdentity': sourceIdentity ?? null,
      ...principalTags(role.tags ?? {}, facts.sessionTags),
      ...facts.more,
    },
    unlistedKeys: { absent: role.tags === 'unread' ? ABSENT_KEYS : [...ABSENT_KEYS, 'aws:principaltag/'] },
    transitiveTags: facts.transitiveTags,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  }
}

/** The role's tags with the session's over them. */
function principalTags(roleTags: Tags | 'unread', sessionTags: Tags): Context {
  const taken = new Set(Object.keys(sessionTags).map(key => key.toLowerCase()))
  const own = roleTags === 'unread' ? [] : Object.entries(roleTags).filter(([key]) => !taken.has(key.toLowerCase()))
  return Object.fromEntries([...own, ...Object.entries(sessionTags)].map(([key, value]) => [`aws:PrincipalTag/${key}`, value]))
}

export interface WebIdentitySession {
  readonly role: SessionRole
  /** Without `https://`. */
  readonly issuer: string
  readonly sub: string
  readonly aud: string
  /** `AWS_ROLE_SESSION_NAME`, when the pod sets it; SDKs make one up otherwise. */
  readonly sessionName?: string
  readonly issuedAt?: string
}

/**
 * The session of a pod that uses IRSA. The token carries no tags, so the session has none. AWS documents the issuer's keys for later requests
 * with other words in other places: they are unknown there.
 */
export function webIdentitySession(input: WebIdentitySession): Session {
  const { issuer, role } = input
  const doubtful = { unknown: 'AWS does not say whether the claims remain in the session' }
  return sessionOf({
    role,
    sessionName: input.sessionName ?? 'unknown',
    sessionTags: {},
    transitiveTags: {},
    ...(input.issuedAt === undefined ? {} : { issuedAt: input.issuedAt }),
    more: {
      'aws:FederatedProvider': providerArnFor(role.roleArn, issuer),
      [`${issuer}:sub`]: doubtful,
      [`${issuer}:aud`]: doubtful,
      [`${issuer}:iss`]: doubtful,
      ...(input.sessionName === undefined ? { 'aws:userid': { unknown: 'the SDK makes up the session name' } } : {}),
    },
  })
}

export interface PodFacts {
  readonly clusterArn: string
  readonly clusterName: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly podName: string
  readonly podUid: string
}

export interface PodIdentityAssociation {
  readonly role: SessionRole
  readonly disableSessionTags?: boolean
  /** The association's session policy is there; AWS then insists on `disableSessionTags`. */
  readonly hasPolicy?: boolean
  readonly issuedAt?: string
}

/** The six tags of every Pod Identity session, all transitive. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html */
export function podIdentityTags(pod: PodFacts): Tags {
  return {
    'eks-cluster-arn': pod.clusterArn,
    'eks-cluster-name': pod.clusterName,
    'kubernetes-namespace': pod.namespace,
    'kubernetes-service-account': pod.serviceAccount,
    'kubernetes-pod-name': pod.podName,
    'kubernetes-pod-uid': pod.podUid,
  }
}

/** The tags that an association really sends: none when they are disabled, which a session policy forces. */
export function sentTags(association: PodIdentityAssociation, pod: PodFacts): Tags {
  return association.disableSessionTags === true || association.hasPolicy === true ? {} : podIdentityTags(pod)
}

/** The session of a pod that uses an EKS Pod Identity association. EKS makes up the session name. */
export function podIdentitySession(association: PodIdentityAssociation, pod: PodFacts): Session {
  const tags = sentTags(association, pod)
  return sessionOf({
    role: association.role,
    sessionName: 'unknown',
    sessionTags: tags,
    transitiveTags: tags,
    ...(association.issuedAt === undefined ? {} : { issuedAt: association.issuedAt }),
    more: { 'aws:userid': { unknown: 'EKS makes up the session name' } },
  })
}

export interface AssumeRoleInput {
  readonly role: SessionRole
  readonly sessionName: string
  /** Tags that the call passes; transitive tags of the caller cannot be overridden and win. */
  readonly tags?: Tags
  readonly transitiveKeys?: readonly string[]
  readonly sourceIdentity?: string
  readonly issuedAt?: string
}

/**
 * The next session of a chain. Transitive tags and the source identity go on, into other accounts too, and cannot be changed:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining
 */
export function chainedSession(caller: Pick<Session, 'transitiveTags' | 'sourceIdentity'>, input: AssumeRoleInput): Session {
  const inherited = caller.transitiveTags
  const taken = new Set(Object.keys(inherited).map(key => key.toLowerCase()))
  const passed = Object.fromEntries(Object.entries(input.tags ?? {}).filter(([key]) => !taken.has(key.toLowerCase())))
  const named = new Set((input.transitiveKeys ?? []).map(key => key.toLowerCase()))
  const added = Object.fromEntries(Object.entries(passed).filter(([key]) => named.has(key.toLowerCase())))
  const sourceIdentity = caller.sourceIdentity ?? input.sourceIdentity
  return sessionOf({
    role: input.role,
    sessionName: input.sessionName,
    sessionTags: { ...passed, ...inherited },
    transitiveTags: { ...added, ...inherited },
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...(input.issuedAt === undefined ? {} : { issuedAt: input.issuedAt }),
  })
}

/** The session's ARN, which carries no path. */
export function sessionArn(session: Session): string {
  const arn = parseArn(session.principal.roleArn)
  return `arn:${arn?.partition ?? 'aws'}:sts::${arn?.account ?? ''}:assumed-role/${lastName(arn?.resource ?? '')}/${session.principal.sessionName}`
}

/** The context that sts:AssumeRole itself carries beside the caller's own: tags, external id, session name, source identity. */
export function assumeRoleContext(input: {
  readonly tags?: Tags
  readonly externalId?: string
  readonly sessionName?: string
  readonly transitiveKeys?: readonly string[]
  readonly sourceIdentity?: string
}): Context {
  const tags = Object.entries(input.tags ?? {})
  return {
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': tags.map(([key]) => key),
    'sts:TransitiveTagKeys': input.transitiveKeys ?? [],
    'sts:ExternalId': input.externalId ?? null,
    'sts:RoleSessionName': input.sessionName ?? { unknown: 'the session name is not known' },
    'sts:SourceIdentity': input.sourceIdentity ?? null,
  }
}
