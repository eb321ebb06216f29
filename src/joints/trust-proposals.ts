import { UserError } from '#base/errors.ts'
import type { PolicyDocument } from '#iam/document.ts'
import { isOwned } from '#model/owner.ts'
import { valueAt } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { afterwards } from './in-turn.ts'
import { policyChanges } from './policy-edits.ts'
import type { Proposal } from './proposal.ts'
import { trustPath } from './trust.ts'

type Role = Resource<'aws/iam/Role'>
type RoleReader = Reader<'aws/iam/Role'>

/** Who shall have a role. */
export interface WantedTrust {
  /** The policy that a role of its own would have. */
  readonly trust: PolicyDocument
  /** `payments/reader`. */
  readonly whom: string
  readonly joint: string
  /** Where the blueprint asks for it. */
  readonly where: string
  /** Whether the engine lets them have it. */
  readonly isLetIn: (world: RoleReader, role: Role) => boolean
}

/** Characters that a trust policy may have, white space left out. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const trustQuota = 2048

/**
 * Lets somebody have a role, where it exists and does not yet. What it trusts already stays as it is, statement by statement: others may live by it.
 * @throws UserError `CANNOT_HOLD` when the policy denies them
 */
export function trustProposals(world: RoleReader, roleArn: string, wanted: WantedTrust): readonly Proposal[] {
  const role = world.find('aws/iam/Role', roleArn)
  if (role === undefined || wanted.isLetIn(world, role)) return []
  const { whom, joint, where, isLetIn } = wanted
  const proposals = trusting(role, wanted).map(change => ({
    change,
    title: `let pods of ${whom} have role ${role.body.RoleName}`,
    makes: `${joint}: trust`,
  }))
  const now = afterwards(world, proposals)
  const mended = now.find('aws/iam/Role', roleArn)
  if (mended !== undefined && isLetIn(now, mended)) return proposals
  throw new UserError('CANNOT_HOLD', `the trust policy of role ${role.body.RoleName} denies pods of ${whom}`, {
    where,
    help: 'take the Deny out by hand, or give the service account another role, then plan again',
  })
}

function trusting(role: Role, { trust, whom }: WantedTrust) {
  const document = role.body.AssumeRolePolicyDocument
  const before = valueAt(document, ['Statement'])
  const statements: readonly unknown[] = Array.isArray(before) ? before : before === undefined ? [] : [before]
  const after = { ...(document as object | undefined), Statement: [...statements, ...[trust.Statement].flat()] }
  const isLong = JSON.stringify(after).length > trustQuota
  const risks = [
    `Pods of ${whom} then have all that ${role.body.RoleName} may do.`,
    ...(isOwned(role.body) ? [] : ['The role is not of Mortise; what it trusts already stays.']),
    ...(isLong ? [`Its trust policy is then longer than ${trustQuota} characters, a quota that can be raised.`] : []),
  ]
  return policyChanges(role, trustPath, after, { permissions: ['iam:UpdateAssumeRolePolicy'], risk: risks.join(' ') })
}
