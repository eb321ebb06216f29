import { parseArn } from '#iam/arn.ts'
import { placedPolicy, type AccessAnswer, type AccessQuestion, type AccessReader } from '#joints/access.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { issuersOf } from './openness.ts'
import { askRole, attachmentEvidence, decidingEvidence, isDenied } from './pod-role.ts'

type Role = Resource<'aws/iam/Role'>

/** `yes` and `no` as the engine says; `unknown` with the answer that could not be told. */
export type Administrator =
  | { readonly is: 'yes'; readonly answer: AccessAnswer }
  | { readonly is: 'no'; readonly answer: AccessAnswer }
  | { readonly is: 'unknown'; readonly answer: AccessAnswer }

const known = perWorld((_world: object) => new Map<string, Administrator>())

/** Whether any session of the role may do everything in its account, whatever policies say so and within every guardrail. */
export function administrator(world: AccessReader, role: Role): Administrator {
  const found = known(world).get(role.id) ?? judge(world, role)
  known(world).set(role.id, found)
  return found
}

/** The first question that is denied settles it, so most roles are asked one. */
function judge(world: AccessReader, role: Role): Administrator {
  let open: AccessAnswer | undefined
  let last: AccessAnswer | undefined
  for (const question of probes(role)) {
    last = askRole(world, role, question)
    if (isDenied(last)) return { is: 'no', answer: last }
    if (last.decision.answer === 'unknown') open ??= last
  }
  if (open !== undefined) return { is: 'unknown', answer: open }
  if (last === undefined) throw new Error('there are probes')
  return { is: 'yes', answer: last }
}

/** A name that nobody has: long, and with no meaning. */
const stranger = 'mortise-probe-5b1f0c'

/** Requests to IAM are made in this region, wherever they come from. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion */
const regionOfIam = 'us-east-1'

/**
 * What only an administrator may do: something of a service that does not exist, which only `*` allows, a new key for any user, any policy into any role, the
 * end of machines, data and stacks. None of them is about a resource that has a policy of its own. They are asked where the cluster is: a role that is kept
 * in one region is an administrator there all the same.
 */
function probes(role: Role): readonly AccessQuestion[] {
  const { partition = 'aws', account = '' } = parseArn(role.id) ?? {}
  const iam = `arn:${partition}:iam::${account}`
  const global = { 'aws:RequestedRegion': regionOfIam }
  const region = issuersOf(role).flatMap(issuer => /^oidc[.-]eks\.([a-z0-9-]+)\./.exec(issuer)?.[1] ?? [])[0]
  const here = (service: string, name: string) => `arn:${partition}:${service}:${region ?? ''}:${account}:${name}`
  const regional: readonly AccessQuestion[] =
    region === undefined
      ? []
      : [
          { action: 'ec2:TerminateInstances', resource: here('ec2', 'instance/i-0123456789abcdef0') },
          { action: 'rds:DeleteDBInstance', resource: here('rds', `db:${stranger}`) },
          { action: 'cloudformation:DeleteStack', resource: here('cloudformation', `stack/${stranger}/5b1f0c`) },
        ]
  return [
    { action: 'mortise-probe:Anything', resource: '*', ...(region === undefined ? {} : { context: { 'aws:RequestedRegion': region } }) },
    { action: 'iam:CreateAccessKey', resource: `${iam}:user/${stranger}`, context: global },
    { action: 'iam:PutRolePolicy', resource: `${iam}:role/${stranger}`, context: global },
    ...regional,
  ]
}

/** The policy that makes it one: where the role has it, and the statement. */
export function administratorEvidence(role: Role, answer: AccessAnswer): readonly [Evidence, ...Evidence[]] {
  const { decidedBy } = answer.decision
  const placed = decidedBy === undefined ? undefined : placedPolicy(answer.layers, decidedBy)
  const statement = decidingEvidence(answer, 'with this it may do everything')
  if (placed === undefined || statement === undefined) return [role.at([], 'this role may do everything')]
  return placed.resource.id === role.id
    ? [statement]
    : [attachmentEvidence(role, placed, 'with this policy it may do everything'), statement]
}
