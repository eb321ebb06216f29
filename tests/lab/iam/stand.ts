import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DeleteUserPermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  GetUserCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateKeyCommand, DescribeKeyCommand, GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms'
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DescribeSecretCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { rootCredentials } from '../aws/account.ts'
import { policyText } from '../iam-principal.ts'
import type { AwsCredentials, Lab } from '../lab.ts'
import { answerOf } from './answer.ts'
import { accountDecides, calls, listing, principalTags, resourceTags, type Case, type Json, type StandFacts } from './cases.ts'

/** An account with one user, one role and one resource of each kind, whose policies change from case to case. */
export interface Stand {
  readonly facts: StandFacts
  /** Puts the case's policies in place and makes its call. One at a time. */
  ask(question: Case): Promise<'allowed' | 'denied'>
}

const tagList = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
const kmsTags = Object.entries(resourceTags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
const objectTags = new URLSearchParams(resourceTags).toString()
const text = (document: Json) => JSON.stringify(document)

export async function makeStand(lab: Lab, account: string): Promise<Stand> {
  const root = clientsOf(lab, rootCredentials(account))
  const { facts, credentials, assumer } = await furnish(lab, root, account)
  const asUser = clientsOf(lab, credentials)
  const sts = new STSClient(lab.aws(assumer))
  const assume = async (session?: Json): Promise<Clients> => {
    const policy = session === undefined ? {} : { Policy: text(session) }
    const call = new AssumeRoleCommand({ RoleArn: facts.role.arn, RoleSessionName: facts.role.sessionName, ...policy })
    const { Credentials } = await sts.send(call)
    return clientsOf(lab, sessionOf(Credentials))
  }
  const asRole = await assume()
  const place = placer(root, facts)
  return {
    facts,
    async ask(question) {
      await place(question)
      const clients = question.caller === 'user' ? asUser : question.session === undefined ? asRole : await assume(question.session)
      return answerOf(() => callers[question.call](clients, facts))
    },
  }
}

interface Clients {
  readonly iam: IAMClient
  readonly kms: KMSClient
  readonly secrets: SecretsManagerClient
  readonly s3: S3Client
}

/** A refusal is an answer: no client may try again. */
function clientsOf(lab: Lab, credentials: AwsCredentials): Clients {
  const settings = { ...lab.aws(credentials), maxAttempts: 1 }
  return {
    iam: new IAMClient(settings),
    kms: new KMSClient(settings),
    secrets: new SecretsManagerClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
  }
}

function sessionOf(
  given: { AccessKeyId?: string | undefined; SecretAccessKey?: string | undefined; SessionToken?: string | undefined } | undefined,
) {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given ?? {}
  if (!accessKeyId || !secretAccessKey || !sessionToken) throw new Error('STS gave an incomplete session')
  return { accessKeyId, secretAccessKey, sessionToken }
}

const bucketOf = ({ resources }: StandFacts) => resources.bucket.slice('arn:aws:s3:::'.length)
const objectOf = ({ resources }: StandFacts) => resources.object.slice(resources.bucket.length + 1)
const bystander = 'bystander'

const callers: Readonly<Record<keyof typeof calls, (clients: Clients, facts: StandFacts) => Promise<unknown>>> = {
  DescribeKey: ({ kms }, { resources }) => kms.send(new DescribeKeyCommand({ KeyId: resources.key })),
  GetKeyPolicy: ({ kms }, { resources }) => kms.send(new GetKeyPolicyCommand({ KeyId: resources.key })),
  DescribeSecret: ({ secrets }, { resources }) => secrets.send(new DescribeSecretCommand({ SecretId: resources.secret })),
  ListSecretVersionIds: ({ secrets }, { resources }) => secrets.send(new ListSecretVersionIdsCommand({ SecretId: resources.secret })),
  HeadObject: ({ s3 }, facts) => s3.send(new HeadObjectCommand({ Bucket: bucketOf(facts), Key: objectOf(facts) })),
  ListObjects: ({ s3 }, facts) =>
    s3.send(new ListObjectsV2Command({ Bucket: bucketOf(facts), Prefix: listing.prefix, MaxKeys: listing.maxKeys })),
  GetUser: ({ iam }) => iam.send(new GetUserCommand({ UserName: bystander })),
}

/** Puts policies in place, and takes away what the case before had. */
function placer({ iam, kms, secrets, s3 }: Clients, facts: StandFacts): (question: Case) => Promise<void> {
  const placed = { user: 0, role: 0 }
  const bounded = { user: false, role: false }
  let boundaries = 0
  const UserName = facts.user.name
  const RoleName = facts.role.name
  const policyName = (index: number) => ({ PolicyName: `policy-${index}` })

  async function placeIdentity(caller: Case['caller'], documents: readonly Json[]): Promise<void> {
    for (const [index, document] of documents.entries()) {
      const policy = { ...policyName(index), PolicyDocument: text(document) }
      if (caller === 'user') await iam.send(new PutUserPolicyCommand({ UserName, ...policy }))
      else await iam.send(new PutRolePolicyCommand({ RoleName, ...policy }))
    }
    for (let index = documents.length; index < placed[caller]; index++) {
      if (caller === 'user') await iam.send(new DeleteUserPolicyCommand({ UserName, ...policyName(index) }))
      else await iam.send(new DeleteRolePolicyCommand({ RoleName, ...policyName(index) }))
    }
    placed[caller] = documents.length
  }

  async function placeBoundary(caller: Case['caller'], document: Json | undefined): Promise<void> {
    if (document !== undefined) {
      const made = await iam.send(new CreatePolicyCommand({ PolicyName: `boundary-${boundaries++}`, PolicyDocument: text(document) }))
      const PermissionsBoundary = made.Policy?.Arn
      if (caller === 'user') await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }))
      else await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }))
    } else if (bounded[caller]) {
      if (caller === 'user') await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }))
      else await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }))
    }
    bounded[caller] = document !== undefined
  }

  async function placeResource({ call, resource }: Case): Promise<void> {
    const { on } = calls[call]
    if (on === 'key') {
      const Policy = text(resource ?? accountDecides(facts.account))
      await kms.send(new PutKeyPolicyCommand({ KeyId: facts.resources.key, PolicyName: 'default', Policy }))
    } else if (on === 'secret') {
      const SecretId = facts.resources.secret
      if (resource === undefined) await secrets.send(new DeleteResourcePolicyCommand({ SecretId }))
      else await secrets.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy: text(resource) }))
    } else if (on !== 'bystander') {
      const Bucket = bucketOf(facts)
      if (resource === undefined) await s3.send(new DeleteBucketPolicyCommand({ Bucket }))
      else await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: text(resource) }))
    }
  }

  return async question => {
    await placeIdentity(question.caller, question.identity)
    await placeBoundary(question.caller, question.boundary)
    await placeResource(question)
  }
}

