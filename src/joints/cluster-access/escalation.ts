import { Unread, type UnreadFact } from '#base/errors.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip, unknown, type Severity, type Verdict } from '#model/verdict.ts'
import { bearerKinds, bearerText, lettingIn, type Bearer, type BearerReader } from './role-bearers.ts'
import { callerOf, mentions, roleMay, roleMayKinds, type Asked, type May, type RoleMayReader } from './role-may.ts'
import { powersOf, type Power, type RolePowers } from './role-powers.ts'

export type Role = Resource<'aws/iam/Role'>
export type EscalationReader = BearerReader & RoleMayReader

export const escalationKinds = [...bearerKinds, ...roleMayKinds] as const

/** One end that a role reaches by one way. */
export interface Escalation {
  /** `role admin, which may read every secret`. */
  readonly to: string
  /** The steps, in order. */
  readonly evidence: readonly Evidence[]
  readonly severity?: Severity
}

/** What is found so far, and the first thing that kept from finding more. */
export interface Search {
  readonly found: Escalation[]
  doubt: UnreadFact | undefined
}

export interface Saying {
  readonly way: string
  readonly effect: string
  readonly help: string
}

/**
 * One finding per role that pods get, with everything that it reaches by one way. Only what every policy layer allows counts; what depends on a policy
 * that was not read, an organisation's included, is unknown.
 * @param look adds to what is found; it may say why what it found is not told here
 */
export function escalationVerdict(
  world: EscalationReader,
  role: Role,
  say: Saying,
  look: (search: Search, bearer: Bearer) => string | undefined,
): Verdict {
  const bearers = lettingIn(world, role)
  const [bearer] = bearers
  if (bearer === undefined) return skip('no service account that was read gets the role')
  // A Deny may stand in what was not read, so nothing would be sure to be allowed.
  const [unread] = callerOf(world, role).identity.unread
  if (unread !== undefined) return unknown(unread)
  const search: Search = { found: [], doubt: undefined }
  const told = look(search, bearer)
  const [first, ...others] = search.found
  if (first === undefined && told !== undefined) return skip(told)
  if (first === undefined)
    return search.doubt === undefined ? pass(bearer.at, role.at(['Arn'], 'its policies allow no such way')) : unknown(search.doubt)
  const [at = bearer.at, ...rest] = first.evidence
  const more =
    others.length === 0
      ? ''
      : others.length === 1
        ? ` and ${others[0]?.to ?? ''}`
        : `, ${others[0]?.to ?? ''} and ${others.length - 1} more`
  return fail({
    message: `${bearerText(bearer)} gets role ${role.body.RoleName}, which ${say.way} ${first.to}${more}`,
    evidence: [at, ...rest, bearer.at],
    effect: say.effect,
    help: say.help,
    ...(first.severity === undefined ? {} : { severity: first.severity }),
  })
}

export type Yes = Extract<May, { answer: 'yes' }>

/** Asks, and remembers why an answer is open. */
export function may(world: RoleMayReader, search: Search, role: Role, asked: Asked): Yes | undefined {
  const answer = roleMay(world, role, asked)
  if (answer.answer === 'unknown') search.doubt ??= answer.fact
  return answer.answer === 'yes' ? answer : undefined
}

/** Asks for several things that are needed together: what is surely not allowed leaves no doubt about the rest. */
export function mayAll(world: RoleMayReader, search: Search, role: Role, asked: readonly Asked[]): readonly Yes[] | undefined {
  const answers = asked.map(each => roleMay(world, role, each))
  if (answers.some(({ answer }) => answer === 'no')) return undefined
  const open = answers.find(answer => answer.answer === 'unknown')
  if (open?.answer === 'unknown') search.doubt ??= open.fact
  return open === undefined ? answers.filter(answer => answer.answer === 'yes') : undefined
}

/**
 * May the role pass another to a service? Which name iam:PassedToService carries is documented for few calls, so it counts for certain only what is the
 * same for every name that it may be. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_passedtoservice
 */
