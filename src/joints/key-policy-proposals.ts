import { Unread, UserError } from '#base/errors.ts'
import { compilePolicy } from '#iam/compile.ts'
import { decide } from '#iam/decide.ts'
import type { PolicyDocument, Statement } from '#iam/document.ts'
import type { Request } from '#iam/request.ts'
import { setting, targetOf } from '#model/change.ts'
import { valueAt } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Proposal } from './proposal.ts'

type Key = Resource<'aws/kms/Key'>

/** Who shall use a key, and how it lets them. */
export interface WantedUse {
  /** What must be allowed. */
  readonly requests: readonly Request[]
  /** Of whoever asks; undefined for a service of AWS, which has none. */
  readonly identity?: PolicyDocument
  /** What the policy of the key says more where it does not allow that by itself, or by leaving it to IAM. */
  readonly statements: readonly Statement[]
  /** `role prod-payments-reader`, `CloudWatch Logs`. */
  readonly user: string
  readonly makes: string
}

/**
 * What the policy of a key must say more for a use to be allowed. A Deny in it, or the organization's, is not Mortise's to lift.
 * @throws Unread when its policy was not read, UserError `NOT_OURS` when it denies
 */
export function keyPolicyProposals(key: Key, { requests, identity, statements, user, makes }: WantedUse): readonly Proposal[] {
  const { Policy } = key.body
  if (Policy === undefined || Policy === null)
    throw new Unread({
      kind: key.kind,
      id: key.id,
      reason: 'the key was read without its policy',
      settle: { by: 'iam', action: 'kms:GetKeyPolicy' },
    })
  const own = identity === undefined ? {} : { identity: [compilePolicy(identity, 'identity')] }
  const isAllowed = (document: unknown) =>
    requests.every(request => decide(request, { ...own, resource: [compilePolicy(document, 'key')] }).answer === 'allow')
  if (isAllowed(Policy)) return []
  const list = [valueAt(Policy, ['Statement']) ?? []].flat() as readonly unknown[]
  const after = [...list, ...statements.map(statement => withFreeSid(statement, list))]
  if (!isAllowed({ ...Policy, Statement: after }))
    throw new UserError('NOT_OURS', `the policy of key ${key.body.KeyId} denies ${user} what it needs`, {
      help: 'Let whoever administers the key change the statement that denies it, then plan again.',
    })
  const change = {
    target: targetOf(key),
    edit: setting(key, ['Policy', 'Statement'], after),
    permissions: ['kms:PutKeyPolicy', 'kms:GetKeyPolicy'],
    risk: `The key is not Mortise's: ${user} may use it from then on, as far as the statement says.`,
  }
  return [{ change, title: `let ${user} use key ${key.body.KeyId}`, makes }]
}

/** A Sid is of one statement alone. */
function withFreeSid({ Sid, ...rest }: Statement, list: readonly unknown[]): Statement {
  const isTaken = list.some(statement => valueAt(statement, ['Sid']) === Sid)
  return Sid === undefined || isTaken ? rest : { Sid, ...rest }
}
