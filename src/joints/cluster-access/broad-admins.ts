import { parseArn } from '#iam/arn.ts'
import { decideAssumeRole } from '#iam/assume-role.ts'
import { compilePolicy } from '#iam/compile.ts'
import { trustPolicyOf } from '#joints/trust.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'

/** Whom a role's trust policy lets in though nobody named them. */
export interface Broad {
  /** `every account`, `all of account 444455556666`. */
  readonly whom: string
  readonly isOutside: boolean
  /** Of the statement, inside the trust policy. */
  readonly statement: Path
}

/** A stranger may do everything that its own account can let it. */
const everything = compilePolicy({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }, 'identity')
const stranger = 'mortise-probe-5b1f0c'
const nobody = '000000000000'

/**
 * The widest whom the trust policy lets in, found by asking the engine about roles that do not exist, who come with no MFA, no external id and no tag.
 * @throws Unread when the trust policy was not read
 */
export function broadTrustOf(role: Resource<'aws/iam/Role'>): Broad | undefined {
  const policy = trustPolicyOf(role)
  const { partition = 'aws', account: own = '' } = parseArn(role.id) ?? {}
  const accounts = [...new Set(JSON.stringify(policy.document).match(/\b\d{12}\b/g) ?? [])].filter(account => account !== own).sort()
  for (const account of [nobody, ...accounts, own]) {
    const arn = `arn:${partition}:iam::${account}:role/${stranger}`
    const { decision } = decideAssumeRole(
      {
        principal: { kind: 'roleSession', roleArn: arn, sessionName: stranger },
        roleArn: role.id,
        sessionName: stranger,
        context: { 'aws:PrincipalArn': arn, 'aws:PrincipalAccount': account },
      },
      { resource: [policy], identity: [everything] },
    )
    if (decision.answer !== 'allow') continue
    const statement = decision.decidedBy?.layer === 'resource' ? (policy.statements[decision.decidedBy.statement]?.path ?? []) : []
    return { whom: account === nobody ? 'every account' : `all of account ${account}`, isOutside: account !== own, statement }
  }
  return undefined
}
