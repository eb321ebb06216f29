import { Unread, UserError } from '#base/errors.ts'
import type { BlueprintWorkload } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { accessKinds, type AccessReader } from './access.ts'
import { roleCaller, type Caller } from './access-caller.ts'
import { declaredReads, type DeclaredRead, type DeclaredReader } from './declared-reads.ts'
import { judgeNeed, type JudgedNeed, type Need } from './irsa/need.ts'
import { resourceFix } from './irsa/permission-fix.ts'
import type { Proposal } from './proposal.ts'
import { throughService } from './read-document.ts'
import { decryptContext } from './secrets-store/keys.ts'

type Role = Resource<'aws/iam/Role'>

/** What must be read to tell whether a role may read something. */
export const declaredAccessKinds = [...accessKinds, 'aws/ssm/Parameter'] as const

export type DeclaredAccessReader = AccessReader & DeclaredReader & Reader<'aws/iam/Role'>

/**
 * What the policies of keys, secrets and buckets lack for a role, whose own policies allow it, to read what a workload declares. Asked of the engine, so
 * what is allowed in any other way is left alone.
 * @throws Unread when the policy that decides was not read, UserError `CANNOT_HOLD` when something else stands in the way: an organization, a boundary,
 * another account
 */
export function declaredAccess(
  world: DeclaredAccessReader,
  cluster: Resource<'aws/eks/Cluster'>,
  workload: BlueprintWorkload,
  role: Role,
  joint: string,
): readonly Proposal[] {
  const caller = roleCaller(world, role)
  return declaredReads(world, cluster, workload).flatMap(declared =>
    (isElsewhere(world, declared, role) ? [] : needsOf(declared, caller)).flatMap(need => {
      const judged = judgeNeed(world, caller, need)
      assertToldOf(judged)
      return judged.is === 'denied' ? letIn(role, declared, judged, joint) : []
    }),
  )
}

/** A bucket that no list of the account has is another's, whose policy nobody read: that side is not this plan's to make. */
const isElsewhere = (world: DeclaredAccessReader, { read, arn }: DeclaredRead, role: Resource<'aws/iam/Role'>): boolean =>
  read.is === 's3' && world.find('aws/s3/Bucket', arn.slice(0, arn.indexOf('/')), { account: role.id.split(':')[4] ?? '' }) === undefined

function needsOf(declared: DeclaredRead, caller: Caller): readonly Need[] {
  const { read, arn, stored, key } = declared
  const action = read.is === 's3' ? 's3:GetObject' : read.is === 'secret' ? 'secretsmanager:GetSecretValue' : 'ssm:GetParameter'
  // An object that nobody has stands for those that wildcards name.
  const own: Need = { action, resource: arn.replaceAll(/[*?]/g, '0'), by: 'policy' }
  if (key === undefined || stored === undefined) return [own]
  return [own, { action: 'kms:Decrypt', resource: key, by: 'policy', context: decryptContext({ stored }, { caller }) }]
}

const withPolicies: ReadonlySet<string> = new Set(['aws/kms/Key', 'aws/s3/Bucket', 'aws/secretsmanager/Secret'])

/** What an organization might forbid is for a scan to tell; a policy that this plan may have to change must have been read. */
function assertToldOf({ is, answer: { unread } }: JudgedNeed): void {
  const fact = unread.find(({ kind }) => withPolicies.has(kind))
  if (is === 'unknown' && fact !== undefined) throw new Unread(fact)
}

function letIn(role: Role, declared: DeclaredRead, judged: JudgedNeed, joint: string): readonly Proposal[] {
  const { need, cause, answer } = judged
  const isKey = need.action === 'kms:Decrypt'
  const title = `let role ${role.body.RoleName} ${isKey ? 'decrypt with' : 'read'} ${need.resource.slice(need.resource.lastIndexOf(':') + 1)}`
  const condition = isKey ? throughService(declared) : undefined
  const fix = cause === 'key' || cause === 'resource' ? resourceFix(role, [judged], title, condition) : undefined
  if (fix === undefined) {
    throw new UserError('CANNOT_HOLD', `role ${role.body.RoleName} may not ${need.action} ${need.resource}: ${answer.decision.reason}`, {
      where: declared.read.where,
      help: 'mend by hand what stands in the way, then plan again: mortise does not edit it',
    })
  }
  const makes = `${joint}: ${isKey ? 'key policy' : 'resource policy'}`
  return fix.changes.map(change => ({ change: { ...change, risk: `${riskOf(answer.decision.answer)}${change.risk}` }, title, makes }))
}

const riskOf = (answer: string): string =>
  answer === 'explicitDeny' ? 'The policy is not of Mortise and denies this on purpose or by a slip; the role is exempted. ' : ''
