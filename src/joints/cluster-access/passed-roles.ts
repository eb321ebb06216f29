import { Unread } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { decideAssumeRole } from '#iam/assume-role.ts'
import { trustPolicyOf } from '#joints/trust.ts'
import { codeServices, type CodeService } from './code-services.ts'
import { gainOf, mayAll, placesOf, roleWithGain, rolesBeside, within, type Role, type Search } from './escalation.ts'
import { callerOf, mentions, roleMay, type Asked, type RoleMayReader } from './role-may.ts'
import { powersOf } from './role-powers.ts'

/** Stronger roles that the role may give to a service which runs its code, each by the first service that works. */
export function findPassedRoles(world: RoleMayReader, search: Search, role: Role, region: string): void {
  if (!mentions(callerOf(world, role).identity, 'iam:PassRole')) return
  const services = codeServices
    .map(service => ({ service, calls: callsOf(service, role, region) }))
    .filter(({ calls }) => calls.every(call => roleMay(world, role, call).answer !== 'no'))
  if (services.length === 0) return
  for (const other of rolesBeside(world, search, role, 'iam:PassRole')) {
    for (const { service, calls } of services) {
      if (!namesService(other, service)) continue
      const pass = { action: 'iam:PassRole', resource: other.id, context: { 'iam:PassedToService': service.principal } }
      if (roleMay(world, role, pass).answer === 'no') continue
      const gained = gainOf(world, search, role, powersOf(world, other))
      if (gained.length === 0 || within(search, () => letsServiceIn(other, service.principal)) !== true) continue
      const answers = mayAll(world, search, role, [pass, ...calls])
      if (answers === undefined) continue
      search.found.push({ to: `run code in ${service.name} as ${roleWithGain(other, gained)}`, evidence: placesOf(...answers) })
      break
    }
  }
}

function callsOf({ calls }: CodeService, role: Role, region: string): readonly Asked[] {
  const { partition = 'aws', account = '' } = parseArn(role.id) ?? {}
  return calls.flatMap(({ action, resources }) =>
    resources.map(resource => ({
      action,
      resource: resource.replace('{partition}', partition).replace('{region}', region).replace('{account}', account),
    })),
  )
}

const named = new WeakMap<Role, ReadonlySet<CodeService>>()

/** What can be told without the engine: most roles trust another service. Told once for each role, since every role asks about every other. */
function namesService(role: Role, service: CodeService): boolean {
  const known = named.get(role) ?? new Set(codeServices.filter(each => isNamed(role, each)))
  named.set(role, known)
  return known.has(service)
}

function isNamed({ body }: Role, { principal, byInstanceProfile }: CodeService): boolean {
  const text = body.AssumeRolePolicyDocument === undefined ? '"*"' : JSON.stringify(body.AssumeRolePolicyDocument)
  return (
    (text.includes(principal) || text.includes('"*"')) && (byInstanceProfile === undefined || (body.InstanceProfileList ?? []).length > 0)
  )
}

/**
 * Whether a service of AWS may take the role for a thing of the same account.
 * @throws Unread when the trust policy was not read, or depends on which thing
 */
function letsServiceIn(role: Role, service: string): boolean {
  const account = parseArn(role.id)?.account ?? ''
  const context = {
    'aws:SourceAccount': account,
    'aws:SourceArn': { unknown: 'depends on the name that is chosen' },
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': service,
  }
  const question = { principal: { kind: 'service', name: service }, roleArn: role.id, context } as const
  const { decision } = decideAssumeRole(question, { resource: [trustPolicyOf(role)] })
  if (decision.answer !== 'unknown') return decision.answer === 'allow'
  throw new Unread({ kind: role.kind, id: role.id, reason: `whether its trust policy lets ${service} in: ${decision.reason}` })
}
