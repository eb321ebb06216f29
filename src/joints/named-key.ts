import { Unread, UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

type Key = Resource<'aws/kms/Key'>

/**
 * The key that a blueprint names, as `alias/NAME` or an ARN, in the account and region of a cluster. Mortise makes no keys: they cost, are deleted only
 * after a week, and take with them what they encrypt.
 * @throws Unread when the keys were not read, UserError when there is none of that name, or it cannot encrypt now
 */
export function namedKey(world: Reader<'aws/kms/Key'>, cluster: Resource<'aws/eks/Cluster'>, name: string, where: string): Key {
  const [, partition = 'aws', , region = '', account = ''] = cluster.id.split(':')
  const within = { account, region }
  const arn = name.startsWith('arn:') ? name : `arn:${partition}:kms:${region}:${account}:${name}`
  const key = arn.includes(':key/') ? world.find('aws/kms/Key', arn) : world.where('aws/kms/Key', 'alias', arn, within)[0]
  if (key !== undefined) return usable(key, name, where)
  const keys = world.list('aws/kms/Key', within)
  const nameless = keys.find(({ body }) => body.Aliases === undefined)
  if (nameless !== undefined && !arn.includes(':key/'))
    throw new Unread({
      kind: nameless.kind,
      id: nameless.id,
      reason: 'the key was read without its aliases',
      settle: { by: 'iam', action: 'kms:ListAliases' },
    })
  const aliases = keys.flatMap(({ body }) => body.Aliases ?? []).flatMap(({ AliasName }) => AliasName ?? [])
  const near = nearest(name, aliases)
  throw new UserError('BAD_BLUEPRINT', `there is no key ${name} in ${account}/${region}`, {
    where,
    help: near === undefined ? 'make it first: aws kms create-key, then aws kms create-alias' : `did you mean ${near}?`,
  })
}

function usable(key: Key, name: string, where: string): Key {
  const { KeyState = 'Enabled', KeySpec = 'SYMMETRIC_DEFAULT', KeyManager } = key.body
  const fault =
    KeyState !== 'Enabled'
      ? `is ${KeyState}`
      : KeySpec === 'SYMMETRIC_DEFAULT'
        ? undefined
        : `is of specification ${KeySpec}, and a symmetric one is needed`
  if (fault !== undefined) throw new UserError('BAD_BLUEPRINT', `key ${name} ${fault}`, { where })
  if (KeyManager === 'AWS')
    throw new UserError('BAD_BLUEPRINT', `key ${name} is one that AWS manages: it takes no policy`, {
      where,
      help: 'leave the key out to have it',
    })
  return key
}
