import { parseArn } from '#iam/arn.ts'
import type { PolicyKind } from '#iam/compile.ts'
import type { CompiledStatement } from '#iam/compile-statement.ts'
import { decide, type Policies } from '#iam/decide.ts'
import type { Decision } from '#iam/decision.ts'
import type { Layer } from '#iam/layer.ts'
import type { Context, Principal, Request } from '#iam/request.ts'
import { principalAccount } from '#iam/question.ts'
import type { Residual } from '#iam/residual.ts'
import { overlaid } from '#joints/access.ts'
import type { MechanismName } from '#joints/access-mechanism.ts'
import { principalContext } from '#joints/access-principal.ts'
import { answerLines, type AnsweredLine } from './answer-lines.ts'
import { policyCache, type PolicyCache } from './policy-cache.ts'
import { badRequest, parseRequestLine, resourcePolicyKind, unknownPrincipal, type LinePolicies, type RequestLine } from './request-line.ts'

/** Decides the JSON of one line. @throws UserError when it is no request */
export type DecideLine = (value: unknown) => DecisionLine

/**
 * Decides one request a line and gives one answer a line, in the order of the requests. Nothing is kept but compiled policies, and of those no more than a
 * fixed number, so a million lines take no more memory than a thousand. A line that is no request is answered by its error; the others are answered all the same.
 * @param input the bytes of UTF-8 text, in pieces of any size
 */
export const decideRequests = (
  input: AsyncIterable<Uint8Array>,
  decideLine: DecideLine = decidingAlone(),
): AsyncGenerator<AnsweredLine, void, undefined> => answerLines(input, decideLine, badRequest)

/** Every line brings all that takes part. */
function decidingAlone(): DecideLine {
  const compiled = policyCache()
  return value => decideAlone(parseRequestLine(value), compiled)
}

/** A decision as `docs/schemas/decision.schema.json` says. */
export interface DecisionLine {
  readonly id?: string | number
  readonly decision: Decision['answer']
  /** On keys that the request does not give: were they set otherwise, the decision could be another. */
  readonly conditional: readonly Residual[]
  readonly decidedBy?: Decision['decidedBy']
  readonly missingLayer?: Decision['missingLayer']
  readonly missingLevel?: number
  readonly reason: string
  readonly notRead?: readonly string[]
  readonly problems?: readonly LineProblem[]
  /** Of a line that a world answered: the statement that decides, and each AWS identity that the principal has. */
  readonly by?: string
  readonly identities?: readonly IdentityDecision[]
}

/** The decision for one AWS identity of a pod, service account, workload or node. */
export type IdentityDecision = Omit<DecisionLine, 'id' | 'problems' | 'identities'> & {
  readonly mechanism: MechanismName
  readonly caller?: string
  readonly roleArn?: string
}

export interface LineProblem {
  readonly layer: keyof LinePolicies
  readonly level?: number
  readonly policy: number
  readonly path: readonly (string | number)[]
  readonly message: string
}

/**
 * Keys that a line does not give are absent, as they are for the IAM policy simulator: a line is the whole request. What would flip the decision were they
 * there is `conditional`, found by asking again with those keys open.
 */
function decideAlone(line: RequestLine, cache: PolicyCache): DecisionLine {
  const { principal } = line
  if (principal === undefined) throw unknownPrincipal(line.subject)
  const { policies, problems } = compilePolicies(line, cache)
  // A role always has a trust policy and a key a key policy: left out, it was not given, which is not the same as none.
  if (policies.resource === undefined && resourcePolicyKind(line.action, line.resource) !== 'resource') policies.resource = 'unread'
  const request = requestOf(line, principal)
  const decision = decide(request, policies)
  const open = hasConditions(policies) ? decide({ ...request, unlistedKeys: 'unknown' }, policies) : decision
  const { decidedBy, missingLayer, missingLevel, reason, notRead } = decision
  return {
    ...(line.id === undefined ? {} : { id: line.id }),
    decision: decision.answer,
    conditional: [
      ...decision.conditional,
      ...open.conditional.filter(residual => !decision.conditional.some(known => isSame(known, residual))),
    ],
    ...(decidedBy === undefined ? {} : { decidedBy }),
    ...(missingLayer === undefined ? {} : { missingLayer }),
    ...(missingLevel === undefined ? {} : { missingLevel }),
    reason,
    ...(notRead.length === 0 ? {} : { notRead }),
    ...(problems.length === 0 ? {} : { problems }),
  }
}

