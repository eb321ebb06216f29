import { randomBytes } from 'node:crypto'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import type { AwsCredentials, LabCoordinates } from './coordinates.ts'

/** A policy document, or the list of its statements. */
export type PolicyDocument = { readonly Version?: string; readonly Statement: unknown } | readonly object[]

export interface IamPrincipal {
  readonly name: string
  readonly arn: string
  readonly credentials: AwsCredentials
}

/**
 * Makes an IAM user whose only policy is the one given, and an access key for it; without a policy it may do nothing.
 * So a test can take one read after another away from the product.
 */
export async function iamUser(lab: LabCoordinates, policy?: PolicyDocument): Promise<IamPrincipal> {
  const iam = new IAMClient(clientSettings(lab))
  const name = `user-${randomBytes(4).toString('hex')}`
  const { User: user } = await iam.send(new CreateUserCommand({ UserName: name }))
  if (policy) {
    const document = policyText(policy)
    await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'given', PolicyDocument: document }))
  }
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  if (!user?.Arn || !key?.AccessKeyId || !key.SecretAccessKey) throw new Error(`IAM made user ${name} incompletely`)
  const credentials = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey }
  return { name, arn: user.Arn, credentials }
}

/** The same as a role that a fresh user of the account has assumed: session credentials, as a product in CI has them. */
export async function iamRole(lab: LabCoordinates, policy?: PolicyDocument): Promise<IamPrincipal> {
  const user = await iamUser(lab, [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }])
  const iam = new IAMClient(clientSettings(lab))
  const name = `role-${randomBytes(4).toString('hex')}`
  const trust = policyText([{ Effect: 'Allow', Principal: { AWS: user.arn }, Action: 'sts:AssumeRole' }])
  const { Role: role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }))
  if (policy) {
    const document = policyText(policy)
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'given', PolicyDocument: document }))
  }
  const sts = new STSClient(clientSettings(lab, user.credentials))
  const { Credentials: session } = await sts.send(new AssumeRoleCommand({ RoleArn: role?.Arn, RoleSessionName: 'lab' }))
  if (!role?.Arn || !session?.AccessKeyId || !session.SecretAccessKey || !session.SessionToken) {
    throw new Error(`STS gave an incomplete session of role ${name}`)
  }
  const credentials = {
    accessKeyId: session.AccessKeyId,
    secretAccessKey: session.SecretAccessKey,
    sessionToken: session.SessionToken,
  }
  return { name, arn: role.Arn, credentials }
}

/** Constructor settings for any client of the AWS SDK, as the account's root unless other credentials are given. */
export function clientSettings(lab: LabCoordinates, credentials: AwsCredentials = lab.adminCredentials) {
  return { endpoint: lab.awsEndpoint, region: lab.region, credentials }
}

export function policyText(policy: PolicyDocument): string {
  return JSON.stringify(isStatements(policy) ? { Version: '2012-10-17', Statement: policy } : policy)
}

function isStatements(policy: PolicyDocument): policy is readonly object[] {
  return Array.isArray(policy)
}
