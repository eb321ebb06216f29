import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { policyText } from '../iam-principal.ts'
import type { Lab } from '../lab.ts'

/** What a blueprint of identities names, as somebody else made it: a secret under a key that lets only its keepers in, a parameter, a role of people. */
export interface IdentityAccount {
  readonly keyId: string
  readonly secret: string
  readonly blueprint: string
  remove(): Promise<void>
}

export async function identityAccount(lab: Lab, namespace: string): Promise<IdentityAccount> {
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
  await ssm.send(new PutParameterCommand({ Name: `/${namespace}/url`, Value: 'of no interest', Type: 'String' }))
  const operator = `${namespace}-operator`
  const people = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${lab.accountId}:user/nobody` }, Action: 'sts:AssumeRole' }
  await iam.send(new CreateRoleCommand({ RoleName: operator, AssumeRolePolicyDocument: policyText([people]) }))
  const blueprint = `
cluster: ${lab.clusterName}
workloads:
  ${namespace}/reader: { identity: irsa, reads: [secret/${secret}, parameter/${namespace}/url] }
  ${namespace}/writer: { reads: [parameter/${namespace}/url] }
access:
  arn:aws:iam::${lab.accountId}:role/${operator}:
    groups: [operators]
    policies: { AmazonEKSViewPolicy: [${namespace}], AmazonEKSAdminViewPolicy: cluster }
`
  return {
    keyId,
    secret,
    blueprint,
    async remove() {
      await secrets.send(new DeleteSecretCommand({ SecretId: secret, ForceDeleteWithoutRecovery: true }))
      await ssm.send(new DeleteParameterCommand({ Name: `/${namespace}/url` }))
      await iam.send(new DeleteRoleCommand({ RoleName: operator }))
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }))
    },
  }
}
