import { CreatePolicyCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, DescribeKeyCommand, GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms'
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { policyText } from '../iam-principal.ts'
import { accountOf, trustOf } from '../irsa/account.ts'
import { apply, deployment, namespaceOf, serviceAccount, untilPodsExist } from '../irsa/workloads.ts'
import type { AwsCredentials, Lab } from '../lab.ts'
import { accountDecides } from './cases.ts'

/** One question about the service account, with the call that puts it to AWS. */
export interface LiveQuestion {
  readonly what: string
  readonly action: string
  readonly resource: string
  readonly verdict: 'allow' | 'deny'
  call(credentials: AwsCredentials): Promise<unknown>
}

export interface LiveWorld {
  readonly namespace: string
  readonly serviceAccount: string
  readonly roleArn: string
  readonly questions: readonly LiveQuestion[]
  undo(): Promise<void>
}

const namespace = 'can-live'
const account = 'reader'
const Bucket = 'can-live-reports'

/** A workload with a role, and resources on which each policy layer decides for once. */
export async function makeLiveWorld(lab: Lab): Promise<LiveWorld> {
  const own = accountOf(lab)
  const undoProvider = await own.makeProvider()
  const roleArn = own.roleArn('can-live-reader')
  const kms = new KMSClient(lab.aws())
  const secrets = new SecretsManagerClient(lab.aws())

  const ours = JSON.stringify(accountDecides(lab.accountId))

  async function makeKey(statements?: readonly object[]): Promise<string> {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
    const Policy = statements === undefined ? ours : policyText(statements)
    await kms.send(new PutKeyPolicyCommand({ KeyId: KeyMetadata?.KeyId, PolicyName: 'default', Policy }))
    return made(KeyMetadata?.Arn)
  }
  async function makeSecret(name: string, statements?: readonly object[]): Promise<string> {
    const { ARN } = await secrets.send(new CreateSecretCommand({ Name: `can-live/${name}`, SecretString: 'never-to-be-read' }))
    if (statements !== undefined)
      await secrets.send(new PutResourcePolicyCommand({ SecretId: ARN, ResourcePolicy: policyText(statements) }))
    return made(ARN)
  }

  await makeRole(lab, trustOf(own, namespace, account))
  const everything = { Action: '*', Resource: '*' }
  const arns = {
    open: await makeSecret('open'),
    closed: await makeSecret('closed', [{ Effect: 'Deny', Principal: { AWS: roleArn }, ...everything }]),
    other: await makeSecret('other'),
    delegating: await makeKey(),
    naming: await makeKey([{ Effect: 'Allow', Principal: { AWS: roleArn }, Action: 'kms:DescribeKey', Resource: '*' }]),
    foreign: await makeKey([{ Effect: 'Allow', Principal: { AWS: own.roleArn(`${lab.clusterName}-cluster`) }, ...everything }]),
  }
  await makeBucket(lab, roleArn)
  await apply(lab, [
    namespaceOf(namespace),
    serviceAccount(namespace, account, { 'eks.amazonaws.com/role-arn': roleArn }),
    deployment(namespace, 'api', account),
  ])
  await untilPodsExist(lab, namespace, { api: 1 })
  return {
    namespace,
    serviceAccount: account,
    roleArn,
    questions: questionsOn(lab, arns),
    async undo() {
      // Suites that read the whole account may read every key.
      for (const KeyId of [arns.naming, arns.foreign])
        await kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: ours }))
      await undoProvider()
    },
  }
}

function made(arn: string | undefined): string {
  if (arn === undefined) throw new Error('AWS made a resource without an ARN')
  return arn
}

