import { Unread } from '#base/errors.ts'
import type { DecidedBy } from '#iam/decision.ts'
import { askAccess, placedPolicy, type AccessAnswer, type AccessQuestion, type AccessReader } from '#joints/access.ts'
import { roleCaller, type Caller } from '#joints/access-caller.ts'
import type { PlacedPolicy } from '#joints/access-documents.ts'
import { statementEvidence } from '#joints/access-layers.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'

type Role = Resource<'aws/iam/Role'>

/**
 * @throws Unread when the role came without its policies, as iam:ListRoles and iam:GetRole give it
 */
export function requirePolicies(role: Role): void {
  const { RolePolicyList, AttachedManagedPolicies } = role.body
  if (RolePolicyList !== undefined && AttachedManagedPolicies !== undefined) return
  // In the words of `access-identity-policies.ts`: one cause is one line.
  const reason = `role read without its ${RolePolicyList === undefined ? 'inline' : 'attached'} policies`
  throw new Unread({ kind: 'aws/iam/Role', id: role.id, reason, settle: { by: 'iam', action: 'iam:GetAccountAuthorizationDetails' } })
}

const callers = perWorld((_world: object) => new Map<string, Caller>())

/** Any session of the role, made once per world. */
export function anySession(world: AccessReader, role: Role): Caller {
  const known = callers(world).get(role.id) ?? roleCaller(world, role)
  callers(world).set(role.id, known)
  return known
}

const answers = perWorld((_world: object) => new Map<string, AccessAnswer>())

/** What any session of the role may do, asked once per world, role, action and resource, whichever check asks first. */
export function askRole(world: AccessReader, role: Role, question: AccessQuestion): AccessAnswer {
  const key = [role.id, question.action, question.resource].join('\n')
  const answer = answers(world).get(key) ?? askAccess(world, anySession(world, role), question)
  answers(world).set(key, answer)
  return answer
}

export const isDenied = ({ decision }: AccessAnswer): boolean => decision.answer === 'explicitDeny' || decision.answer === 'implicitDeny'

/** Why the engine could not tell: the first thing that nobody read, else what the answer depends on. */
export function whyUnknown({ decision, unread, request }: AccessAnswer, role: Role): Unread {
  const [first] = unread
  if (first !== undefined) return new Unread(first)
  return new Unread({ kind: 'aws/iam/Role', id: role.id, reason: `whether ${request.action} is allowed: ${decision.reason}` })
}

/** The statement that decides, where it stands. */
export function decidingEvidence({ layers, decision }: AccessAnswer, label: string): Evidence | undefined {
  const at: DecidedBy | undefined = decision.decidedBy
  const placed = at === undefined ? undefined : placedPolicy(layers, at)
  return placed === undefined || at === undefined ? undefined : statementEvidence(placed, at.statement, label)
}

/** Where the role itself says that it has the policy: an inline policy as a whole, or the line that attaches a managed one. */
export function attachmentEvidence(role: Role, { resource, path }: PlacedPolicy, label: string): Evidence {
  if (resource.id === role.id) return role.at(path.slice(0, 2), label)
  const index = (role.body.AttachedManagedPolicies ?? []).findIndex(({ PolicyArn }) => PolicyArn === resource.id)
  return index < 0 ? role.at([], label) : role.at(['AttachedManagedPolicies', index, 'PolicyArn'], label)
}

/** Why something is denied: the statement that denies it, or the role whose policies do not allow it. */
export function deniedEvidence(role: Role, answer: AccessAnswer): Evidence {
  const { action } = answer.request
  return decidingEvidence(answer, `this denies ${action}`) ?? role.at(['RoleName'], `no policy of the role allows ${action}`)
}

/** The lines of the role that say which policies it has, for a person who looks for the one that should have allowed it. */
export function policyLines(role: Role): readonly Evidence[] {
  const { RolePolicyList = [], AttachedManagedPolicies = [] } = role.body
  const inline = RolePolicyList.flatMap(({ PolicyName }, index) =>
    PolicyName === undefined ? [] : [role.at(['RolePolicyList', index, 'PolicyName'], 'this inline policy does not')],
  )
  const attached = AttachedManagedPolicies.flatMap(({ PolicyArn }, index) =>
    PolicyArn === undefined ? [] : [role.at(['AttachedManagedPolicies', index, 'PolicyArn'], 'this attached policy does not')],
  )
  return [...inline, ...attached].slice(0, 4)
}
