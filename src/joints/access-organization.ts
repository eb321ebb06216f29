import type { UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { Policies } from '#iam/decide.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { documentLayer, joinLayers, tried, unreadLayer, wholeLayer, type PlacedLayer } from './access-documents.ts'
import { perWorld } from './per-world.ts'

export type OrganizationReader = Reader<'aws/organizations/Organization' | 'aws/organizations/Policy' | 'aws/organizations/Target'>

/** What an organization says about one of its accounts. */
export type AccountGuardrails =
  /** It belongs to none. */
  | { readonly is: 'none' }
  /** Nobody could tell. */
  | { readonly is: 'unread'; readonly fact: UnreadFact }
  | {
      readonly is: 'member'
      readonly organizationId: string | undefined
      /** `o-…/r-…/ou-…/`, as aws:PrincipalOrgPaths has it. */
      readonly path: string | undefined
      readonly isManagement: boolean | undefined
      /** Root first; undefined where policies of the type are switched off. */
      readonly serviceControl: readonly PlacedLayer[] | undefined
      readonly resourceControl: readonly PlacedLayer[] | undefined
    }

const known = perWorld((_world: object) => new Map<string, AccountGuardrails>())

/** The guardrails over an account, from the organization's root down to it. An organization that was not read is unknown, never absent. */
export function guardrailsOf(world: OrganizationReader, account: string): AccountGuardrails {
  const found = known(world).get(account) ?? readGuardrails(world, account)
  known(world).set(account, found)
  return found
}

/**
 * The resource control policies over the account of an ARN, as the engine takes them. They bind no resource of the management account.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
 */
export function resourceControlOver(world: OrganizationReader, arn: string): Pick<Policies, 'resourceControl'> {
  const guardrails = guardrailsOf(world, arn.split(':')[4] ?? '')
  if (guardrails.is === 'unread') return { resourceControl: 'unread' }
  if (guardrails.is === 'none' || guardrails.resourceControl === undefined || guardrails.isManagement === true) return {}
  return { resourceControl: guardrails.isManagement === undefined ? 'unread' : guardrails.resourceControl.map(wholeLayer) }
}

/** Why they were not read, when they were not. */
export function unreadResourceControl(world: OrganizationReader, arn: string): UnreadFact | undefined {
  const guardrails = guardrailsOf(world, arn.split(':')[4] ?? '')
  if (guardrails.is === 'unread') return guardrails.fact
  if (guardrails.is === 'none' || guardrails.resourceControl === undefined) return undefined
  return guardrails.isManagement === undefined ? unknownManagement : guardrails.resourceControl.flatMap(level => level.unread)[0]
}

const unknownManagement: UnreadFact = {
  kind: 'aws/organizations/Organization',
  reason: 'whether the account manages its organization was not read, and no resource control policy binds one that does',
  settle: { by: 'iam', action: 'organizations:DescribeOrganization' },
}

type Target = Resource<'aws/organizations/Target'>

function readGuardrails(world: OrganizationReader, account: string): AccountGuardrails {
  const target = tried(() => world.find('aws/organizations/Target', account, { account }))
  if (target.is === 'read' && target.value !== undefined) return memberOf(world, target.value)
  const organizations = tried(() => world.list('aws/organizations/Organization', { account }))
  const isAlone =
    organizations.is === 'read' && organizations.value.length === 0 && world.seen('aws/organizations/Organization').length === 0
  if (isAlone) return { is: 'none' }
  if (target.is === 'unread') return { is: 'unread', fact: target.fact }
  return { is: 'unread', fact: outside(account) }
}

const outside = (account: string): UnreadFact => ({
  kind: 'aws/organizations/Target',
  id: account,
  reason: 'the account is in no organization that was read',
  settle: { by: 'user', step: 'read the management account, or a delegated administrator, with --profile or --assume-role' },
})

function memberOf(world: OrganizationReader, account: Target): AccountGuardrails {
  const climbed = climb(world, account)
  const { targets } = climbed
  const organizations = world.seen('aws/organizations/Organization')
  const arn = targets.find(target => target.body.OrganizationArn !== undefined)?.body.OrganizationArn
  const organization = organizations.find(candidate => candidate.id === arn) ?? (organizations.length === 1 ? organizations[0] : undefined)
  const organizationId = organization?.body.Id ?? arn?.split('/').at(-1)
  // The ARN of an organization is in its management account. https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
  const master = organization?.body.MasterAccountId ?? (arn === undefined ? undefined : parseArn(arn)?.account)
  const units = targets.filter(target => target.body.Type !== 'ACCOUNT').map(target => `${target.body.Id}/`)
  const isWhole = climbed.unread === undefined && organizationId !== undefined
  return {
    is: 'member',
    organizationId,
    path: isWhole ? `${organizationId}/${units.join('')}` : undefined,
    isManagement: master === undefined ? undefined : master === account.body.Id,
    serviceControl: levels(world, climbed, 'ServiceControlPolicies'),
    resourceControl: levels(world, climbed, 'ResourceControlPolicies'),
  }
}

interface Climbed {
  /** Root first. */
  readonly targets: readonly Target[]
  readonly unread?: UnreadFact
}

/** From the account up to the root. An organization is five units deep at most; a circle is a broken input. */
function climb(world: OrganizationReader, account: Target): Climbed {
  const targets: Target[] = [account]
  for (let at = account; at.body.ParentId !== undefined;) {
    const id = at.body.ParentId
    if (targets.some(target => target.body.Id === id))
      return { targets, unread: { kind: 'aws/organizations/Target', id, reason: 'the units of the organization stand in each other' } }
    const parent = tried(() => world.find('aws/organizations/Target', id, account.scope))
    if (parent.is === 'unread') return { targets, unread: parent.fact }
    if (parent.value === undefined)
      return { targets, unread: { kind: 'aws/organizations/Target', id, reason: 'a parent of the account was not read' } }
    targets.unshift(parent.value)
    at = parent.value
  }
  const isRooted = targets[0]?.body.Type === 'ROOT'
  return isRooted
    ? { targets }
    : { targets, unread: { kind: 'aws/organizations/Target', id: targets[0]?.body.Id ?? '', reason: 'what it stands in was not read' } }
}

type PolicyList = 'ServiceControlPolicies' | 'ResourceControlPolicies'

/** One layer a level; one more, not read, for what lies above the part that was. */
function levels(world: OrganizationReader, { targets, unread }: Climbed, list: PolicyList): readonly PlacedLayer[] | undefined {
  // AWS keeps at least one policy on every target while the type is switched on.
  if (targets.every(target => target.body[list]?.length === 0)) return undefined
  const found = targets.map(target => level(world, target, list))
  return unread === undefined ? found : [unreadLayer(unread), ...found]
}

function level(world: OrganizationReader, target: Target, list: PolicyList): PlacedLayer {
  const ids = target.body[list]
  if (ids === undefined) {
    const reason = `which ${list === 'ServiceControlPolicies' ? 'service' : 'resource'} control policies are attached`
    return unreadLayer({
      kind: 'aws/organizations/Target',
      id: target.id,
      reason,
      settle: { by: 'iam', action: 'organizations:ListPoliciesForTarget' },
    })
  }
  return joinLayers(...ids.map(id => organizationPolicy(world, target, id, list)))
}

function organizationPolicy(world: OrganizationReader, target: Target, id: string, list: PolicyList): PlacedLayer {
  const found = tried(() => world.find('aws/organizations/Policy', id, target.scope))
  const unread: UnreadFact = {
    kind: 'aws/organizations/Policy',
    id,
    reason: 'its content was not read',
    settle: { by: 'iam', action: 'organizations:DescribePolicy' },
  }
  if (found.is === 'unread') return unreadLayer(found.fact)
  if (found.value === undefined) return unreadLayer(unread)
  const [kind, title] =
    list === 'ServiceControlPolicies'
      ? (['serviceControl', 'service control policy'] as const)
      : (['resourceControl', 'resource control policy'] as const)
  return documentLayer(
    found.value,
    ['Content'],
    found.value.body.Content,
    kind,
    `${title} ${found.value.body.Name ?? id} on ${target.body.Id}`,
    unread,
  )
}
