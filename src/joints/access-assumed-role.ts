import { assumeRoleContext, type Session, type SessionRole, type Tags } from '#iam/session.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { askAccess, placedPolicy, type AccessAnswer } from './access.ts'
import { findRole, roleText, sessionCaller, sessionRole, type Caller, type FoundRole } from './access-caller.ts'
import type { PlacedLayer } from './access-documents.ts'
import type { Mechanism, MechanismReader, Step } from './access-mechanism.ts'

/** What a session comes to, and the steps to it. */
export type Ended = Pick<Mechanism, 'steps' | 'session'>

export interface AssumedRole {
  /** Whoever assumes it. */
  readonly caller: Caller
  /** How it came to its own session. */
  readonly before: Ended
  readonly roleArn: string
  /** Where the role is named. */
  readonly named: Evidence
  /** What the steps call it: `target role`. */
  readonly title: string
  /** That the call passes and that go on from the session before. */
  readonly tags: Tags
  readonly transitiveKeys: readonly string[]
  readonly externalId?: string | undefined
  /** The session policy that the call passes. */
  readonly policy?: PlacedLayer | undefined
  /** The session of the role. */
  readonly next: (role: SessionRole) => Session
}

/** A session that another session assumes: both sides must allow it, with the tags and the external id that are sent. */
export function assumedRole(world: MechanismReader, input: AssumedRole): Ended {
  const { caller, before, roleArn, tags, transitiveKeys, externalId } = input
  const found = findRole(world, roleArn)
  if (found.is !== 'found') return notFound(found, roleArn, before.steps, input.named)
  const context = assumeRoleContext({ tags, transitiveKeys, ...(externalId === undefined ? {} : { externalId }) })
  const actions = Object.keys(tags).length === 0 ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession']
  const answers = actions.map(action => askAccess(world, caller, { action, resource: roleArn, context }))
  const worst = answers.find(answer => isDenied(answer)) ?? answers.find(answer => answer.decision.answer === 'unknown') ?? answers[0]
  if (worst === undefined) throw new Error('a role is assumed by an action')
  const session = input.next(sessionRole(world, found.role))
  const assumed = sessionCaller(world, found.role, { session, network: caller.network, policy: input.policy })
  const at = decidingPlace(worst, found.role, input.title)
  const steps = [...before.steps, { text: `${input.title} ${found.role.body.RoleName}`, at }]
  if (isDenied(worst)) {
    const reason = `${caller.text} may not do ${worst.request.action} on ${roleText(roleArn)}: ${worst.decision.reason}`
    return { steps, session: { is: 'refused', reason, at: [at] } }
  }
  if (before.session.is === 'unknown') return { steps, session: { is: 'unknown', fact: before.session.fact, caller: assumed } }
  if (worst.decision.answer === 'allow') return { steps, session: { is: 'holds', caller: assumed } }
  const reason = `whether the ${input.title} may be assumed: ${worst.decision.reason}`
  return { steps, session: { is: 'unknown', fact: worst.unread[0] ?? { kind: 'aws/iam/Role', id: roleArn, reason }, caller: assumed } }
}

/** Why a role that is named gives no session. */
export function notFound(found: Exclude<FoundRole, { is: 'found' }>, arn: string, steps: readonly Step[], at: Evidence): Ended {
  if (found.is === 'unread') return { steps, session: { is: 'unknown', fact: found.fact } }
  return { steps, session: { is: 'refused', reason: `${roleText(arn)} does not exist`, at: [at] } }
}

function decidingPlace({ decision, layers, request }: AccessAnswer, role: Resource<'aws/iam/Role'>, title: string): Evidence {
  const placed = decision.decidedBy === undefined ? undefined : placedPolicy(layers, decision.decidedBy)
  if (placed === undefined) return role.at([], `the ${title}`)
  const statement = placed.policy.statements[decision.decidedBy?.statement ?? 0]
  return placed.resource.at([...placed.path, ...(statement?.path ?? [])], `${request.action} on the ${title}`)
}

const isDenied = ({ decision: { answer } }: AccessAnswer): boolean => answer === 'explicitDeny' || answer === 'implicitDeny'
