import { parseArn } from '#iam/arn.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { TakenClass } from './classes.ts'
import type { MountedObject } from './objects.ts'

export type StoredReader = Reader<'aws/secretsmanager/Secret' | 'aws/ssm/Parameter'>
export type Secret = Resource<'aws/secretsmanager/Secret'>
export type Parameter = Resource<'aws/ssm/Parameter'>

/** One object of a class in one region: what the provider asks AWS for. */
export interface Wanted {
  readonly object: MountedObject
  readonly region: string
  readonly isFailover: boolean
  /** As it is asked for: a name, or an ARN. */
  readonly name: string
  readonly version: string | undefined
  readonly label: string | undefined
}

/** Every object in each region: the provider asks both, and a refusal of either ends the mount. */
export const wantedOf = ({ parsed, regions }: TakenClass): readonly Wanted[] =>
  regions.flatMap((region, place) =>
    parsed.objects.map(object => {
      const other = place > 0 ? object.failover : undefined
      return {
        object,
        region,
        isFailover: place > 0,
        name: other?.objectName ?? object.objectName,
        version: other?.objectVersion ?? object.objectVersion,
        label: other?.objectVersionLabel ?? object.objectVersionLabel,
      }
    }),
  )

/** Whose secrets a name without an ARN means: those of the account of whoever asks. */
export interface Home {
  readonly partition: string
  readonly account: string
}

export const homeOf = (roleArn: string): Home | undefined => {
  const arn = parseArn(roleArn)
  return arn === undefined ? undefined : { partition: arn.partition, account: arn.account }
}

/**
 * The secret of a name, of an ARN, or of an ARN without its last six characters; undefined when there is none.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_RequestParameters
 * @throws Unread when it was not read
 */
export function secretOf(world: StoredReader, { name, region }: Pick<Wanted, 'name' | 'region'>, home: Home): Secret | undefined {
  const arn = name.startsWith('arn:') ? name : `arn:${home.partition}:secretsmanager:${region}:${home.account}:secret:${name}`
  const seen = seenSecrets(world).get(arn)
  if (seen !== undefined || world.isGone('aws/secretsmanager/Secret', arn)) return seen
  const within = { account: parseArn(arn)?.account ?? home.account, region: parseArn(arn)?.region ?? region }
  if (arn !== name) return world.where('aws/secretsmanager/Secret', 'name', name, within)[0]
  // Six characters after a hyphen: a whole ARN. What no list of its region has, with whatever six characters, is known not to be there.
  if (/-[A-Za-z0-9]{6}$/.test(name)) return world.find('aws/secretsmanager/Secret', name)
  world.list('aws/secretsmanager/Secret', within)
  return undefined
}

/** By their ARNs, and by those without the last six characters. */
const seenSecrets = perWorld((world: StoredReader): ReadonlyMap<string, Secret> => {
  const all = world.seen('aws/secretsmanager/Secret')
  return new Map([
    ...all.map(secret => [secret.id.replace(/-[A-Za-z0-9]{6}$/, ''), secret] as const),
    ...all.map(secret => [secret.id, secret] as const),
  ])
})

/** The ARN of a parameter: its name without the slash before it, and without a version or label after a colon. */
export function parameterArn({ name, region }: Pick<Wanted, 'name' | 'region'>, { partition, account }: Home): string {
  if (name.startsWith('arn:')) return name.split(':').slice(0, 6).join(':')
  return `arn:${partition}:ssm:${region}:${account}:parameter/${(name.split(':')[0] ?? '').replace(/^\//, '')}`
}

/** @throws Unread when it was not read */
export const parameterOf = (world: StoredReader, wanted: Pick<Wanted, 'name' | 'region'>, home: Home): Parameter | undefined =>
  world.find('aws/ssm/Parameter', parameterArn(wanted, home))
