import { Unread } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import type { KeyUse } from '#joints/key-fault.ts'
import type { Evidence } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Parameter, Secret } from './stored.ts'

const keysByAlias = perWorld(
  (world: Reader<'aws/kms/Key'>) =>
    new Map(
      world
        .seen('aws/kms/Key')
        .flatMap(key => (key.body.Aliases ?? []).flatMap(({ AliasArn }) => (AliasArn === undefined ? [] : [[AliasArn, key] as const]))),
    ),
)

/** The key that something stored names: an ARN, an id, or an alias; undefined for the key of AWS's own that every service has in each account. */
export const namedKey = (stored: Secret | Parameter): string | undefined => {
  const name = stored.kind === 'aws/secretsmanager/Secret' ? stored.body.KmsKeyId : parameterKey(stored)
  return name === undefined || /(?:^|:)alias\/aws\//.test(name) ? undefined : name
}

/** Where it names the key. */
export const keyNameEvidence = (stored: Secret | Parameter, label: string): Evidence =>
  stored.at([stored.kind === 'aws/ssm/Parameter' ? 'KeyId' : 'KmsKeyId'], label)

/** What a key does here, for whoever it fails. */
export const ofSecrets: KeyUse = {
  afterDeletion: 'nothing brings back what it encrypts.',
  asymmetric: { label: 'only a symmetric key encrypts secrets', help: 'Encrypt the secret with a symmetric key.' },
}

const parameterKey = ({ body }: Resource<'aws/ssm/Parameter'>): string | undefined =>
  body.Type === 'SecureString' ? body.KeyId : undefined

/**
 * The ARN of the key. Secrets name it by ARN, by id or by alias; it is of the account and region of what it encrypts unless an ARN says otherwise.
 * @throws Unread when an alias stands for a key that was not read
 */
export function keyArn(world: Reader<'aws/kms/Key'>, stored: Secret | Parameter, name: string): string {
  if (name.includes(':key/')) return name
  const { partition = 'aws', region = '', account = '' } = parseArn(stored.id) ?? {}
  const start = `arn:${partition}:kms:${region}:${account}:`
  if (!name.includes('alias/')) return `${start}key/${name}`
  const alias = name.startsWith('arn:') ? name : `${start}${name}`
  const found = keysByAlias(world).get(alias)
  if (found !== undefined) return found.id
  throw new Unread({
    kind: 'aws/kms/Key',
    id: alias,
    reason: 'no key that was read has this alias',
    settle: { by: 'iam', action: 'kms:ListAliases' },
  })
}
