import { UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import type { PolicyDocument, Statement } from '#iam/document.ts'
import type { BlueprintRead, BlueprintWorkload } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { readsOf, type WorkloadRead } from './workload-reads.ts'

type ReadReader = Reader<'aws/kms/Key' | 'aws/secretsmanager/Secret'>

/**
 * The smallest identity policy by which a workload reads what it declares, mounts included.
 * @throws Unread when a secret or its key was not read, UserError when there is no such secret
 */
export function readDocument(world: ReadReader, cluster: Resource<'aws/eks/Cluster'>, workload: BlueprintWorkload): PolicyDocument {
  const [, partition = 'aws', , region = '', account = ''] = cluster.id.split(':')
  const place = { partition, region, account }
  return {
    Version: '2012-10-17',
    Statement: readsOf(workload).flatMap(read => statementsFor(world, read, place)),
  }
}

interface Place {
  readonly partition: string
  readonly region: string
  readonly account: string
}

function statementsFor(world: ReadReader, read: WorkloadRead, place: Place): readonly Statement[] {
  if (read.is === 's3') return [objects(read, place)]
  if (read.is === 'secret') return secretStatements(world, read, place)
  throw new UserError('NOT_PLANNED', 'parameters are not planned yet', { where: read.where, help: 'leave it out' })
}

const objects = ({ bucket, keys }: Extract<BlueprintRead, { is: 's3' }>, { partition }: Place): Statement => ({
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: `arn:${partition}:s3:::${bucket}/${keys}`,
})

/** A key that AWS manages needs no permission; of any other, only through Secrets Manager and for this secret. https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html */
function secretStatements(world: ReadReader, read: Extract<WorkloadRead, { is: 'secret' }>, place: Place): readonly Statement[] {
  const secret = secretNamed(world, read, place)
  const own: Statement = { Effect: 'Allow', Action: read.isMounted === true ? mounting : mounting[0], Resource: secret.body.ARN }
  const key = keyOf(world, secret, place)
  if (key === undefined) return [own]
  const through = {
    StringEquals: {
      'kms:EncryptionContext:SecretARN': secret.body.ARN,
      'kms:ViaService': `secretsmanager.${place.region}.${place.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`,
    },
  }
  return [own, { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key, Condition: through }]
}

/**
 * Drivers before 1.6.0 describe a secret before they rotate it, and which one the add-on brings is known only when it is there.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/integrating_ascp_irsa.html
 */
const mounting = ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'] as const

function secretNamed(
  world: ReadReader,
  { name, where }: Extract<BlueprintRead, { is: 'secret' }>,
  { account, region }: Place,
): Resource<'aws/secretsmanager/Secret'> {
  const secrets = world.list('aws/secretsmanager/Secret', { account, region })
  const found = secrets.find(({ body }) => body.Name === name)
  if (found !== undefined) return found
  const near = nearest(
    name,
    secrets.map(({ body }) => body.Name),
  )
  throw new UserError('BAD_BLUEPRINT', `there is no secret ${name} in ${account}/${region}`, {
    where,
    ...(near === undefined ? {} : { help: `did you mean ${near}?` }),
  })
}

/** The ARN of the key; undefined for one that AWS manages. */
function keyOf(world: ReadReader, { body }: Resource<'aws/secretsmanager/Secret'>, { account, region }: Place): string | undefined {
  if (body.KmsKeyId === undefined) return undefined
  const keys = world.list('aws/kms/Key', { account, region })
  const key = keys.find(
    ({ id, body: each }) =>
      id === body.KmsKeyId ||
      each.KeyId === body.KmsKeyId ||
      each.Aliases?.some(({ AliasName, AliasArn }) => AliasName === body.KmsKeyId || AliasArn === body.KmsKeyId) === true,
  )
  return key?.body.KeyManager === 'AWS' ? undefined : (key?.id ?? body.KmsKeyId)
}
