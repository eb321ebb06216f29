import { Unread, type UnreadFact } from '#base/errors.ts'
import type { Context } from '#iam/request.ts'
import type { AccessReader } from '#joints/access.ts'
import type { Mechanism, MechanismReader } from '#joints/access-mechanism.ts'
import type { Caller } from '#joints/access-caller.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import { judgeNeed, type JudgedNeed } from '../irsa/need.ts'
import { objectEvidence, type TakenClass } from './classes.ts'
import {
  homeOf,
  parameterOf,
  secretOf,
  wantedOf,
  type Home,
  type Parameter,
  type Secret,
  type StoredReader,
  type Wanted,
} from './stored.ts'

export type ReadsReader = MechanismReader & AccessReader & StoredReader

/** Something that exists and is asked for, and what the engine says of it. */
export interface JudgedRead {
  readonly stored: Secret | Parameter
  readonly judged: JudgedNeed
}

/** One object of a class in one region, for one volume. */
export interface Read extends JudgedRead {
  readonly taken: TakenClass
  readonly wanted: Wanted
}

/** Whoever the provider asks as. */
export interface Asker {
  readonly mechanism: Mechanism
  readonly caller: Caller
  readonly role: Resource<'aws/iam/Role'>
  readonly home: Home
}

/** The asker, or why there is none; `unknown` when nobody could tell. */
export type AskerState =
  | ({ readonly is: 'asks' } & Asker)
  | { readonly is: 'none'; readonly why: string }
  | { readonly is: 'unknown'; readonly fact: UnreadFact }

/** @throws Unread when the role was not read */
export function askerOf(world: MechanismReader, mechanism: Mechanism | undefined): AskerState {
  if (mechanism === undefined) return { is: 'none', why: 'the provider has no identity for its pods, which other checks tell' }
  const { session, roleArn } = mechanism
  if (session.is === 'refused') return { is: 'none', why: `the provider gets no session: ${session.reason}` }
  if (session.is === 'unknown') return { is: 'unknown', fact: session.fact }
  const role = roleArn === undefined ? undefined : world.find('aws/iam/Role', roleArn)
  const home = roleArn === undefined ? undefined : homeOf(roleArn)
  if (role === undefined || home === undefined) return { is: 'none', why: 'the role does not exist' }
  return { is: 'asks', mechanism, caller: session.caller, role, home }
}

/** What is stored under a name; undefined when there is nothing. @throws Unread when it was not read */
export const storedOf = (world: StoredReader, wanted: Wanted, home: Home): Secret | Parameter | undefined =>
  wanted.object.type === 'secretsmanager' ? secretOf(world, wanted, home) : parameterOf(world, wanted, home)

const readings = perWorld((_world: object) => new Map<TakenClass, Map<string, readonly (Read | UnreadFact)[]>>())

/**
 * Everything that a class takes and that exists, judged for one action on secrets and, when it is reading, ssm:GetParameters on parameters. Worked out once.
 * What nobody could tell stands among them.
 */
export function readsOf(
  world: ReadsReader,
  taken: TakenClass,
  asker: Asker,
  action: 'GetSecretValue' | 'DescribeSecret',
): readonly (Read | UnreadFact)[] {
  const byAction = readings(world).get(taken) ?? new Map<string, readonly (Read | UnreadFact)[]>()
  readings(world).set(taken, byAction)
  const known = byAction.get(action) ?? wantedOf(taken).flatMap(wanted => judgedRead(world, taken, asker, wanted, action))
  byAction.set(action, known)
  return known
}

function judgedRead(world: ReadsReader, taken: TakenClass, asker: Asker, wanted: Wanted, action: string): readonly (Read | UnreadFact)[] {
  const { object } = wanted
  if (object.type === 'ssmparameter' && action !== 'GetSecretValue') return []
  try {
    const stored = storedOf(world, wanted, asker.home)
    if (stored === undefined) return []
    const name = object.type === 'secretsmanager' ? `secretsmanager:${action}` : 'ssm:GetParameters'
    const at = objectEvidence(taken.secretProviderClass, [...object.inner, 'objectName'], 'this is to be mounted')
    const context = action === 'GetSecretValue' ? versionContext(wanted) : undefined
    const need = { action: name, resource: stored.id, by: 'policy' as const, at, ...(context === undefined ? {} : { context }) }
    return [{ taken, wanted, stored, judged: judgeNeed(world, asker.caller, need) }]
  } catch (error) {
    if (error instanceof Unread) return [error.fact]
    throw error
  }
}

/**
 * The provider asks for the version and the label that the class names, else for neither: policies then see AWSCURRENT.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html#awssecretsmanager-secretsmanager_VersionStage
 */
function versionContext({ object, version, label }: Wanted): Context | undefined {
  if (object.type !== 'secretsmanager') return undefined
  return {
    'secretsmanager:VersionId': version ?? null,
    'secretsmanager:VersionStage': label ?? (version === undefined ? 'AWSCURRENT' : { unknown: 'which labels the version has' }),
  }
}

export const isRead = (each: Read | UnreadFact): each is Read => 'judged' in each
