import { relation, resourceControlApplies, resourcePolicyMustAllow, serviceControlApplies, type Relation } from './applicability.ts'
import { answerOf, type Answer, type Decision } from './decision.ts'
import { evaluateGrants, type GrantResult, type KmsGrant } from './kms-grant.ts'
import { allowOf, ALLOWS, evaluateLayer, SILENT, type Layer, type LayerResult } from './layer.ts'
import { Question } from './question.ts'
import type { Request } from './request.ts'
import { and, NO, or, UNSURE, YES, type Truth } from './truth.ts'

export type { Answer, Decision }

/**
 * Every policy that may take part. A layer left out does not exist (no boundary, no organization, no endpoint on the way); one that exists
 * and was not read is `unread`.
 */
export interface Policies {
  /** Levels from the organization's root down to the account; each level is a union, all levels must allow. */
  readonly serviceControl?: readonly Layer[] | 'unread'
  /** The same for the account of the resource. AWS attaches its allow-all policy to every level, so only Deny statements count. */
  readonly resourceControl?: readonly Layer[] | 'unread'
  /** The policy of the VPC endpoint that the request goes through. */
  readonly endpoint?: Layer
  /** The policy of the resource: trust policy, key policy, bucket policy and so on. */
  readonly resource?: Layer
  /** All policies of the user, with its groups', or of the role. */
  readonly identity?: Layer
  readonly boundary?: Layer
  /** Session policies, those of Pod Identity associations too. */
  readonly session?: Layer
  readonly grants?: readonly KmsGrant[] | 'unread'
}

/** What every layer says to a question. */
export interface Findings {
  readonly serviceControl: readonly LayerResult[]
  readonly resourceControl: readonly LayerResult[]
  readonly endpoint: LayerResult
  readonly resource: LayerResult
  readonly identity: LayerResult
  readonly boundary: LayerResult
  readonly session: LayerResult
  readonly grants: GrantResult
  readonly relation: Relation
  readonly must: boolean
}

/**
 * Decides as AWS documents it, across every policy layer.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * Never throws. The answer is `unknown` where something that nobody read could turn it.
 */
export function decide(request: Request, policies: Policies): Decision {
  const question = new Question(request, isBounded(request, policies.boundary))
  // No permission is needed for it, and a Deny does not stop it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
  if (question.action === 'sts:getcalleridentity') {
    return { answer: 'allow', conditional: [], reason: 'every caller may ask who it is', notRead: [] }
  }
  const findings = gather(question, policies)
  return answerOf(question, policies, findings, denyTruth(findings), allowTruth(question, findings))
}

const NO_LEVELS: readonly LayerResult[] = []

/** Only users and roles can have a boundary. */
function isBounded({ principal }: Request, boundary: Layer | undefined): boolean | 'unread' {
  if (principal.kind !== 'user' && principal.kind !== 'roleSession') return false
  if (boundary === 'unread') return 'unread'
  return boundary !== undefined && boundary.length > 0
}

function gather(question: Question, policies: Policies): Findings {
  const account = question.request.principal.kind
  // A root user has no identity policies and no boundary: it may do everything in its account.
  const root = account === 'root'
  const owned = root || account === 'roleSession' || account === 'user' || account === 'federatedUser'
  return {
    serviceControl:
      policies.serviceControl !== undefined && serviceControlApplies(question) ? levels(policies.serviceControl, question) : NO_LEVELS,
    resourceControl: resourceControl(question, policies),
    endpoint: limit(policies.endpoint, question),
    resource: policies.resource === undefined ? SILENT : evaluateLayer(policies.resource, question),
    identity: root ? ALLOWS : owned ? evaluateLayer(policies.identity ?? [], question) : SILENT,
    boundary: owned && !root ? limit(policies.boundary, question) : ALLOWS,
    session: owned ? limit(policies.session, question) : ALLOWS,
    grants: evaluateGrants(policies.grants, question),
    relation: relation(question),
    must: resourcePolicyMustAllow(question),
  }
}

/** Where it is open whether the service obeys such policies, their Deny is open too. */
function resourceControl(question: Question, policies: Policies): readonly LayerResult[] {
  const applies = policies.resourceControl === undefined ? NO : resourceControlApplies(question)
  if (applies === NO) return NO_LEVELS
  const found = levels(policies.resourceControl, question)
  return applies === YES ? found : found.map(level => ({ ...level, deny: and(level.deny, UNSURE), denyAt: undefined }))
}

function levels(given: readonly Layer[] | 'unread' | undefined, question: Question): readonly LayerResult[] {
  if (given === undefined) return NO_LEVELS
  if (given === 'unread') return [evaluateLayer('unread', question)]
  return given.map(level => evaluateLayer(level, question))
}

/** A layer that only limits: none, or an empty one, limits nothing. */
function limit(layer: Layer | undefined, question: Question): LayerResult {
  if (layer === undefined || layer.length === 0) return ALLOWS
  return evaluateLayer(layer, question)
}

function denyTruth(findings: Findings): Truth {
  let answer: Truth = NO
  for (const level of findings.serviceControl) answer = or(answer, level.deny)
  for (const level of findings.resourceControl) answer = or(answer, level.deny)
  const { endpoint, resource, identity, boundary, session } = findings
  return or(or(or(answer, resource.deny), endpoint.deny), or(identity.deny, or(boundary.deny, session.deny)))
}

function allowTruth(question: Question, findings: Findings): Truth {
  let answer = allowOf(findings.endpoint)
  for (const level of findings.serviceControl) answer = and(answer, allowOf(level))
  if (answer === NO) return NO
  return and(answer, accessTruth(question, findings))
}

function accessTruth(question: Question, findings: Findings): Truth {
  // AWS: the root user cannot assume roles. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  if (question.request.principal.kind === 'root' && question.action === 'sts:assumerole') return NO
  switch (findings.relation) {
    case 'noAccount':
      return or(findings.resource.alone, findings.grants.allow)
    case 'same':
      return sameAccount(findings)
    case 'cross':
      return question.request.awsManagedKey === true ? NO : crossAccount(findings)
    case 'unsure': {
      const same = sameAccount(findings)
      return same === crossAccount(findings) ? same : UNSURE
    }
  }
}

/** Identity, boundary and session together: the way that needs no resource policy. */
function ownTruth(findings: Findings): Truth {
  return and(allowOf(findings.identity), limitsTruth(findings))
}

function limitsTruth(findings: Findings): Truth {
  return and(allowOf(findings.boundary), allowOf(findings.session))
}

/**
 * In one account a resource policy may grant by itself: to a user, a session or everyone without further limits, to a role within boundary
 * and session. Naming the account only lets the account's own policies count, which is all that a role or a KMS key asks for.
 */
function sameAccount(findings: Findings): Truth {
  const { resource, grants, must } = findings
  const limits = limitsTruth(findings)
  const own = ownTruth(findings)
  const granted = or(resource.alone, and(resource.role, limits))
  const rest = must ? and(resource.account, own) : own
  return or(or(granted, rest), grantTruth(grants, limits))
}

/** Across accounts both sides must allow, however the resource policy names the principal. */
function crossAccount(findings: Findings): Truth {
  const own = ownTruth(findings)
  return or(and(allowOf(findings.resource), own), grantTruth(findings.grants, own))
}

/** AWS does not say whether a boundary, a session policy or the other account's policies limit what a grant gives: unsure where they would. */
function grantTruth(grants: GrantResult, others: Truth): Truth {
  return grants.allow === NO ? NO : and(grants.allow, others === YES ? YES : UNSURE)
}