export function mayPass(world: RoleMayReader, search: Search, role: Role, other: Role, services: readonly string[]): Yes | undefined {
  const answers = services.map(service =>
    roleMay(world, role, { action: 'iam:PassRole', resource: other.id, context: { 'iam:PassedToService': service } }),
  )
  const [first] = answers
  if (first?.answer === 'yes' && answers.every(({ answer }) => answer === 'yes')) return first
  const open = answers.find(answer => answer.answer === 'unknown')
  if (open?.answer === 'unknown') search.doubt ??= open.fact
  else if (answers.some(({ answer }) => answer === 'yes')) {
    search.doubt ??= {
      kind: role.kind,
      id: role.id,
      reason: 'what its policies allow depends on the name under which iam:PassedToService knows EKS',
      settle: { by: 'user', step: 'try it with aws eks, or name the service and its alternatives in the policy' },
    }
  }
  return undefined
}

/** Runs what may turn out unread; it then says nothing, and the search is not complete. */
export function within<T>(search: Search, ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    if (!(error instanceof Unread)) throw error
    search.doubt ??= error.fact
    return undefined
  }
}

/** Where the answers come from; what one statement allows is said once. */
export function placesOf(...answers: readonly { readonly at: Evidence | undefined }[]): readonly Evidence[] {
  const byPlace = Map.groupBy(
    answers.flatMap(({ at }) => at ?? []),
    ({ resource, path }) => `${resource.id}\n${path.join('/')}`,
  )
  return [...byPlace.values()].flatMap(([first, ...others]) => {
    const action = (label: string) => label.replace(/^this allows /, '')
    const more = [...new Set(others.map(({ label }) => action(label)))].filter(each => first !== undefined && each !== action(first.label))
    return first === undefined ? [] : [{ ...first, label: [first.label, ...more].join(' and ') }]
  })
}

const rolesByAccount = perWorld((world: RoleMayReader) => Map.groupBy(world.seen('aws/iam/Role'), ({ id }) => accountOf(id)))

const accountOf = (arn: string): string => arn.split(':')[4] ?? ''

/** Other roles of the role's account. Where its policies speak of the action, roles that were not read may be within reach. */
export function rolesBeside(world: RoleMayReader, search: Search, role: Role, action: string): readonly Role[] {
  doubtRolesBeside(world, search, role, action)
  return (rolesByAccount(world).get(accountOf(role.id)) ?? []).filter(other => other.id !== role.id)
}

/** The same for whoever finds the roles in another way. */
export function doubtRolesBeside(world: RoleMayReader, search: Search, role: Role, action: string): void {
  if (mentions(callerOf(world, role).identity, action)) within(search, () => world.list('aws/iam/Role', { account: accountOf(role.id) }))
}

/** What another role may do that this one may not. */
export function gain(world: RoleMayReader, role: Role, other: Role): readonly Power[] {
  const own = new Set(powersOf(world, role).held.map(({ power }) => power.id))
  return powersOf(world, other).held.flatMap(({ power }) => (own.has(power.id) ? [] : [power]))
}

/** What these powers have that the role has not. Where nothing is seen, more may have been left unread. */
export function gainOf(world: RoleMayReader, search: Search, role: Role, then: RolePowers): readonly Power[] {
  const own = new Set(powersOf(world, role).held.map(({ power }) => power.id))
  const gained = then.held.flatMap(({ power }) => (own.has(power.id) ? [] : [power]))
  if (gained.length === 0) search.doubt ??= then.unread
  return gained
}

/** `read every secret and more`. */
export const gainText = (gained: readonly Power[]): string => `${gained[0]?.text ?? ''}${gained.length > 1 ? ' and more' : ''}`

/** `role admin, which may read every secret`. */
export const roleWithGain = (other: Role, gained: readonly Power[]): string =>
  `role ${other.body.RoleName}${gained[0] === undefined ? '' : `, which may ${gained[0].text}${gained.length > 1 ? ' and more' : ''}`}`

/** The clusters of the role's account. Where none was read, there may be some. */
export function clustersBeside(world: BearerReader, search: Search, role: Role): readonly Resource<'aws/eks/Cluster'>[] {
  const account = role.id.split(':')[4] ?? ''
  const seen = world.seen('aws/eks/Cluster').filter(({ id }) => id.split(':')[4] === account)
  return seen.length > 0 ? seen : (within(search, () => world.list('aws/eks/Cluster', { account })) ?? [])
}
