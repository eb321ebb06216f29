import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateSecretCommand, DeleteSecretCommand, PutResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { serviceAccountRole } from '../aws/service-account-role.ts'
import { policyText } from '../iam-principal.ts'
import { apply, deployment, namespaceOf, serviceAccount } from '../irsa/workloads.ts'
import type { Lab } from '../lab.ts'
import { csiDriverName } from './install.ts'
import { goodSecret, namespace, otherNamespace, type Variant } from './variants.ts'

type Json = Readonly<Record<string, unknown>>

const roleOf = (lab: Lab, name: string): string => `arn:aws:iam::${lab.accountId}:role/variants-${name}`

/** Secrets and roles: all that variants share. */
export async function makeSharedParts(lab: Lab): Promise<void> {
  await Promise.all([makeSecrets(lab), makeRoles(lab), apply(lab, [namespaceOf(namespace), namespaceOf(otherNamespace)])])
}

/** Takes away what other suites would meet in the account. */
export async function removeSharedParts(lab: Lab): Promise<void> {
  const secrets = new SecretsManagerClient(lab.aws())
  const names = [goodSecret, 'variants/open', 'variants/closed', 'variants/deleted', 'variants/encrypted']
  await Promise.all(names.map(SecretId => secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }))))
  const iam = new IAMClient(lab.aws())
  for (const RoleName of ['variants-reader', 'variants-blind']) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'given' }))
    await iam.send(new DeleteRoleCommand({ RoleName }))
  }
}

async function makeSecrets(lab: Lab): Promise<void> {
  const secrets = new SecretsManagerClient(lab.aws())
  const make = (Name: string, more: { KmsKeyId?: string } = {}) =>
    secrets.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify({ password: 'known to the test' }), ...more }))
  const kms = new KMSClient(lab.aws())
  const administration = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${lab.accountId}:root` },
    Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:Put*', 'kms:Encrypt', 'kms:GenerateDataKey'],
    Resource: '*',
  }
  const key = await kms.send(new CreateKeyCommand({ Policy: policyText([administration]) }))
  await Promise.all([make(goodSecret), make('variants/open'), make('variants/closed'), make('variants/deleted')])
  await make('variants/encrypted', { KmsKeyId: key.KeyMetadata?.Arn as string })
  const closing = { Effect: 'Deny', Principal: { AWS: roleOf(lab, 'reader') }, Action: 'secretsmanager:GetSecretValue', Resource: '*' }
  await secrets.send(new PutResourcePolicyCommand({ SecretId: 'variants/closed', ResourcePolicy: policyText([closing]) }))
  await secrets.send(new DeleteSecretCommand({ SecretId: 'variants/deleted', RecoveryWindowInDays: 7 }))
}

async function makeRoles(lab: Lab): Promise<void> {
  const reads = { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'ssm:GetParameters'], Resource: '*' }
  const lists = { Effect: 'Allow', Action: 'secretsmanager:ListSecrets', Resource: '*' }
  for (const [serviceAccountName, statement] of [
    ['reader', reads],
    ['blind', lists],
  ] as const)
    await serviceAccountRole(lab, {
      name: `variants-${serviceAccountName}`,
      namespace,
      serviceAccount: serviceAccountName,
      policy: [statement],
    })
}

/** A Deployment for each, with its service account, and its class where it has one. */
export async function makeVariants(lab: Lab, variants: readonly Variant[]): Promise<void> {
  const accounts = new Set(variants.map(({ account = 'reader' }) => account))
  await apply(lab, [...[...accounts].map(name => accountFor(lab, name)), ...variants.flatMap(classFor)])
  await apply(lab, variants.map(workloadFor))
}

const accountFor = (lab: Lab, name: string): Json =>
  serviceAccount(
    namespace,
    name,
    name === 'roleless' ? {} : { 'eks.amazonaws.com/role-arn': roleOf(lab, name === 'untrusted' ? 'reader' : name) },
  )

function classFor({ name, class: given }: Variant): readonly Json[] {
  if (given === undefined) return []
  return [
    {
      apiVersion: 'secrets-store.csi.x-k8s.io/v1',
      kind: 'SecretProviderClass',
      metadata: { name, namespace: given.namespace ?? namespace },
      spec: {
        provider: 'aws',
        parameters: { objects: JSON.stringify(given.objects), ...given.parameters },
        ...(given.secretObjects === undefined ? {} : { secretObjects: given.secretObjects }),
      },
    },
  ]
}

const workloadFor = ({ name, account = 'reader', csi = {}, container = {} }: Variant): Json =>
  deployment(namespace, name, account, {
    container: {
      image: 'lab/probe:1',
      command: ['sleep', '1000'],
      volumeMounts: [{ name: 'secrets', mountPath: '/secrets', readOnly: true }],
      ...container,
    },
    spec: {
      terminationGracePeriodSeconds: 1,
      volumes: [
        { name: 'secrets', csi: { driver: csiDriverName, readOnly: true, volumeAttributes: { secretProviderClass: name }, ...csi } },
      ],
    },
  })
