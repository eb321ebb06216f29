import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { CreateBucketCommand, DeleteBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateSecretCommand, DeleteSecretCommand, PutResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { policyText } from '../iam-principal.ts'
import type { Lab } from '../lab.ts'

/** What a blueprint of identities names, as somebody else made it: a secret and a bucket that only their keepers may read, a key as closed, a parameter, a role of people. */
export interface IdentityAccount {
  readonly keyId: string
  readonly secret: string
  readonly bucket: string
  readonly blueprint: string
  remove(): Promise<void>
}

export async function identityAccount(lab: Lab, namespace: string): Promise<IdentityAccount> {
  const s3 = new S3Client({ ...lab.aws(), forcePathStyle: true })
  const [iam, kms, secrets, ssm] = [
    new IAMClient(lab.aws()),
    new KMSClient(lab.aws()),
    new SecretsManagerClient(lab.aws()),
    new SSMClient(lab.aws()),
  ]
  // Whoever keeps the key may do everything but use it: no identity policy of the account counts for kms:Decrypt.
  const keepers = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${lab.accountId}:root` },
    Action: [
      'kms:Create*',
      'kms:Describe*',
      'kms:Get*',
      'kms:List*',
      'kms:Put*',
      'kms:ScheduleKeyDeletion',
      'kms:Encrypt',
      'kms:GenerateDataKey',
    ],
    Resource: '*',
  }
  const keyId = (await kms.send(new CreateKeyCommand({ Policy: policyText([keepers]) }))).KeyMetadata?.Arn ?? ''
  const secret = `${namespace}/db`
  await secrets.send(new CreateSecretCommand({ Name: secret, SecretString: 'of no interest', KmsKeyId: keyId }))
  const bucket = `${namespace}-reports`
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const others = { StringNotLike: { 'aws:PrincipalArn': [`arn:aws:iam::${lab.accountId}:root`, `arn:aws:iam::${lab.accountId}:user/*`] } }
  const closed = (Action: string, Resource: string) => policyText([{ Effect: 'Deny', Principal: '*', Action, Resource, Condition: others }])
  await secrets.send(new PutResourcePolicyCommand({ SecretId: secret, ResourcePolicy: closed('secretsmanager:GetSecretValue', '*') }))
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: closed('s3:GetObject', `arn:aws:s3:::${bucket}/*`) }))
  await ssm.send(new PutParameterCommand({ Name: `/${namespace}/url`, Value: 'of no interest', Type: 'String' }))
  const operator = `${namespace}-operator`
  const people = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${lab.accountId}:user/nobody` }, Action: 'sts:AssumeRole' }
  await iam.send(new CreateRoleCommand({ RoleName: operator, AssumeRolePolicyDocument: policyText([people]) }))
  const blueprint = `
cluster: ${lab.clusterName}
workloads:
  ${namespace}/reader: { identity: irsa, reads: [secret/${secret}, parameter/${namespace}/url, s3/${bucket}/*] }
  ${namespace}/writer: { reads: [parameter/${namespace}/url] }
access:
  arn:aws:iam::${lab.accountId}:role/${operator}:
    groups: [operators]
    policies: { AmazonEKSViewPolicy: [${namespace}], AmazonEKSAdminViewPolicy: cluster }
`
  return {
    keyId,
    secret,
    bucket,
    blueprint,
    async remove() {
      await secrets.send(new DeleteSecretCommand({ SecretId: secret, ForceDeleteWithoutRecovery: true }))
      await s3.send(new DeleteBucketCommand({ Bucket: bucket }))
      await ssm.send(new DeleteParameterCommand({ Name: `/${namespace}/url` }))
      await iam.send(new DeleteRoleCommand({ RoleName: operator }))
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }))
    },
  }
}
