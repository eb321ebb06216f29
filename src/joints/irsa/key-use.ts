import type { AccessReader } from '#joints/access.ts'
import type { UnreadFact } from '#base/errors.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { keysOfSecrets } from './key-needs.ts'
import { judgeNeed, type JudgedNeed } from './need.ts'
import type { Permissions } from './permission-state.ts'
import { decidingEvidence } from './pod-role.ts'

interface KeyUse {
  readonly needs: readonly JudgedNeed[]
  readonly unread: readonly UnreadFact[]
}

/** The keys that the role's policies name, and those of the secrets that it may read. */
export function keysOf(world: AccessReader, { judged, caller }: Permissions): KeyUse {
  const direct = judged.filter(({ need, cause }) => /^kms:/i.test(need.action) && cause !== 'other-account' && cause !== 'role')
  const found = keysOfSecrets(world, judged)
  const derived = found.flatMap(need => ('action' in need ? [judgeNeed(world, caller, need)] : []))
  return { needs: [...direct, ...derived], unread: found.flatMap(fact => ('reason' in fact ? [fact] : [])) }
}

/** What the key says, what names the key, and what asks for it. */
export function keyEvidence(role: Resource<'aws/iam/Role'>, { need, answer }: JudgedNeed): readonly [Evidence, ...Evidence[]] {
  const key = answer.side.resource
  const secret = need.secret?.at(['KmsKeyId'], 'the secret is encrypted with this key')
  const asks = [...(secret === undefined ? [] : [secret]), ...(need.at === undefined ? [] : [need.at])]
  const denied = decidingEvidence(answer, `this denies ${need.action}`)
  if (denied !== undefined) return [denied, ...asks]
  if (answer.decision.missingLayer === 'resource' && key?.kind === 'aws/kms/Key')
    return [key.at(['Policy'], `nothing in the key policy allows ${need.action} to the role`), ...asks]
  return [role.at(['RoleName'], `no policy of the role allows ${need.action} on the key`), ...asks]
}
