import type { Caller } from '#joints/access-caller.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { chainsFrom } from './assume-role-chains.ts'
import { gainOf, gainText, may, mayAll, placesOf, within, type Role, type Search, type Yes } from './escalation.ts'
import { callerOf, mentions, type RoleMayReader } from './role-may.ts'
import { powersOfCaller } from './role-powers.ts'
import { administratorAccess, iamWrite, withoutBoundary, withPolicies, withPolicyText, writtenLayer } from './stronger-callers.ts'

/** A role whose policies are written, and how the writer gets it. */
interface Written {
  readonly role: Role
  /** `its own policies`. */
  readonly text: string
  readonly reached: readonly Evidence[]
}

const writes = ['iam:PutRolePolicy', 'iam:AttachRolePolicy', 'iam:CreatePolicyVersion', 'iam:SetDefaultPolicyVersion']

/** What the role may make of itself and of the roles that it may assume, by their policies. */
export function findRoleWrites(world: RoleMayReader, search: Search, role: Role): void {
  const { identity } = callerOf(world, role)
  if (!writes.some(action => mentions(identity, action))) return
  // What keeps from following the chains is for the check of the chains to say.
  const chains = chainsFrom(world, { found: [], doubt: undefined }, role)
  const written: readonly Written[] = [
    { role, text: 'its own policies', reached: [] },
    ...chains.flatMap(({ roles, evidence }) => {
      const last = roles.at(-1)
      return last === undefined
        ? []
        : [{ role: last, text: `the policies of role ${last.body.RoleName}, which it may assume,`, reached: evidence }]
    }),
  ]
  for (const target of written) {
    byOwnPolicies(world, search, role, target)
    byManagedPolicies(world, search, role, target)
  }
}

/** iam:PutRolePolicy and iam:AttachRolePolicy. A boundary binds what they give, unless it may be taken away too. */
function byOwnPolicies(world: RoleMayReader, search: Search, role: Role, target: Written): void {
  const asked = [
    iamWrite('iam:PutRolePolicy', target.role),
    iamWrite('iam:AttachRolePolicy', target.role, administratorAccess(target.role)),
  ]
  const answers = asked.flatMap(each => may(world, search, role, each) ?? [])
  if (answers.length === 0) return
  const caller = withPolicies(callerOf(world, target.role), writtenLayer(target.role))
  if (take(world, search, role, target, caller, answers) || caller.boundary === undefined) return
  const unbound = mayAll(world, search, role, [iamWrite('iam:DeleteRolePermissionsBoundary', target.role)])
  if (unbound !== undefined) take(world, search, role, target, withoutBoundary(caller), [...answers, ...unbound])
}

/** New versions of the customer managed policies that are attached to it, or old ones that say more. */
function byManagedPolicies(world: RoleMayReader, search: Search, role: Role, target: Written): void {
  const caller = callerOf(world, target.role)
  for (const { PolicyArn: arn } of target.role.body.AttachedManagedPolicies ?? []) {
    if (arn === undefined || arn.includes('::aws:')) continue
    const policy = within(search, () => world.find('aws/iam/Policy', arn))
    if (policy === undefined) continue
    const create = may(world, search, role, iamWrite('iam:CreatePolicyVersion', policy))
    if (create !== undefined && take(world, search, role, target, withPolicyText(caller, arn, target.role), [create])) return
    const choose = may(world, search, role, iamWrite('iam:SetDefaultPolicyVersion', policy))
    if (choose === undefined) continue
    for (const { Document: text } of otherVersions(policy))
      if (take(world, search, role, target, withPolicyText(caller, arn, target.role, text), [choose])) return
  }
}

const otherVersions = ({ body }: Resource<'aws/iam/Policy'>) =>
  (body.PolicyVersionList ?? []).filter(
    ({ VersionId, IsDefaultVersion, Document }) =>
      Document !== undefined && IsDefaultVersion !== true && VersionId !== body.DefaultVersionId,
  )

function take(world: RoleMayReader, search: Search, role: Role, target: Written, then: Caller, answers: readonly Yes[]): boolean {
  const gained = gainOf(world, search, role, powersOfCaller(world, then, target.role))
  if (gained.length === 0) return false
  const evidence = [...target.reached, ...placesOf(...answers)]
  search.found.push({ to: `write ${target.text} and then ${gainText(gained)}`, evidence })
  return true
}