const isSame = (a: Residual, b: Residual): boolean =>
  a.key === b.key &&
  a.operator === b.operator &&
  a.layer === b.layer &&
  a.level === b.level &&
  a.policy === b.policy &&
  a.statement === b.statement

/** Whether the context can turn anything: most policies of audits have neither conditions nor variables, and need no second question. */
function hasConditions(policies: Policies): boolean {
  const { serviceControl = [], resourceControl = [], grants: _grants, ...single } = policies
  const levels = [serviceControl, resourceControl].flatMap(each => (each === 'unread' ? [] : each))
  return [...Object.values(single), ...levels].some(layer => layer !== 'unread' && layer.some(policy => policy.statements.some(isOpen)))
}

const isOpen = ({ conditions, resource }: CompiledStatement): boolean =>
  conditions.length > 0 || (resource !== undefined && resource !== 'invalid' && resource.values.some(value => value.includes('${')))

/** What the line gives goes before what its principal's name tells. */
function requestOf(line: RequestLine, principal: Principal): Request {
  const { action, resource, managementAccount } = line
  const owner = line.resourceAccount ?? parseArn(resource)?.account
  const told: Context = {
    ...principalContext(principal),
    ...claimsContext(principal, line.claims),
    ...(owner === undefined || owner === '' ? {} : { 'aws:ResourceAccount': owner }),
  }
  const organization =
    managementAccount === undefined
      ? undefined
      : {
          principalInManagementAccount: principalAccount(principal) === managementAccount,
          resourceInManagementAccount: owner === managementAccount,
        }
  return {
    principal,
    action,
    resource,
    context: overlaid(told, line.context),
    ...(line.resourceAccount === undefined ? {} : { resourceAccount: line.resourceAccount }),
    ...(organization === undefined ? {} : { organization }),
    ...(line.awsManagedKey ? { awsManagedKey: true } : {}),
  }
}

/** Claims become keys under the issuer's name. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif */
export function claimsContext(principal: Principal, claims: RequestLine['claims']): Context {
  if (principal.kind !== 'webIdentity' && principal.kind !== 'saml') return {}
  const at = principal.provider.indexOf('-provider/')
  const issuer = at === -1 ? principal.provider : principal.provider.slice(at + '-provider/'.length)
  const known: Context = principal.kind === 'webIdentity' ? { [`${issuer}:iss`]: `https://${issuer}` } : {}
  const provider: Context = { 'aws:FederatedProvider': principal.provider, 'aws:SecureTransport': 'true' }
  return {
    ...provider,
    ...known,
    ...Object.fromEntries(
      [...claims].map(([name, value]) => [
        `${issuer}:${name}`,
        typeof value !== 'string' && value.length === 1 ? (value[0] ?? null) : value,
      ]),
    ),
  }
}

const kinds = {
  identity: 'identity',
  boundary: 'boundary',
  session: 'session',
  endpoint: 'endpoint',
  serviceControl: 'serviceControl',
  resourceControl: 'resourceControl',
} as const satisfies Partial<Record<keyof LinePolicies, PolicyKind>>

/** The layers that a line gives, and what AWS would refuse in them. */
export function compilePolicies(
  line: RequestLine,
  cache: PolicyCache,
): { readonly policies: { -readonly [Name in keyof Policies]: Policies[Name] }; readonly problems: readonly LineProblem[] } {
  const problems: LineProblem[] = []
  const layerOf = (layer: keyof LinePolicies, documents: readonly unknown[] | 'unread', kind: PolicyKind, level?: number): Layer => {
    if (documents === 'unread') return documents
    return documents.map((document, policy) => {
      const compiled = cache(document, kind)
      for (const problem of compiled.problems)
        problems.push({ layer, ...(level === undefined ? {} : { level }), policy, path: problem.path, message: problem.message })
      return compiled
    })
  }
  const policies: { -readonly [Name in keyof Policies]: Policies[Name] } = {}
  const given = line.policies
  for (const layer of ['identity', 'boundary', 'session', 'endpoint'] as const) {
    if (given[layer] !== undefined) policies[layer] = layerOf(layer, given[layer], kinds[layer])
  }
  const kind = resourcePolicyKind(line.action, line.resource)
  if (given.resource !== undefined) policies.resource = layerOf('resource', given.resource, kind)
  for (const layer of ['serviceControl', 'resourceControl'] as const) {
    const levels = given[layer]
    if (levels !== undefined)
      policies[layer] = levels === 'unread' ? levels : levels.map((level, index) => layerOf(layer, level, kinds[layer], index))
  }
  if (given.grants !== undefined) policies.grants = given.grants
  return { policies, problems }
}
