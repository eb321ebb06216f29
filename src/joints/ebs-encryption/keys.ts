import { Unread } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { ebsDriverOf, keyParameter, type ClassReader } from './classes.ts'
import type { EbsDriver } from './drivers.ts'
import { clusterOf, homeOf, type Home } from './home.ts'
import { handleOf, volumeOf, volumeText, type VolumeReader } from './volumes.ts'

export type Key = Resource<'aws/kms/Key'>
export type KeyReader = Reader<'aws/kms/Key'>

const keyId = String.raw`(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})`
const aliasName = String.raw`alias/[\w/-]{1,250}`
const arnStart = String.raw`arn:[\w-]+:kms:([a-z0-9-]+):(\d{12}):`

/** How a key may be named to EC2. */
export type KeyName =
  | { readonly is: 'key'; readonly arn: string }
  | { readonly is: 'alias'; readonly arn: string }
  | { readonly is: 'malformed' }

/**
 * The four spellings that EC2 takes: an id, an alias, and the ARN of either.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html
 */
export function parseKeyName(text: string, { partition, region, account }: Omit<Home, 'cluster'>): KeyName {
  const here = `arn:${partition}:kms:${region}:${account}:`
  if (new RegExp(`^${arnStart}key/${keyId}$`).test(text)) return { is: 'key', arn: text }
  if (new RegExp(`^${arnStart}${aliasName}$`).test(text)) return { is: 'alias', arn: text }
  if (new RegExp(`^${keyId}$`).test(text)) return { is: 'key', arn: `${here}key/${text}` }
  if (new RegExp(`^${aliasName}$`).test(text)) return { is: 'alias', arn: `${here}${text}` }
  return { is: 'malformed' }
}

/**
 * The key that a name stands for; undefined when there is none of that name.
 * @throws Unread when the key, or which key an alias stands for, was not read
 */
export function keyNamed(world: KeyReader, name: Exclude<KeyName, { readonly is: 'malformed' }>): Key | undefined {
  if (name.is === 'key') return world.find('aws/kms/Key', name.arn)
  const { region = '', account = '' } = parseArn(name.arn) ?? {}
  const within = { account, region }
  const [found] = world.where('aws/kms/Key', 'alias', name.arn, within)
  if (found !== undefined) return found
  const nameless = world.list('aws/kms/Key', within).find(({ body }) => body.Aliases === undefined)
  if (nameless === undefined) return undefined
  throw new Unread({
    kind: 'aws/kms/Key',
    id: nameless.id,
    reason: 'the key was read without its aliases',
    settle: { by: 'iam', action: 'kms:ListAliases' },
  })
}

/** Something of a cluster that needs a key. */
export interface KeyUse {
  readonly cluster: string
  readonly driver: EbsDriver
  /** A class takes the key for volumes to be made, which are attached then; a volume is attached alone. */
  readonly by: 'class' | 'volume'
  /** `StorageClass encrypted`, `volume vol-0abc of shop/data-db-0`. */
  readonly text: string
  readonly volumeId?: string
  at(label: string): Evidence
}

export type KeyUseReader = ClassReader & VolumeReader & KeyReader & Reader<'k8s/PersistentVolume'>

/** What uses each key, by the ARN of the key, as far as it was read. */
export const keyUses = perWorld((world: KeyUseReader): ReadonlyMap<string, readonly KeyUse[]> => {
  const all = [...classUses(world), ...volumeUses(world)]
  return new Map([...Map.groupBy(all, ({ arn }) => arn)].map(([arn, uses]) => [arn, uses.map(({ use }) => use)]))
})

interface FoundUse {
  readonly arn: string
  readonly use: KeyUse
}

const classUses = (world: KeyUseReader): readonly FoundUse[] =>
  world.seen('k8s/StorageClass').flatMap(storageClass => {
    const [driver, parameter] = [ebsDriverOf(storageClass), keyParameter(storageClass)]
    if (driver === undefined || parameter === undefined) return []
    const cluster = clusterOf(storageClass)
    const arn = readable(() => {
      const name = parseKeyName(parameter.value, homeOf(world, cluster))
      return name.is === 'malformed' ? undefined : name.is === 'key' ? name.arn : keyNamed(world, name)?.id
    })
    if (arn === undefined) return []
    const at = (label: string) => storageClass.at(parameter.path, label)
    return [{ arn, use: { cluster, driver, by: 'class', text: `StorageClass ${storageClass.id}`, at } }]
  })

const volumeUses = (world: KeyUseReader): readonly FoundUse[] =>
  world.seen('k8s/PersistentVolume').flatMap(volume => {
    const handle = handleOf(volume)
    const real = handle === undefined ? undefined : readable(() => volumeOf(world, volume, handle))
    const arn = real?.body.KmsKeyId
    if (handle === undefined || real === undefined || arn === undefined) return []
    const at = (label: string) => real.at(['KmsKeyId'], label)
    const { driver, volumeId } = handle
    return [{ arn, use: { cluster: clusterOf(volume), driver, by: 'volume', text: volumeText(volume, handle), volumeId, at } }]
  })

/** What was not read is told on the chains that run through it. */
function readable<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    if (error instanceof Unread) return undefined
    throw error
  }
}

/**
 * What uses the key. None: nothing does.
 * @throws Unread when nothing is known to, and not everything that could was read
 */
export function usesOf(world: KeyUseReader, key: Key): readonly KeyUse[] {
  const uses = keyUses(world).get(key.id) ?? []
  if (uses.length > 0) return uses
  world.list('k8s/StorageClass')
  world.list('k8s/PersistentVolume')
  world.list('aws/ec2/Volume', key.scope)
  return []
}

export const keyText = ({ body }: Key): string => `key ${body.KeyId}`
/** The last part of the ARN of a key or an alias. */
export const shortKey = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1)
