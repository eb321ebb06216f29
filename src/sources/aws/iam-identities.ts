import type { AwsKind } from '#model/kinds.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { detailedKinds, readAccountDetails, type AccountDetails } from './iam-details.ts'
import { readLastAccessed } from './iam-last-accessed.ts'
import { readPolicies } from './iam-policies.ts'
import { readRoles } from './iam-roles.ts'
import type { Session } from './session.ts'
import type { Wanted } from './wanted.ts'

/** Roles, users, groups and their policies, which one call gives, and when they were last used. */
export async function readIdentities(
  session: Session,
  kinds: ReadonlySet<AwsKind>,
  { wanted }: { readonly wanted?: Wanted },
): Promise<Part> {
  const roleArns = wanted?.roleArns ?? []
  const lastUsed = kinds.has('aws/iam/ServiceLastAccessed') ? readLastAccessed(session, wanted?.lastAccessed ?? roleArns) : nothing
  const detailed = detailedKinds(kinds)
  if (detailed.length === 0) return lastUsed
  const details = await readAccountDetails(session, detailed)
  const parts = detailed.map((kind): Promise<Part> | Part => {
    if (kind === 'aws/iam/Role') return readRoles(session, details, roleArns)
    if (kind === 'aws/iam/Policy') return readPolicies(session, details)
    return listOf(session, kind, details)
  })
  return together(await Promise.all([...parts, lastUsed]))
}

function listOf(session: Session, kind: AwsKind, { resources, refused }: AccountDetails): Part {
  const where = { kind, scope: { account: session.account } } as const
  const found = { ...nothing, resources: resources.filter(resource => resource.kind === kind) }
  return together([found, refused === undefined ? { ...nothing, read: [where] } : unreadPart(where, refused)])
}
