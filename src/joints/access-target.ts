import { UserError } from '#base/errors.ts'
import type { Context } from '#iam/request.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { tried } from './access-documents.ts'

/** The resource of a question, and what its name alone adds to the request. */
export interface AccessTarget {
  readonly arn: string
  readonly context: Context
  /** As people call it, where that is not the ARN. */
  readonly alias?: string
}

/**
 * The resource that a text names: an ARN, `*`, or the alias of a KMS key, for which its key stands: aliases are no resources of key policies.
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 * @throws UserError when the text is none of these, or no key has the alias
 */
export function targetNamed(world: Reader<'aws/kms/Key'>, text: string): AccessTarget {
  if (text === '*') return { arn: text, context: {} }
  const alias = /^(?:arn:[^:]*:kms:[^:]*:\d{12}:)?(alias\/.+)$/.exec(text)?.[1]
  if (alias !== undefined) return ofAlias(world, text, alias)
  if (/^arn:[^:]*:[^:]+:[^:]*:[^:]*:./.test(text)) return { arn: text, context: keyContext(world, text) }
  throw new UserError('UNKNOWN_RESOURCE', `${text} is neither an ARN nor the alias of a key`, {
    help: 'give an ARN, alias/<name>, or "*" for an action that takes no resource',
  })
}

/** Operations on aliases, which are asked about the alias and about its key. */
const aliasOperations = new Set(['kms:createalias', 'kms:updatealias', 'kms:deletealias'])

/** What a question is about: one target, or of an operation on an alias the alias and its key, as far as they are known. */
export interface AccessTargets {
  readonly targets: readonly AccessTarget[]
  readonly warnings: readonly string[]
}

/**
 * As `targetNamed`, for an action. Whoever makes, moves or deletes an alias needs the permission on the alias, which has no policy of its own, and on its key.
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html
 */
export function targetsNamed(world: Reader<'aws/kms/Key'>, text: string, action: string): AccessTargets {
  if (!aliasOperations.has(action.toLowerCase())) return { targets: [targetNamed(world, text)], warnings: [] }
  const moved = /:updatealias$/i.test(action)
    ? [`${action} also needs permission on the key that the alias moves to: ask about it as well`]
    : []
  const alias = /^(?:arn:[^:]*:kms:[^:]*:\d{12}:)?(alias\/.+)$/.exec(text)?.[1]
  if (alias === undefined)
    return {
      targets: [targetNamed(world, text)],
      warnings: [`${action} also needs permission on the alias: ask about it as well`, ...moved],
    }
  const key = aliasKey(world, text, alias)
  if (key === undefined) {
    if (!text.startsWith('arn:')) ofAlias(world, text, alias)
    return {
      targets: [{ arn: text, context: {} }],
      warnings: [`no key that was read has ${alias}: ${action} also needs permission on its key`, ...moved],
    }
  }
  const arn = text.startsWith('arn:') ? text : (key.body.Aliases ?? []).find(({ AliasName }) => AliasName === alias)?.AliasArn
  const onAlias = arn === undefined ? [] : [{ arn, context: {} }]
  return { targets: [...onAlias, { arn: key.id, context: keyContext(world, key.id) }], warnings: moved }
}

/** @throws UserError when several keys have it */
function aliasKey(world: Reader<'aws/kms/Key'>, text: string, alias: string): Key | undefined {
  const isThere = world
    .seen('aws/kms/Key')
    .some(key => (key.body.Aliases ?? []).some(each => each.AliasArn === text || each.AliasName === alias))
  if (!isThere) return undefined
  const { arn } = ofAlias(world, text, alias)
  return world.seen('aws/kms/Key').find(({ id }) => id === arn)
}

type Key = Resource<'aws/kms/Key'>

const aliasesOf = ({ body }: Key): readonly string[] => (body.Aliases ?? []).flatMap(({ AliasName }) => AliasName ?? [])

function ofAlias(world: Reader<'aws/kms/Key'>, text: string, alias: string): AccessTarget {
  const isArn = text.startsWith('arn:')
  const keys = world
    .seen('aws/kms/Key')
    .filter(key => (key.body.Aliases ?? []).some(({ AliasName, AliasArn }) => (isArn ? AliasArn === text : AliasName === alias)))
  const [key, ...others] = keys
  if (others.length > 0)
    throw new UserError(
      'AMBIGUOUS_ALIAS',
      `several keys have ${alias}: ${keys
        .map(({ id }) => id)
        .slice(0, 5)
        .join(', ')}`,
      { help: 'give the ARN of the alias or of the key' },
    )
  if (key !== undefined) return { arn: key.id, context: { ...keyContext(world, key.id), 'kms:RequestAlias': alias }, alias }
  const listed = tried(() => world.list('aws/kms/Key'))
  const why = listed.is === 'unread' ? `: ${listed.fact.reason}` : ''
  throw new UserError('NO_SUCH_ALIAS', `no key that was read has ${alias}${why}`, {
    help: 'give the ARN of the key, or read the account that has it',
  })
}

/** Every request about a key carries all its aliases. */
function keyContext(world: Reader<'aws/kms/Key'>, arn: string): Context {
  const key = world.seen('aws/kms/Key').find(({ id }) => id === arn)
  return key?.body.Aliases === undefined ? {} : { 'kms:ResourceAliases': aliasesOf(key) }
}
