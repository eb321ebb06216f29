import type { Evidence, Resource } from '#model/resource.ts'
import type { JudgedNeed } from './need.ts'
import { decidingEvidence } from './pod-role.ts'

/** Where the policies of resources stand in their bodies. */
const policyPaths: Readonly<Record<string, string>> = {
  'aws/iam/Role': 'AssumeRolePolicyDocument',
  'aws/kms/Key': 'Policy',
  'aws/s3/Bucket': 'Policy',
  'aws/secretsmanager/Secret': 'ResourcePolicy',
}

/** The statement of the other side that denies it, its policy that does not allow it, or the resource that has none; then this side's statement. */
export function otherSideEvidence({ need, answer }: JudgedNeed): readonly [Evidence, ...Evidence[]] {
  const denied = decidingEvidence(answer, `this denies ${need.action}`)
  const [first, ...rest] = [
    ...(denied === undefined ? silent(answer.side.resource, need.action) : [denied]),
    ...(need.at === undefined ? [] : [need.at]),
  ]
  if (first === undefined) throw new Error('a policy or a resource says no')
  return [first, ...rest]
}

function silent(resource: Resource | undefined, action: string): readonly Evidence[] {
  if (resource === undefined) return []
  const path = policyPaths[resource.kind]
  const hasPolicy = path !== undefined && ((resource.body as Readonly<Record<string, unknown>>)[path] ?? undefined) !== undefined
  return [
    hasPolicy
      ? resource.at([path], `nothing here allows ${action} to the role`)
      : resource.at([], 'it has no policy that lets another account in'),
  ]
}
