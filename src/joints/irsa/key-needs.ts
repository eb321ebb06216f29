import { Unread, type UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { principalAccount } from '#iam/question.ts'
import type { AccessReader } from '#joints/access.ts'
import type { Resource } from '#model/resource.ts'
import type { JudgedNeed, Need } from './need.ts'

type Secret = Resource<'aws/secretsmanager/Secret'>

/**
 * What reading the secrets takes of the keys that they are encrypted with. Secrets Manager decrypts with the caller's own permissions; AWS's own key for it lets the
 * whole account. https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
export const keysOfSecrets = (world: AccessReader, judged: readonly JudgedNeed[]): readonly (Need | UnreadFact)[] =>
  judged.flatMap<Need | UnreadFact>(({ need, is, answer }) => {
    if (is === 'denied' || need.action.toLowerCase() !== 'secretsmanager:getsecretvalue') return []
    const secret = answer.side.resource as Secret | undefined
    if (secret === undefined) return answer.unread.slice(0, 1)
    const name = secret.body.KmsKeyId
    if (name === undefined || name.endsWith('alias/aws/secretsmanager')) return []
    try {
      const key = keyNamed(world, secret, name)
      return key === undefined ? [] : [keyNeed(secret, key, need, principalAccount(answer.request.principal) ?? '')]
    } catch (error) {
      if (error instanceof Unread) return [error.fact]
      throw error
    }
  })

/** A secret names its key by ARN, by id, or by the ARN or name of an alias. */
function keyNamed(world: AccessReader, secret: Secret, name: string): string | undefined {
  if (name.includes(':key/')) return name
  const { partition = 'aws', region = '', account = '' } = parseArn(secret.id) ?? {}
  const start = `arn:${partition}:kms:${region}:${account}:`
  if (!name.includes('alias/')) return `${start}key/${name}`
  const alias = name.startsWith('arn:') ? name : `${start}${name}`
  return world.where('aws/kms/Key', 'alias', alias, { account: alias.split(':')[4] ?? account, region })[0]?.id
}

function keyNeed(secret: Secret, key: string, { at, by }: Need, account: string): Need {
  const { region = '' } = parseArn(secret.id) ?? {}
  const context = {
    'aws:ViaAWSService': 'true',
    'aws:CalledVia': ['secretsmanager.amazonaws.com'],
    'aws:CalledViaFirst': 'secretsmanager.amazonaws.com',
    'aws:CalledViaLast': 'secretsmanager.amazonaws.com',
    // It is Secrets Manager that calls, not through an endpoint of the cluster's network.
    'aws:SourceVpce': null,
    'kms:CallerAccount': account,
    'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
    'kms:EncryptionContext:SecretARN': secret.id,
    'kms:EncryptionContextKeys': ['SecretARN', 'SecretVersionId'],
    'kms:GrantIsForAWSResource': null,
  }
  return { action: 'kms:Decrypt', resource: key, context, by, secret, ...(at === undefined ? {} : { at }) }
}
