import { Unread, type UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { Context } from '#iam/request.ts'
import { principalAccount } from '#iam/question.ts'
import type { AccessReader } from '#joints/access.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { judgeNeed, type JudgedNeed } from '../irsa/need.ts'
import type { Asker, Read } from './reads.ts'

export type Key = Resource<'aws/kms/Key'>

/** The key that something stored names: an ARN, an id, or an alias; undefined for the key of AWS's own that every service has in each account. */
export const namedKey = (stored: Read['stored']): string | undefined => {
  const name = stored.kind === 'aws/secretsmanager/Secret' ? stored.body.KmsKeyId : parameterKey(stored)
  return name === undefined || /(?:^|:)alias\/aws\//.test(name) ? undefined : name
}

const parameterKey = ({ body }: Resource<'aws/ssm/Parameter'>): string | undefined =>
  body.Type === 'SecureString' ? body.KeyId : undefined

/**
 * The ARN of the key. Secrets name it by ARN, by id or by alias; it is of the account and region of what it encrypts unless an ARN says otherwise.
 * @throws Unread when an alias stands for a key that was not read
 */
export function keyArn(world: Reader<'aws/kms/Key'>, stored: Read['stored'], name: string): string {
  if (name.includes(':key/')) return name
  const { partition = 'aws', region = '', account = '' } = parseArn(stored.id) ?? {}
  const start = `arn:${partition}:kms:${region}:${account}:`
  if (!name.includes('alias/')) return `${start}key/${name}`
  const alias = name.startsWith('arn:') ? name : `${start}${name}`
  const found = world.where('aws/kms/Key', 'alias', alias, { account: alias.split(':')[4] ?? account, region })[0]
  if (found !== undefined) return found.id
  throw new Unread({
    kind: 'aws/kms/Key',
    id: alias,
    reason: 'no key that was read has this alias',
    settle: { by: 'iam', action: 'kms:ListAliases' },
  })
}

export interface KeyUse {
  readonly read: Read
  readonly arn: string
  readonly judged: JudgedNeed
}

/** What decrypting takes of the key of something that may be read. What nobody could tell is a fact. */
export function keyUse(world: AccessReader, asker: Asker, read: Read): KeyUse | UnreadFact | undefined {
  const name = namedKey(read.stored)
  if (name === undefined || read.judged.is === 'denied') return undefined
  try {
    const arn = keyArn(world, read.stored, name)
    const need = { action: 'kms:Decrypt', resource: arn, by: 'policy' as const, context: decryptContext(read, asker) }
    return { read, arn, judged: judgeNeed(world, asker.caller, need) }
  } catch (error) {
    if (error instanceof Unread) return error.fact
    throw error
  }
}

/**
 * The service calls KMS in the name of the role, with what it encrypts as encryption context: `SecretARN` and `SecretVersionId`, or `PARAMETER_ARN`.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
 */
export function decryptContext({ stored, wanted }: Pick<Read, 'stored' | 'wanted'>, { caller }: Pick<Asker, 'caller'>): Context {
  const { region = '', partition = 'aws' } = parseArn(stored.id) ?? {}
  const isSecret = wanted.object.type === 'secretsmanager'
  const service = isSecret ? 'secretsmanager' : 'ssm'
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  const encryption: Context = isSecret
    ? { 'kms:EncryptionContext:SecretARN': stored.id, 'kms:EncryptionContextKeys': ['SecretARN', 'SecretVersionId'] }
    : { 'kms:EncryptionContext:PARAMETER_ARN': stored.id, 'kms:EncryptionContextKeys': ['PARAMETER_ARN'] }
  return {
    'aws:ViaAWSService': 'true',
    'aws:CalledVia': [`${service}.amazonaws.com`],
    'aws:CalledViaFirst': `${service}.amazonaws.com`,
    'aws:CalledViaLast': `${service}.amazonaws.com`,
    'aws:SourceVpce': null,
    'kms:CallerAccount': principalAccount(caller.principal) ?? '',
    'kms:ViaService': `${service}.${region}.${domain}`,
    ...encryption,
    'kms:GrantIsForAWSResource': null,
  }
}
