import type { UnreadFact } from '#base/errors.ts'
import { tried } from '#joints/access-documents.ts'
import type { Reader } from '#model/world.ts'
import { takenClass, type ParsedReader } from './classes.ts'
import type { MountedArn } from './least-privilege.ts'
import type { SecretMount } from './mounts.ts'
import { keyArn, namedKey } from './stored-key.ts'
import { parameterArn, parameterOf, secretOf, wantedOf, type Home, type Parameter, type Secret, type StoredReader } from './stored.ts'

export type NeedsReader = ParsedReader & StoredReader & Reader<'aws/kms/Key'>

/** What mounts, or ExternalSecrets, take of AWS. */
export interface MountedNeeds {
  readonly needs: readonly MountedArn[]
  /** Why there may be more. */
  readonly unread: readonly UnreadFact[]
}

/**
 * What the volumes take: of each its class, of that its objects in each region, and of those their ARNs and keys. Names without an ARN are of `home`. Of a secret
 * that is not there, or was not read, the six characters of its ARN stand as `??????`.
 */
export function mountedNeeds(world: NeedsReader, mounts: readonly SecretMount[], home: Home): MountedNeeds {
  const taken = mounts.map(mount => tried(() => takenClass(world, mount)))
  const asked = taken.flatMap(each => (each.is === 'read' && each.value !== undefined ? wantedOf(each.value) : []))
  const { needs, unread } = namedNeeds(
    world,
    asked.map(({ object, name, region }) => ({ isSecret: object.type === 'secretsmanager', name, region })),
    home,
  )
  return { needs, unread: [...taken.flatMap(each => (each.is === 'unread' ? [each.fact] : [])), ...unread] }
}

/** What is asked for by its name, or its ARN, in a region. */
export interface NamedThing {
  readonly isSecret: boolean
  readonly name: string
  readonly region: string
}

/** The ARNs and keys of what is asked for, in the same way. */
export function namedNeeds(world: StoredReader & Reader<'aws/kms/Key'>, things: readonly NamedThing[], home: Home): MountedNeeds {
  const needs = new Map<string, MountedArn>()
  const unread: UnreadFact[] = []
  const read = <T>(ask: () => T): T | undefined => {
    const found = tried(ask)
    if (found.is === 'read') return found.value
    unread.push(found.fact)
    return undefined
  }
  for (const thing of things) {
    const stored = read(() => storedOf(world, thing, home))
    const key = stored === undefined ? undefined : read(() => ownKey(world, stored))
    const arn = stored?.id ?? (thing.isSecret ? secretPattern(thing, home) : parameterArn(thing, home))
    if (stored === undefined && thing.isSecret) unread.push(noKey(arn))
    needs.set(arn, { arn, ...(key === undefined ? {} : { keyArn: key }) })
  }
  return { needs: [...needs.values()], unread }
}

const storedOf = (world: StoredReader, thing: NamedThing, home: Home): Secret | Parameter | undefined =>
  thing.isSecret ? secretOf(world, thing, home) : parameterOf(world, thing, home)

/** The ARN of a key that somebody must be let use. Undefined: AWS keeps it, and lets in whoever may read. @throws Unread */
function ownKey(world: Reader<'aws/kms/Key'>, stored: Secret | Parameter): string | undefined {
  const name = namedKey(stored)
  if (name === undefined) return undefined
  const arn = keyArn(world, stored, name)
  const key = tried(() => world.find('aws/kms/Key', arn))
  // Of a key that was not read its ARN is known all the same.
  return key.is === 'read' && key.value?.body.KeyManager === 'AWS' ? undefined : arn
}

const secretPattern = ({ name, region }: NamedThing, { partition, account }: Home): string => {
  const arn = name.startsWith('arn:') ? name : `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`
  return name.startsWith('arn:') && /-[A-Za-z0-9]{6}$/.test(name) ? arn : `${arn}-??????`
}

const noKey = (id: string): UnreadFact => ({
  kind: 'aws/secretsmanager/Secret',
  id: id.replace(/-\?{6}$/, ''),
  reason: 'with which key it is encrypted was not read',
  settle: { by: 'iam', action: 'secretsmanager:DescribeSecret', resource: id },
})
