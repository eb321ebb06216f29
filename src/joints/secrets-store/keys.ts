import { Unread, type UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { Context } from '#iam/request.ts'
import { principalAccount } from '#iam/question.ts'
import type { AccessReader } from '#joints/access.ts'
import type { Resource } from '#model/resource.ts'
import type { Fail } from '#model/verdict.ts'
import { judgeNeed, type JudgedNeed } from '../irsa/need.ts'
import { grantingFix, resourceFix } from '../irsa/permission-fix.ts'
import { decryptOf } from './least-privilege.ts'
import type { Asker, JudgedRead } from './reads.ts'
import { keyArn, namedKey } from './stored-key.ts'

export type Key = Resource<'aws/kms/Key'>

export interface KeyUse<Read extends JudgedRead> {
  readonly read: Read
  readonly arn: string
  readonly judged: JudgedNeed
}

/** What decrypting takes of the key of something that may be read. What nobody could tell is a fact. */
export function keyUse<Read extends JudgedRead>(world: AccessReader, asker: Asker, read: Read): KeyUse<Read> | UnreadFact | undefined {
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

/** `key 1234abcd-…`. */
export const keyText = (arn: string): string => `key ${arn.slice(arn.lastIndexOf('/') + 1)}`

/**
 * What lets a role decrypt with keys that it may not use.
 * @param policy the name of the role's policy that says so, where it has none yet
 */
export function decryptRemedy(
  role: Resource<'aws/iam/Role'>,
  denied: readonly [KeyUse<JudgedRead>, ...KeyUse<JudgedRead>[]],
  policy: string,
): Pick<Fail, 'fix' | 'help'> {
  const [first] = denied
  const needs = denied.map(({ judged }) => judged)
  const title = `let role ${role.body.RoleName} decrypt with ${keyText(first.arn)}`
  const statements = denied.map(({ read, arn }) => decryptOf(read, arn))
  const fix = first.judged.cause === 'role' ? grantingFix(role, needs, policy, title, statements) : resourceFix(role, needs, title)
  if (fix !== undefined) return { fix }
  return {
    help: 'Allow kms:Decrypt to the role in the key policy; in the role too, where the key policy only delegates to the account or is of another one.',
  }
}

/**
 * The service calls KMS in the name of the role, with what it encrypts as encryption context: `SecretARN` and `SecretVersionId`, or `PARAMETER_ARN`.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
 */
export function decryptContext({ stored }: Pick<JudgedRead, 'stored'>, { caller }: Pick<Asker, 'caller'>): Context {
  const { region = '', partition = 'aws' } = parseArn(stored.id) ?? {}
  const isSecret = stored.kind === 'aws/secretsmanager/Secret'
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
