import { UserError } from '#base/errors.ts'
import type { Target } from '#model/change.ts'
import { sameValue } from '#model/comparison.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Writer } from '../writer.ts'
import { call, found, lastOf, type AwsAccess } from './aws-access.ts'

type PolicyKind = 'aws/kms/Key' | 'aws/s3/Bucket' | 'aws/secretsmanager/Secret'

/** How one service keeps the policies of its resources. Only the policy of what exists is written: a key, a bucket, a secret holds what others live by. */
interface PolicyStore<K extends PolicyKind> {
  readonly field: string
  /** The resource with its policy; undefined when there is none of that name. */
  read(id: string): Promise<Kinds[K] | undefined>
  put(id: string, policy: string): Promise<unknown>
  /** Of what may have no policy at all. */
  remove?(id: string): Promise<unknown>
}

function policyWriter<K extends PolicyKind>(store: (access: AwsAccess) => Promise<PolicyStore<K>>, access: AwsAccess): Writer<K> {
  let made: Promise<PolicyStore<K>> | undefined
  const connected = () => (made ??= store(access))
  const refuse = async ({ id }: Target): Promise<never> => {
    throw new UserError('NOT_WRITABLE', `mortise neither makes nor deletes ${id}`, { help: 'report this plan' })
  }
  return {
    read: async ({ id }) => {
      const body = await (await connected()).read(id)
      return body === undefined ? undefined : { body }
    },
    create: refuse,
    delete: refuse,
    update: async ({ id }, before, after) => {
      const { field, put, remove } = await connected()
      const { [field]: policy, ...rest } = after as Readonly<Record<string, unknown>>
      const { [field]: _policy, ...had } = before.body as Readonly<Record<string, unknown>>
      if (!sameValue(had, rest)) throw new UserError('CHANGE_CONFLICT', `only the policy of ${id} can be changed`, { help: 'plan again' })
      if (policy !== null && policy !== undefined) await put(id, JSON.stringify(policy))
      else if (remove === undefined) throw new UserError('CHANGE_CONFLICT', `${id} must have a policy`, { help: 'plan again' })
      else await remove(id)
    },
  }
}

const parsed = (policy: string | undefined): unknown => (policy === undefined || policy === '' ? null : (JSON.parse(policy) as unknown))

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html */
export const keyPolicyWriter = (access: AwsAccess): Writer<'aws/kms/Key'> =>
  policyWriter(async ({ clientOptions }) => {
    const { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } = await import('@aws-sdk/client-kms')
    const kms = new KMSClient(clientOptions)
    return {
      field: 'Policy',
      async read(KeyId) {
        const answer = await found('kms', 'DescribeKey', () => kms.send(new DescribeKeyCommand({ KeyId })))
        if (answer?.KeyMetadata === undefined) return undefined
        const { Policy } = await call('kms', 'GetKeyPolicy', () => kms.send(new GetKeyPolicyCommand({ KeyId })))
        return { ...answer.KeyMetadata, Policy: parsed(Policy) } as unknown as Kinds['aws/kms/Key']
      },
      // The check for a caller that locks itself out stays on.
      put: (KeyId, Policy) => call('kms', 'PutKeyPolicy', () => kms.send(new PutKeyPolicyCommand({ KeyId, Policy }))),
    }
  }, access)

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html */
export const secretPolicyWriter = (access: AwsAccess): Writer<'aws/secretsmanager/Secret'> =>
  policyWriter(async ({ clientOptions }) => {
    const commands = await import('@aws-sdk/client-secrets-manager')
    const secrets = new commands.SecretsManagerClient(clientOptions)
    return {
      field: 'ResourcePolicy',
      async read(SecretId) {
        const described = await found('secretsmanager', 'DescribeSecret', () =>
          secrets.send(new commands.DescribeSecretCommand({ SecretId })),
        )
        if (described?.ARN === undefined) return undefined
        const { ResourcePolicy } = await call('secretsmanager', 'GetResourcePolicy', () =>
          secrets.send(new commands.GetResourcePolicyCommand({ SecretId })),
        )
        const { $metadata: _metadata, LastAccessedDate: _accessed, ...rest } = described
        return { ...rest, ResourcePolicy: parsed(ResourcePolicy) } as unknown as Kinds['aws/secretsmanager/Secret']
      },
      put: (SecretId, ResourcePolicy) =>
        call('secretsmanager', 'PutResourcePolicy', () =>
          secrets.send(new commands.PutResourcePolicyCommand({ SecretId, ResourcePolicy, BlockPublicPolicy: true })),
        ),
      remove: SecretId =>
        call('secretsmanager', 'DeleteResourcePolicy', () => secrets.send(new commands.DeleteResourcePolicyCommand({ SecretId }))),
    }
  }, access)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
export const bucketPolicyWriter = (access: AwsAccess): Writer<'aws/s3/Bucket'> =>
  policyWriter(async ({ clientOptions }) => {
    const commands = await import('@aws-sdk/client-s3')
    const s3 = new commands.S3Client({ ...clientOptions, followRegionRedirects: true })
    return {
      field: 'Policy',
      async read(id) {
        const Bucket = bucketIn(id)
        const policy = await found('s3', 'GetBucketPolicy', () => s3.send(new commands.GetBucketPolicyCommand({ Bucket })))
        return { Arn: id, Name: Bucket, Policy: parsed(policy?.Policy) }
      },
      put: (id, Policy) =>
        call('s3', 'PutBucketPolicy', () => s3.send(new commands.PutBucketPolicyCommand({ Bucket: bucketIn(id), Policy }))),
      remove: id => call('s3', 'DeleteBucketPolicy', () => s3.send(new commands.DeleteBucketPolicyCommand({ Bucket: bucketIn(id) }))),
    }
  }, access)

const bucketIn = (arn: string): string => lastOf(arn.replaceAll(':', '/'))
