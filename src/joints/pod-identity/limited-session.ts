import { chainedSession, podIdentitySession } from '#iam/session.ts'
import { askAccess, type AccessAnswer, type AccessReader } from '#joints/access.ts'
import { sessionCaller, sessionRole } from '#joints/access-caller.ts'
import { documentLayer } from '#joints/access-documents.ts'
import type { Resource } from '#model/resource.ts'
import { podFacts, roleArnOf, type Association } from './association.ts'
import { assertKnown } from './decided.ts'

type Role = Resource<'aws/iam/Role'>

/** A role that the limited session may go on to, and the decision. */
export interface Beyond {
  readonly role: Role
  readonly answer: AccessAnswer
}

/**
 * The roles that the pods of an association with a session policy may assume, by role name.
 * @param role the last one, whose session the policy limits
 * @throws Unread when none surely can be, and it is open for one.
 */
export function rolesBeyond(world: AccessReader, association: Association, role: Role): readonly Beyond[] {
  const caller = sessionCaller(world, role, { session: sessionOf(world, association, role), policy: policyLayer(association) })
  const answers = world
    .seen('aws/iam/Role')
    .map(other => ({ role: other, answer: askAccess(world, caller, { action: 'sts:AssumeRole', resource: other.id }) }))
  const allowed = answers.filter(({ answer }) => answer.decision.answer === 'allow')
  if (allowed.length > 0) return allowed
  for (const { answer } of answers) assertKnown(answer, role)
  const [, , , , account = ''] = role.id.split(':')
  world.list('aws/iam/Role', { account })
  return []
}

/** An association with a session policy sends no tags. */
function sessionOf(world: AccessReader, association: Association, role: Role) {
  const { targetRoleArn } = association.body
  const facts = podFacts(association)
  const direct = (arn: string) =>
    podIdentitySession({ role: arn === role.id ? sessionRole(world, role) : { roleArn: arn, tags: 'unread' }, hasPolicy: true }, facts)
  return targetRoleArn === undefined
    ? direct(role.id)
    : chainedSession(direct(roleArnOf(association)), { role: sessionRole(world, role), sessionName: 'unknown' })
}

const policyLayer = (association: Association) =>
  documentLayer(association, ['policy'], association.body.policy, 'session', 'session policy of the association', {
    kind: association.kind,
    id: association.id,
    reason: 'its session policy was not read',
  })
