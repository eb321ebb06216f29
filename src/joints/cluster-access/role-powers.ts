import type { UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { Caller } from '#joints/access-caller.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { callerMay, callerOf, roleMay, type RoleMayReader } from './role-may.ts'

/** What makes a role worth stealing. It is found by asking the engine about things that do not exist: whoever may touch those may touch all. */
export interface Power {
  readonly id: string
  /** `write the policies of roles`. */
  readonly text: string
  readonly action: string
  readonly resource: (partition: string, account: string) => string
}

const stranger = 'mortise-probe-5b1f0c'

export const powers: readonly Power[] = [
  {
    id: 'role-policies',
    text: 'write the policies of every role',
    action: 'iam:PutRolePolicy',
    resource: (partition, account) => `arn:${partition}:iam::${account}:role/${stranger}`,
  },
  {
    id: 'attach-policies',
    text: 'attach policies to every role',
    action: 'iam:AttachRolePolicy',
    resource: (partition, account) => `arn:${partition}:iam::${account}:role/${stranger}`,
  },
  {
    id: 'access-keys',
    text: 'make access keys of every user',
    action: 'iam:CreateAccessKey',
    resource: (partition, account) => `arn:${partition}:iam::${account}:user/${stranger}`,
  },
  {
    id: 'secrets',
    text: 'read every secret',
    action: 'secretsmanager:GetSecretValue',
    resource: (partition, account) => `arn:${partition}:secretsmanager:us-east-1:${account}:secret:${stranger}-AbCdEf`,
  },
  {
    id: 'objects',
    text: 'read every bucket',
    action: 's3:GetObject',
    resource: partition => `arn:${partition}:s3:::${stranger}/${stranger}`,
  },
  {
    id: 'commands',
    text: 'run commands on every instance',
    action: 'ssm:SendCommand',
    resource: (partition, account) => `arn:${partition}:ec2:us-east-1:${account}:instance/i-0000000000000probe`,
  },
  {
    id: 'instances',
    text: 'terminate every instance',
    action: 'ec2:TerminateInstances',
    resource: (partition, account) => `arn:${partition}:ec2:us-east-1:${account}:instance/i-0000000000000probe`,
  },
]

export interface RolePowers {
  readonly held: readonly { readonly power: Power; readonly at: Evidence | undefined }[]
  /** Why it may hold more. */
  readonly unread: UnreadFact | undefined
}

const known = perWorld((_world: object) => new Map<string, RolePowers>())

/** What a role may do to things that nobody named. Asked in us-east-1, so a policy that is limited to other regions holds none. */
export function powersOf(world: RoleMayReader, role: Resource<'aws/iam/Role'>): RolePowers {
  const found = known(world).get(role.id) ?? powersOfCaller(world, callerOf(world, role), role)
  known(world).set(role.id, found)
  return found
}

/** The same of a user, or of a role with other policies than it has. */
export function powersOfCaller(
  world: RoleMayReader,
  caller: Caller,
  owner: Resource<'aws/iam/Role'> | Resource<'aws/iam/User'>,
): RolePowers {
  const { partition = 'aws', account = '' } = parseArn(owner.id) ?? {}
  let unread: UnreadFact | undefined
  const held = powers.flatMap(power => {
    const may = callerMay(world, caller, owner, { action: power.action, resource: power.resource(partition, account) })
    if (may.answer === 'unknown') unread ??= may.fact
    return may.answer === 'yes' ? [{ power, at: may.at }] : []
  })
  return { held, unread }
}

/** Whether any session of the role may do everything: what no service offers, and what only administrators may. */
export function isAdministrator(world: RoleMayReader, role: Resource<'aws/iam/Role'>): boolean {
  const { partition = 'aws', account = '' } = parseArn(role.id) ?? {}
  const context = { 'aws:RequestedRegion': 'us-east-1' }
  const probes = [
    { action: 'mortise-probe:Anything', resource: '*', context },
    { action: 'iam:CreateAccessKey', resource: `arn:${partition}:iam::${account}:user/${stranger}`, context },
    { action: 'iam:PutRolePolicy', resource: `arn:${partition}:iam::${account}:role/${stranger}`, context },
  ]
  return probes.every(probe => roleMay(world, role, probe).answer === 'yes')
}

/** `read every secret and read every bucket`; of many the first two. */
export function powersText({ held }: RolePowers): string {
  const texts = held.map(({ power }) => power.text)
  return texts.length > 2 ? `${texts.slice(0, 2).join(', ')} and ${texts.length - 2} more` : texts.join(' and ')
}
