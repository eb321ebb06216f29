import { parseArn } from '#iam/arn.ts'
import type { PolicyDocument, Statement } from '#iam/document.ts'
import type { JudgedRead } from './reads.ts'

/** What a workload's mounts take, and nothing else, in each place that has a say. */
export interface LeastPrivilege {
  /** For the role. */
  readonly identity: PolicyDocument
  /** For the policy of each customer managed key; optional where the key policy delegates to the account of the role. */
  readonly keys: ReadonlyMap<string, Statement>
  /** For the resource policy of each secret of another account. */
  readonly secrets: ReadonlyMap<string, PolicyDocument>
}

/** One secret or parameter that is mounted. */
export interface MountedArn {
  /** Whole, as AWS gives it. */
  readonly arn: string
  /** The ARN of its customer managed key; undefined: AWS keeps the key, for which nobody needs a permission in its own account. */
  readonly keyArn?: string
}

export interface LeastPrivilegeInput {
  readonly roleArn: string
  readonly mounted: readonly MountedArn[]
  /** Drivers before 1.6.0 describe a secret before they rotate. */
  readonly describes: boolean
}

/** The documents, each in its place. */
export function leastPrivilege({ roleArn, mounted, describes }: LeastPrivilegeInput): LeastPrivilege {
  const account = parseArn(roleArn)?.account
  const others = mounted.filter(({ arn }) => isSecret(arn) && parseArn(arn)?.account !== account)
  return {
    identity: { Version: '2012-10-17', Statement: readingStatements(mounted, describes) },
    keys: new Map([...byKey(mounted)].map(([key, list]) => [key, keyStatement(roleArn, list)])),
    secrets: new Map(others.map(({ arn }) => [arn, secretPolicy(roleArn, readingActions(describes))])),
  }
}

/**
 * What reading takes of the role. Secrets are named with `??????` for the characters that Secrets Manager adds, so that a secret that is made anew under the name is
 * still meant; a star would match longer names too.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
 * @param parameterAction by which parameters are read: the External Secrets Operator gets them one by one
 */
export function readingStatements(
  mounted: readonly MountedArn[],
  describes: boolean,
  parameterAction = 'ssm:GetParameters',
): readonly Statement[] {
  const secrets = mounted.filter(({ arn }) => isSecret(arn)).map(({ arn }) => anySuffix(arn))
  const parameters = mounted.filter(({ arn }) => !isSecret(arn)).map(({ arn }) => arn)
  return [
    ...statement('ReadMountedSecrets', readingActions(describes), secrets),
    ...statement('ReadMountedParameters', parameterAction, parameters),
    ...decryptStatements(mounted),
  ]
}

const readingActions = (describes: boolean): string | readonly string[] =>
  describes ? ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'] : 'secretsmanager:GetSecretValue'

const statement = (Sid: string, Action: string | readonly string[], resources: readonly string[]): readonly Statement[] =>
  resources.length === 0 ? [] : [{ Sid, Effect: 'Allow', Action, Resource: one(resources) }]

const isSecret = (arn: string): boolean => parseArn(arn)?.service === 'secretsmanager'

/** With `??????` for the six characters that Secrets Manager adds to the name of a secret. */
export const anySuffix = (arn: string): string => arn.replace(/-[A-Za-z0-9]{6}$/, '-??????')

const one = (list: readonly string[]): string | readonly string[] => {
  const unique = [...new Set(list)]
  return unique.length === 1 ? (unique[0] ?? '') : unique
}

/** Of each key, what it encrypts. */
const byKey = (mounted: readonly MountedArn[]): ReadonlyMap<string, readonly MountedArn[]> =>
  Map.groupBy(
    mounted.filter(({ keyArn }) => keyArn !== undefined),
    ({ keyArn }) => keyArn ?? '',
  )

/** One for each key and service: a condition on the encryption context of one service would refuse the calls of the other. */
const decryptStatements = (mounted: readonly MountedArn[]): readonly Statement[] =>
  [...byKey(mounted)].flatMap(([key, list], index) =>
    [...Map.groupBy(list, ({ arn }) => isSecret(arn))].map(([, same], part) => ({
      Sid: `DecryptMounted${index + 1}${part === 0 ? '' : 'Too'}`,
      ...decryptStatement(
        key,
        same.map(({ arn }) => arn),
      ),
    })),
  )

/**
 * Decrypting through the service alone, and only what is mounted.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html#security-encryption-authz
 */
export function decryptStatement(key: string, arns: readonly string[]): Statement {
  const [first = ''] = arns
  const secret = isSecret(first)
  return {
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: key,
    Condition: {
      StringEquals: { 'kms:ViaService': viaService(first) },
      [secret ? 'ArnLike' : 'StringLike']: {
        [`kms:EncryptionContext:${secret ? 'SecretARN' : 'PARAMETER_ARN'}`]: one(arns.map(arn => (secret ? anySuffix(arn) : arn))),
      },
    },
  }
}

function viaService(arn: string): string {
  const { service = '', region = '', partition = 'aws' } = parseArn(arn) ?? {}
  return `${service}.${region}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`
}

/** A key policy speaks of its own key alone. */
const keyStatement = (roleArn: string, list: readonly MountedArn[]): Statement => ({
  Sid: 'MountedSecretsOfRole',
  Effect: 'Allow',
  Principal: { AWS: roleArn },
  Action: 'kms:Decrypt',
  Resource: '*',
  Condition: { StringEquals: { 'kms:ViaService': one(list.map(({ arn }) => viaService(arn))) } },
})

const secretPolicy = (roleArn: string, Action: string | readonly string[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Sid: 'MountedByRole', Effect: 'Allow', Principal: { AWS: roleArn }, Action, Resource: '*' }],
})

/** What something that was read takes of its key: the statement that a fix adds. */
export const decryptOf = ({ stored }: Pick<JudgedRead, 'stored'>, keyArn: string): Statement => decryptStatement(keyArn, [stored.id])
