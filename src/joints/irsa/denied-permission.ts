import type { Baseline } from '#joints/baselines.ts'
import { lastName } from '#iam/arn.ts'
import type { Resource } from '#model/resource.ts'
import type { Fail } from '#model/verdict.ts'
import type { JudgedNeed } from './need.ts'
import { grantingFix, resourceFix } from './permission-fix.ts'
import { actionsText, type Denials } from './permission-verdict.ts'

type Role = Resource<'aws/iam/Role'>

/** No policy of the role allows it, and none denies it. */
export const isSilent = ({ cause, answer }: JudgedNeed): boolean => cause === 'role' && answer.decision.answer === 'implicitDeny'

/** Both ends and what stands between them. */
export function deniedText(role: Role, account: string, denied: Denials): string {
  const [{ cause, need, answer }] = denied
  if (cause === 'resource')
    return `the policy of ${nameOf(answer.side.resource) ?? need.resource} denies ${account} ${need.action}, which role ${role.body.RoleName} allows`
  const verb = answer.decision.answer === 'explicitDeny' ? 'denies' : 'does not allow'
  return `role ${role.body.RoleName} ${verb} ${account} ${actionsText(denied)}`
}

function nameOf(resource: Resource | undefined): string | undefined {
  if (resource === undefined) return undefined
  const { Name } = resource.body as { readonly Name?: unknown }
  const kind = lastName(resource.kind).toLowerCase()
  return typeof Name === 'string' ? `${kind} ${Name}` : `${kind} ${lastName(resource.id)}`
}

export function deniedRemedy(role: Role, baseline: Baseline | undefined, denied: Denials): Pick<Fail, 'fix' | 'help'> {
  const what = actionsText(denied)
  const fix =
    denied[0].cause === 'resource'
      ? resourceFix(role, denied, `except role ${role.body.RoleName} from the denial`)
      : grantingFix(role, denied, baseline?.id ?? 'work', `allow ${what} in role ${role.body.RoleName}`)
  if (fix !== undefined) return { fix }
  const actions = [...new Set(denied.map(({ need }) => need.action))].join(', ')
  return { help: `Allow ${actions}${baseline === undefined ? '' : `, as ${baseline.source} says`}.` }
}