interface Furnished {
  readonly facts: StandFacts
  readonly credentials: AwsCredentials
  readonly assumer: AwsCredentials
}

async function furnish(lab: Lab, { iam, kms, secrets, s3 }: Clients, account: string): Promise<Furnished> {
  const Tags = tagList(principalTags)
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'pairs-user', Tags }))
  await iam.send(new CreateUserCommand({ UserName: bystander }))
  await iam.send(new CreateUserCommand({ UserName: 'assumer' }))
  const assume = policyText([{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }])
  await iam.send(new PutUserPolicyCommand({ UserName: 'assumer', PolicyName: 'assume', PolicyDocument: assume }))
  const trust = policyText([{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:user/assumer` }, Action: 'sts:AssumeRole' }])
  const role = { RoleName: 'pairs-role', Path: '/team/', AssumeRolePolicyDocument: trust, Tags }
  const { Role } = await iam.send(new CreateRoleCommand(role))
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Tags: kmsTags }))
  const secret = { Name: 'pairs/pairs-user/db', SecretString: 'never-to-be-read', Tags: tagList(resourceTags) }
  const { ARN } = await secrets.send(new CreateSecretCommand(secret))
  const Bucket = `pairs-${account}`
  const Key = 'reports/pairs-user/a.csv'
  await s3.send(new CreateBucketCommand({ Bucket }))
  // Policies for everyone are cases too.
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a', Tagging: objectTags }))
  const [credentials, assumer] = await Promise.all(['pairs-user', 'assumer'].map(UserName => accessKey(iam, UserName)))
  const made = { user: User?.Arn, userId: User?.UserId, role: Role?.Arn, roleId: Role?.RoleId, key: KeyMetadata?.Arn, secret: ARN }
  const missing = Object.entries(made).filter(([, value]) => value === undefined)
  if (missing.length > 0 || credentials === undefined || assumer === undefined)
    throw new Error(`not made: ${missing.map(([name]) => name).join(', ')}`)
  const session = `arn:aws:sts::${account}:assumed-role/${role.RoleName}/pairs`
  const facts: StandFacts = {
    account,
    region: lab.region,
    user: { name: 'pairs-user', arn: made.user ?? '', id: made.userId ?? '' },
    role: { name: role.RoleName, arn: made.role ?? '', id: made.roleId ?? '', sessionName: 'pairs', sessionArn: session },
    resources: {
      key: made.key ?? '',
      secret: made.secret ?? '',
      bucket: `arn:aws:s3:::${Bucket}`,
      object: `arn:aws:s3:::${Bucket}/${Key}`,
      bystander: `arn:aws:iam::${account}:user/${bystander}`,
    },
  }
  return { facts, credentials, assumer }
}

async function accessKey(iam: IAMClient, UserName: string): Promise<AwsCredentials> {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  if (!AccessKey?.AccessKeyId || !AccessKey.SecretAccessKey) throw new Error(`IAM made no access key for ${UserName}`)
  return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey }
}
