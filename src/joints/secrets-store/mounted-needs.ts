import { Unread, type UnreadFact } from '#base/errors.ts'
import { tried } from '#joints/access-documents.ts'
import type { Reader } from '#model/world.ts'
import { takenClass, type ParsedReader, type TakenClass } from './classes.ts'
import type { MountedArn } from './least-privilege.ts'
import type { SecretMount } from './mounts.ts'
import { keyArn, namedKey } from './stored-key.ts'
import {
  parameterArn,
  parameterOf,
  secretOf,
  wantedOf,
  type Home,
  type Parameter,
  type Secret,
  type StoredReader,
  type Wanted,
} from './stored.ts'

export type NeedsReader = ParsedReader & StoredReader & Reader<'aws/kms/Key'>

/** What mounts take of AWS. */
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
  const needs = new Map<string, MountedArn>()
  const unread: UnreadFact[] = []
  const read = <T>(ask: () => T): T | undefined => {
    try {
      return ask()
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      unread.push(error.fact)
      return undefined
    }
  }
  for (const mount of mounts) {
    const taken: TakenClass | undefined = read(() => takenClass(world, mount))
    for (const wanted of taken === undefined ? [] : wantedOf(taken)) {
      const stored = read(() => storedOf(world, wanted, home))
      const key = stored === undefined ? undefined : read(() => ownKey(world, stored))
      const arn = stored?.id ?? (isSecret(wanted) ? secretPattern(wanted, home) : parameterArn(wanted, home))
      if (stored === undefined && isSecret(wanted)) unread.push(noKey(arn))
      needs.set(arn, { arn, ...(key === undefined ? {} : { keyArn: key }) })
    }
  }
  return { needs: [...needs.values()], unread }
}

const storedOf = (world: StoredReader, wanted: Wanted, home: Home): Secret | Parameter | undefined =>
  isSecret(wanted) ? secretOf(world, wanted, home) : parameterOf(world, wanted, home)

const isSecret = ({ object }: Wanted): boolean => object.type === 'secretsmanager'

/** The ARN of a key that somebody must be let use. Undefined: AWS keeps it, and lets in whoever may read. @throws Unread */
function ownKey(world: NeedsReader, stored: Secret | Parameter): string | undefined {
  const name = namedKey(stored)
  if (name === undefined) return undefined
  const arn = keyArn(world, stored, name)
  const key = tried(() => world.find('aws/kms/Key', arn))
  // Of a key that was not read its ARN is known all the same.
  return key.is === 'read' && key.value?.body.KeyManager === 'AWS' ? undefined : arn
}

const secretPattern = ({ name, region }: Wanted, { partition, account }: Home): string => {
  const arn = name.startsWith('arn:') ? name : `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`
  return name.startsWith('arn:') && /-[A-Za-z0-9]{6}$/.test(name) ? arn : `${arn}-??????`
}

const noKey = (id: string): UnreadFact => ({
  kind: 'aws/secretsmanager/Secret',
  id: id.replace(/-\?{6}$/, ''),
  reason: 'with which key it is encrypted was not read',
  settle: { by: 'iam', action: 'secretsmanager:DescribeSecret', resource: id },
})
