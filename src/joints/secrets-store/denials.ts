import type { Evidence, Resource } from '#model/resource.ts'
import type { Fail } from '#model/verdict.ts'
import { decidingEvidence } from '../irsa/pod-role.ts'
import { grantingFix, resourceFix } from '../irsa/permission-fix.ts'
import { leastPrivilege } from './least-privilege.ts'
import type { JudgedRead } from './reads.ts'

type Role = Resource<'aws/iam/Role'>

/** Who says no, in words and in place. */
export interface Denial {
  readonly by: string
  readonly verb: 'denies' | 'does not allow'
  readonly at: Evidence
  /** No policy of the role says anything of it. */
  readonly isSilent: boolean
}

const guards: Readonly<Record<string, string>> = {
  serviceControl: 'a service control policy',
  resourceControl: 'a resource control policy',
  boundary: 'the permissions boundary of the role',
  session: 'the session policy',
  endpoint: 'the policy of the VPC endpoint',
}

export function denialOf(role: Role, { judged, stored }: JudgedRead): Denial {
  const { answer, cause, need } = judged
  const { decision } = answer
  const layer = decision.decidedBy?.layer ?? decision.missingLayer ?? 'identity'
  const isExplicit = decision.answer === 'explicitDeny'
  const verb = isExplicit ? 'denies' : 'does not allow'
  const own = `the policy of ${stored.kind === 'aws/secretsmanager/Secret' ? `secret ${stored.body.Name}` : `parameter ${stored.body.Name}`}`
  const isRole = cause === 'role' || (layer === 'identity' && guards[layer] === undefined)
  const by = isRole ? `role ${role.body.RoleName}` : (guards[layer] ?? own)
  const deciding = decidingEvidence(answer, `this denies ${need.action}`)
  const silent =
    by === own
      ? stored.at(
          stored.kind === 'aws/secretsmanager/Secret' && 'ResourcePolicy' in stored.body && stored.body.ResourcePolicy !== null
            ? ['ResourcePolicy']
            : ['Name'],
          `nothing here lets the role of the other account in`,
        )
      : role.at(['RoleName'], `no policy of the role allows ${need.action}`)
  return { by, verb, at: deciding ?? silent, isSilent: cause === 'role' && !isExplicit }
}

/**
 * What is missing and no more; what the engine would not allow even then is told in words.
 * @param granted what the role lacks, and the name of the policy that says so where it has none yet
 */
export function remedyOf(
  role: Role,
  denied: readonly JudgedRead[],
  title: string,
  granted = { name: 'mounted-secrets', statements: readingStatements(role, denied) },
): Pick<Fail, 'fix' | 'help'> {
  const needs = denied.map(({ judged }) => judged)
  const [first] = needs
  const fix = first?.cause === 'role' ? grantingFix(role, needs, granted.name, title, granted.statements) : resourceFix(role, needs, title)
  if (fix !== undefined) return { fix }
  const actions = [...new Set(needs.map(({ need }) => need.action))].join(' and ')
  if (first?.cause === 'other-account')
    return {
      help: `Of another account it takes three: ${actions} in the role, in the policy of the secret, and kms:Decrypt for the role in the policy of its key.`,
    }
  return { help: `Allow ${actions} on what is read, in every policy that stands round the role.` }
}

/** What reading them takes and no more; describing is another check's. */
function readingStatements(role: Role, denied: readonly JudgedRead[]): readonly object[] {
  const describes = denied.every(({ judged }) => judged.need.action === 'secretsmanager:DescribeSecret')
  const mounted = denied.map(({ stored }) => ({ arn: stored.id }))
  const statements = [leastPrivilege({ roleArn: role.id, mounted, describes: false }).identity.Statement].flat()
  return describes
    ? statements.map(statement => ({ ...statement, Sid: 'DescribeMountedSecrets', Action: 'secretsmanager:DescribeSecret' }))
    : statements
}
