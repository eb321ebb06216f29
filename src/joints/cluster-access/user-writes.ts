import { userCaller, type Caller } from '#joints/access-caller.ts'
import { groupPolicies } from '#joints/access-identity-policies.ts'
import type { Resource } from '#model/resource.ts'
import { gainOf, gainText, may, placesOf, within, type Role, type Search, type Yes } from './escalation.ts'
import { callerOf, mentions, roleMay, type RoleMayReader } from './role-may.ts'
import { powersOfCaller, type Power } from './role-powers.ts'
import { administratorAccess, iamWrite, withPolicies, writtenLayer } from './stronger-callers.ts'

type User = Resource<'aws/iam/User'>

/** What makes its holder the user. */
const credentials = [
  { action: 'iam:CreateAccessKey', text: 'make access keys of' },
  { action: 'iam:UpdateLoginProfile', text: 'change the password of' },
  { action: 'iam:CreateLoginProfile', text: 'give a password to' },
]

/** Users that the role may become and that are stronger, or that it may make so first. */
export function findUserWrites(world: RoleMayReader, search: Search, role: Role): void {
  const { identity } = callerOf(world, role)
  if (!credentials.some(({ action }) => mentions(identity, action))) return
  const account = role.id.split(':')[4] ?? ''
  within(search, () => world.list('aws/iam/User', { account }))
  for (const user of world.seen('aws/iam/User').filter(({ id }) => id.split(':')[4] === account)) {
    const answers = credentials.map(way => ({ text: way.text, answer: roleMay(world, role, iamWrite(way.action, user)) }))
    const become = answers.find(({ answer }) => answer.answer === 'yes') ?? answers.find(({ answer }) => answer.answer === 'unknown')
    if (become === undefined) continue
    const { text, answer } = become
    const found = strongest(world, search, role, user)
    if (found === undefined) continue
    if (answer.answer === 'unknown') search.doubt ??= answer.fact
    if (answer.answer !== 'yes') continue
    const { gained, first, by } = found
    const to = `${text} user ${user.body.UserName}, which may ${gainText(gained)}${first}`
    search.found.push({ to, evidence: placesOf(answer, ...by) })
  }
}

interface Strength {
  readonly gained: readonly Power[]
  /** `, once it has written the user's policies`. */
  readonly first: string
  readonly by: readonly Yes[]
}

/** What the user has that the role has not, as it is, or after the role wrote its policies or put it into a group. */
function strongest(world: RoleMayReader, search: Search, role: Role, user: User): Strength | undefined {
  const caller = userCaller(world, user)
  const judge = (then: Caller, first: string, by: readonly Yes[]): Strength | undefined => {
    const gained = gainOf(world, search, role, powersOfCaller(world, then, user))
    return gained.length === 0 ? undefined : { gained, first, by }
  }
  const plain = judge(caller, '', [])
  if (plain !== undefined) return plain
  for (const asked of [iamWrite('iam:PutUserPolicy', user), iamWrite('iam:AttachUserPolicy', user, administratorAccess(user))]) {
    const write = may(world, search, role, asked)
    const written = write && judge(withPolicies(caller, writtenLayer(user)), `, once it has written the user's policies`, [write])
    if (written !== undefined) return written
  }
  if (!mentions(callerOf(world, role).identity, 'iam:AddUserToGroup')) return undefined
  for (const group of within(search, () => world.list('aws/iam/Group', user.scope)) ?? []) {
    const add = may(world, search, role, iamWrite('iam:AddUserToGroup', group))
    const then = withPolicies(caller, groupPolicies(world, user, group.body.GroupName))
    const added = add && judge(then, `, once it is in group ${group.body.GroupName}`, [add])
    if (added !== undefined) return added
  }
  return undefined
}
