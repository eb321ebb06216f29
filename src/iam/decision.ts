import { allowAt, allowOf, type StatementReference } from './layer.ts'
import { notReadIn, residualsIn, type Residual } from './residual.ts'
import type { Findings, Policies } from './decide.ts'
import type { Question } from './question.ts'
import { NO, YES, type Truth } from './truth.ts'

export type Answer = 'allow' | 'explicitDeny' | 'implicitDeny' | 'unknown'
export type LayerName = 'serviceControl' | 'resourceControl' | 'endpoint' | 'resource' | 'identity' | 'boundary' | 'session' | 'grant'

export interface DecidedBy extends StatementReference {
  readonly layer: LayerName
  /** Of an organization: 0 is the root. */
  readonly level?: number
}

/**
 * An answer with its proof. `unknown` with residual conditions is a conditional answer: `best` follows when everything open turns out in
 * favour, `worst` when it turns out against. A denial that is certain is never unknown, even when it is open whether it is explicit.
 */
export interface Decision {
  readonly answer: Answer
  /** Conditions on keys that nobody read, each of which may flip the answer; empty unless the answer is unknown. */
  readonly conditional: readonly Residual[]
  readonly best?: Answer
  readonly worst?: Answer
  /** The statement that decides: the Deny, or the Allow. For a grant, `policy` is the grant's index and `statement` is 0. */
  readonly decidedBy?: DecidedBy
  /** For an implicit deny, the first layer that had no allow. */
  readonly missingLayer?: LayerName
  readonly missingLevel?: number
  /** One line, lower case, no full stop. */
  readonly reason: string
  /** Layers and statements that nobody read or nobody can read. */
  readonly notRead: readonly string[]
}

const LAYER_TEXT: Readonly<Record<LayerName, string>> = {
  serviceControl: 'service control policy',
  resourceControl: 'resource control policy',
  endpoint: 'VPC endpoint policy',
  resource: 'resource policy',
  identity: 'identity policy',
  boundary: 'permissions boundary',
  session: 'session policy',
  grant: 'grant',
}

const NONE: readonly never[] = []
const ALLOWED_TEXT = Object.fromEntries(
  Object.entries(LAYER_TEXT).map(([name, text]) => [name, `${/^[aeiou]/.test(text) ? 'an' : 'a'} ${text} allows it`]),
) as Readonly<Record<LayerName, string>>

/** Without spreading: a decision is to take less than a microsecond. */
function located(layer: LayerName, at: StatementReference): DecidedBy {
  const { policy, statement, sid } = at
  return sid === undefined ? { layer, policy, statement } : { layer, policy, statement, sid }
}

export function answerOf(question: Question, policies: Policies, findings: Findings, deny: Truth, allow: Truth): Decision {
  if (deny === YES) return explicitDeny(findings)
  if (allow === NO) return implicitDeny(question, findings)
  if (deny === NO && allow === YES) return allowed(findings)
  const conditional = residualsIn(question, policies, findings)
  const notRead = notReadIn(question, policies, findings)
  const worst = deny === NO ? 'implicitDeny' : 'explicitDeny'
  return { answer: 'unknown', conditional, best: 'allow', worst, reason: unknownReason(conditional, notRead), notRead }
}

function unknownReason(conditional: readonly Residual[], notRead: readonly string[]): string {
  const keys = [...new Set(conditional.map(residual => residual.key))]
  if (keys.length > 0 && notRead.length === 0) return `depends on ${keys.join(', ')}`
  if (keys.length > 0) return `depends on ${keys.join(', ')}, and ${notRead.join('; ')}`
  return notRead.length > 0 ? notRead.join('; ') : 'AWS does not document the outcome'
}

function explicitDeny(findings: Findings): Decision {
  const decidedBy = firstDeny(findings)
  const layer = decidedBy?.layer ?? 'identity'
  const reason = `an explicit deny in ${article(LAYER_TEXT[layer])}`
  return { answer: 'explicitDeny', conditional: [], ...(decidedBy === undefined ? {} : { decidedBy }), reason, notRead: [] }
}

/** In the order in which AWS names them. */
function firstDeny(findings: Findings): DecidedBy | undefined {
  for (const layer of ['serviceControl', 'resourceControl'] as const) {
    const level = findings[layer].findIndex(each => each.denyAt !== undefined)
    const at = findings[layer][level]?.denyAt
    if (at !== undefined) return { layer, level, ...at }
  }
  for (const layer of ['resource', 'endpoint', 'identity', 'boundary', 'session'] as const) {
    const at = findings[layer].denyAt
    if (at !== undefined) return { layer, ...at }
  }
  return undefined
}

function implicitDeny(question: Question, findings: Findings): Decision {
  const level = findings.serviceControl.findIndex(each => allowOf(each) === NO)
  if (level !== -1) {
    const reason = `no service control policy at level ${level} allows it`
    return { answer: 'implicitDeny', conditional: [], missingLayer: 'serviceControl', missingLevel: level, reason, notRead: [] }
  }
  const missingLayer = missing(question, findings)
  const article =
    missingLayer === 'identity' || missingLayer === 'resource'
      ? `no ${LAYER_TEXT[missingLayer]} allows it`
      : `the ${LAYER_TEXT[missingLayer]} does not allow it`
  return { answer: 'implicitDeny', conditional: [], missingLayer, reason: article, notRead: [] }
}

function missing(question: Question, findings: Findings): LayerName {
  const { endpoint, resource, identity, boundary, session } = findings
  if (allowOf(endpoint) === NO) return 'endpoint'
  const granted = allowOf(resource)
  if (findings.relation === 'noAccount') return 'resource'
  if (findings.must || findings.relation === 'cross') {
    if (granted === NO) return 'resource'
    if (question.request.awsManagedKey === true && findings.relation === 'cross') return 'resource'
  }
  const roleSuffices = findings.relation === 'same' && resource.role !== NO
  if (!roleSuffices && allowOf(identity) === NO) return 'identity'
  if (allowOf(boundary) === NO) return 'boundary'
  if (allowOf(session) === NO) return 'session'
  return 'resource'
}

function allowed(findings: Findings): Decision {
  const decidedBy = allowedBy(findings)
  if (decidedBy === undefined)
    return { answer: 'allow', conditional: NONE, reason: 'the root user may do everything in its account', notRead: NONE }
  return { answer: 'allow', conditional: NONE, decidedBy, reason: ALLOWED_TEXT[decidedBy.layer], notRead: NONE }
}

/** The identity's allow when it carries the decision, else the resource policy's, else the grant's. */
function allowedBy(findings: Findings): DecidedBy | undefined {
  const { resource, identity, grants } = findings
  const own = allowAt(identity)
  const granted = allowAt(resource)
  if (findings.relation === 'noAccount' || findings.must) {
    if (granted !== undefined) return located('resource', granted)
  } else if (own !== undefined && limitsAllow(findings)) return located('identity', own)
  if (granted !== undefined && findings.relation !== 'cross') return located('resource', granted)
  if (grants.at !== undefined) return { layer: 'grant', policy: grants.at, statement: 0 }
  return granted === undefined ? undefined : located('resource', granted)
}

function limitsAllow(findings: Findings): boolean {
  return allowOf(findings.boundary) === YES && allowOf(findings.session) === YES
}

const article = (words: string): string => `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`
