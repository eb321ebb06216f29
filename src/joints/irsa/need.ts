import { parseArn } from '#iam/arn.ts'
import { evaluateLayer, allowOf } from '#iam/layer.ts'
import { actionMatches } from '#iam/match.ts'
import { Question } from '#iam/question.ts'
import type { Context } from '#iam/request.ts'
import { NO, YES } from '#iam/truth.ts'
import { askAccess, type AccessAnswer, type AccessReader } from '#joints/access.ts'
import type { Caller } from '#joints/access-caller.ts'
import { readLayer } from '#joints/access-documents.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { isDenied } from './pod-role.ts'

/** Something that pods must be allowed to do. */
export interface Need {
  readonly action: string
  /** The resource; of an action that some resource of a kind must allow, one that nobody has. */
  readonly resource: string
  /** Which one is the operator's choice: whatever the role's own policies name will do. */
  readonly any?: true
  readonly context?: Context
  /** A controller that cannot work without it, or a policy of the role that says so itself. */
  readonly by: 'controller' | 'policy'
  /** The statement of a policy that says so. */
  readonly at?: Evidence
  /** Why a key is needed: the secret that it encrypts. */
  readonly secret?: Resource<'aws/secretsmanager/Secret'>
}

/**
 * Which side stands in the way: the role's own policies, a guardrail round them, the policy of a KMS key, the other account's side, or the policy of another
 * resource in the same account.
 */
export type Cause = 'role' | 'guardrail' | 'key' | 'other-account' | 'resource'

export interface JudgedNeed {
  readonly need: Need
  readonly answer: AccessAnswer
  readonly is: 'allowed' | 'denied' | 'unknown'
  /** Of a denial. */
  readonly cause?: Cause
}

/** The engine's answer with every policy. Where any resource will do, the best answer that one of them gets. */
export function judgeNeed(world: AccessReader, caller: Caller, need: Need): JudgedNeed {
  let worst: JudgedNeed | undefined
  for (const resource of need.any === true ? resourcesFor(caller, need) : [need.resource]) {
    const question = { action: need.action, resource, ...(need.context === undefined ? {} : { context: need.context }) }
    const answer = askAccess(world, caller, question)
    if (answer.decision.answer === 'allow' || isUpToTheRequest(answer)) return { need, answer, is: 'allowed' }
    if (!isDenied(answer)) worst = worst?.is === 'unknown' ? worst : { need, answer, is: 'unknown' }
    else worst ??= { need, answer, is: 'denied', cause: causeOf(answer) }
  }
  if (worst === undefined) throw new Error('a need is about a resource')
  return worst
}

/** Keys that whoever asks sets itself, or that its own resources carry: tags, and all that a service adds. They are no matter of what was read. */
const ofTheRequest = /^aws:(?:requesttag|resourcetag)\/|^aws:tagkeys$|^(?!aws:)/i

function isUpToTheRequest({ decision, unread }: AccessAnswer): boolean {
  if (decision.answer !== 'unknown' || unread.length > 0 || decision.notRead.length > 0) return false
  return decision.conditional.length > 0 && decision.conditional.every(({ key }) => ofTheRequest.test(key))
}

/** The one that nobody has, and one for each that the role's policies allow the action on, stars filled in. */
function resourcesFor({ identity }: Caller, { action, resource }: Need): readonly string[] {
  const { region = '', account = '', service = '' } = parseArn(resource) ?? {}
  const question = new Question({ principal: { kind: 'anonymous' }, action, resource, context: {} })
  const named = identity.policies.flatMap(({ policy }) =>
    policy.statements.flatMap(statement => {
      const { resource: list } = statement
      if (statement.effect !== 'Allow' || list === undefined || list === 'invalid' || list.negated) return []
      return actionMatches(statement, question) === NO ? [] : list.values
    }),
  )
  const filled = named.flatMap(value => {
    const arn = parseArn(value)
    if (arn === undefined || arn.service !== service) return []
    const parts = [arn.region === '*' ? region : arn.region, arn.account === '*' ? account : arn.account, arn.resource]
    return [`arn:${arn.partition}:${arn.service}:${parts.join(':')}`.replaceAll(/\$\{[^}]*\}|[*?]/g, '0')]
  })
  return [...new Set([resource, ...filled])].slice(0, 20)
}

const guardrails: ReadonlySet<string> = new Set(['serviceControl', 'resourceControl', 'boundary', 'session', 'endpoint'])

/** What the role's own policies refuse is theirs to mend first, whatever else refuses it too; a key or another side that refuses goes before them. */
function causeOf({ request, layers, decision, side }: AccessAnswer): Cause {
  const layer = decision.decidedBy?.layer ?? decision.missingLayer ?? 'identity'
  const isOthers = layer !== 'identity' && !guardrails.has(layer)
  if (isOthers) return ofResource(request.resource, side.account, request)
  return guardrails.has(layer) && identityAllows(request, layers.identity) ? 'guardrail' : 'role'
}

function ofResource(arn: string, owner: string | undefined, request: AccessAnswer['request']): Cause {
  const own = request.principal.kind === 'roleSession' ? parseArn(request.principal.roleArn)?.account : undefined
  if (owner !== undefined && owner !== own) return 'other-account'
  return parseArn(arn)?.service === 'kms' ? 'key' : 'resource'
}

/** Whether the identity policies that were read may allow it, all other layers left out. */
function identityAllows(request: AccessAnswer['request'], identity: AccessAnswer['layers']['identity']): boolean {
  const found = evaluateLayer(readLayer(identity), new Question(request))
  return found.deny !== YES && allowOf(found) !== NO
}