/** What the role may do; the boundary leaves out the listing of buckets. */
async function makeRole(lab: Lab, trust: object): Promise<string> {
  const iam = new IAMClient(lab.aws())
  const RoleName = 'can-live-reader'
  const boundary = [{ Effect: 'Allow', Action: ['secretsmanager:*', 'kms:*', 's3:Get*'], Resource: '*' }]
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'can-live-boundary', PolicyDocument: policyText(boundary) }))
  const role = {
    RoleName,
    AssumeRolePolicyDocument: policyText([trust]),
    PermissionsBoundary: Policy?.Arn,
    Tags: [{ Key: 'team', Value: 'payments' }],
  }
  await iam.send(new CreateRoleCommand(role))
  const inTeam = (team: string) => ({ StringEquals: { 'aws:PrincipalTag/team': team } })
  const allow = (Action: string, Resource: string, more: object = {}) => ({ Effect: 'Allow', Action, Resource, ...more })
  const statements = [
    allow('secretsmanager:DescribeSecret', 'arn:aws:secretsmanager:*:*:secret:can-live/open-??????'),
    allow('secretsmanager:DescribeSecret', 'arn:aws:secretsmanager:*:*:secret:can-live/closed-*'),
    allow('secretsmanager:ListSecretVersionIds', '*', { Condition: inTeam('web') }),
    allow('kms:Describe*', 'arn:aws:kms:*:*:key/*', { Condition: inTeam('payments') }),
    allow('s3:GetObject', `arn:aws:s3:::${Bucket}/*`),
    allow('s3:ListBucket', `arn:aws:s3:::${Bucket}`),
  ]
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'read', PolicyDocument: policyText(statements) }))
  return made(Policy?.Arn)
}

/** Everything in one folder is closed to the role, whatever its own policies say. */
async function makeBucket(lab: Lab, roleArn: string): Promise<void> {
  const s3 = new S3Client({ ...lab.aws(), forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket }))
  for (const Key of ['reports/a.csv', 'private/b.csv']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a' }))
  const deny = { Effect: 'Deny', Principal: { AWS: roleArn }, Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/private/*` }
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText([deny]) }))
}

type Arns = Readonly<Record<'open' | 'closed' | 'other' | 'delegating' | 'naming' | 'foreign', string>>

function questionsOn(lab: Lab, arns: Arns): readonly LiveQuestion[] {
  // A refusal is an answer: no client may try again.
  const settings = (credentials: AwsCredentials) => ({ ...lab.aws(credentials), maxAttempts: 1 })
  const secret = (what: string, verdict: LiveQuestion['verdict'], SecretId: string): LiveQuestion => ({
    what,
    action: 'secretsmanager:DescribeSecret',
    resource: SecretId,
    verdict,
    call: credentials => new SecretsManagerClient(settings(credentials)).send(new DescribeSecretCommand({ SecretId })),
  })
  const key = (what: string, verdict: LiveQuestion['verdict'], KeyId: string): LiveQuestion => ({
    what,
    action: 'kms:DescribeKey',
    resource: KeyId,
    verdict,
    call: credentials => new KMSClient(settings(credentials)).send(new DescribeKeyCommand({ KeyId })),
  })
  const object = (what: string, verdict: LiveQuestion['verdict'], Key: string): LiveQuestion => ({
    what,
    action: 's3:GetObject',
    resource: `arn:aws:s3:::${Bucket}/${Key}`,
    verdict,
    call: credentials => new S3Client({ ...settings(credentials), forcePathStyle: true }).send(new HeadObjectCommand({ Bucket, Key })),
  })
  return [
    secret('a secret that its own policy allows', 'allow', arns.open),
    secret("a secret whose policy denies what the role's allows", 'deny', arns.closed),
    secret('a secret that nothing speaks of', 'deny', arns.other),
    {
      what: 'an action that another tag of the role would allow',
      action: 'secretsmanager:ListSecretVersionIds',
      resource: arns.open,
      verdict: 'deny',
      call: credentials => new SecretsManagerClient(settings(credentials)).send(new ListSecretVersionIdsCommand({ SecretId: arns.open })),
    },
    key('a key that leaves it to the account, and a tag of the role', 'allow', arns.delegating),
    key('a key that names the role', 'allow', arns.naming),
    key('a key that names another role only', 'deny', arns.foreign),
    {
      what: 'an action on a key that its policy does not give to the role',
      action: 'kms:GetKeyPolicy',
      resource: arns.naming,
      verdict: 'deny',
      call: credentials =>
        new KMSClient(settings(credentials)).send(new GetKeyPolicyCommand({ KeyId: arns.naming, PolicyName: 'default' })),
    },
    object('an object', 'allow', 'reports/a.csv'),
    object('an object that the bucket closes to the role', 'deny', 'private/b.csv'),
    {
      what: 'what the boundary leaves out',
      action: 's3:ListBucket',
      resource: `arn:aws:s3:::${Bucket}`,
      verdict: 'deny',
      call: credentials => new S3Client({ ...settings(credentials), forcePathStyle: true }).send(new ListObjectsV2Command({ Bucket })),
    },
  ]
}
