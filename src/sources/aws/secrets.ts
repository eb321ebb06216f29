import type { ListSecretsResponse, SecretListEntry, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { allPages } from './all-pages.ts'
import { policyDocument } from './body.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kind = 'aws/secretsmanager/Secret'
const atOnce = 4

/** These secrets of one region (ARNs or names), or every one when none is named: what they are, who may read them, never what they hold. */
export async function readSecrets(session: Session, region: string, named: readonly string[] | undefined): Promise<Part> {
  if (named?.length === 0) return nothing
  const { ListSecretsCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
  const client: SecretsManagerClient = new SecretsManagerClient({ ...session.clientOptions, region })
  if (named !== undefined) return together(await inParallel(named, atOnce, secret => readSecret(session, client, region, secret)))
  const where = { kind, scope: { account: session.account, region } } as const
  const listed = await allPages<ListSecretsResponse, SecretListEntry>(
    token => {
      const input = { IncludePlannedDeletion: true, MaxResults: 100, ...(token === undefined ? {} : { NextToken: token }) }
      return session.ask('secretsmanager', 'ListSecrets', request => client.send(new ListSecretsCommand(input), request))
    },
    page => page.SecretList,
    page => page.NextToken,
  )
  const secrets = await inParallel(listed.items, atOnce, ({ ARN, Name }) => readSecret(session, client, region, ARN ?? Name ?? ''))
  return together([...secrets, listed.refused === undefined ? { ...nothing, read: [where] } : unreadPart(where, listed.refused)])
}

async function readSecret(session: Session, client: SecretsManagerClient, region: string, SecretId: string): Promise<Part> {
  const { DescribeSecretCommand, GetResourcePolicyCommand } = await import('@aws-sdk/client-secrets-manager')
  const scope = { account: session.account, region }
  // A name makes the ARN but for its last six characters, by which a secret is known as well.
  const id = SecretId.startsWith('arn:')
    ? SecretId
    : `arn:${session.partition}:secretsmanager:${region}:${session.account}:secret:${SecretId}`
  const where = { kind, scope, id } as const
  const answer = await session.ask('secretsmanager', 'DescribeSecret', request =>
    client.send(new DescribeSecretCommand({ SecretId }), request),
  )
  if (answer.is === 'missing') return { ...nothing, read: [where] }
  if (answer.is !== 'ok') return unreadPart(where, answer, id)
  const { ARN } = answer.value
  if (ARN === undefined) return unreadPart(where, { is: 'failed', reason: 'secretsmanager:DescribeSecret gave no secret' })
  const call = `secretsmanager:DescribeSecret ${answer.value.Name}`
  const policy = await session.ask('secretsmanager', 'GetResourcePolicy', request =>
    client.send(new GetResourcePolicyCommand({ SecretId: ARN }), request),
  )
  if (policy.is !== 'ok') {
    const refused = policy.is === 'missing' ? { is: 'failed' as const, reason: 'secretsmanager:GetResourcePolicy found no secret' } : policy
    return together([
      { ...nothing, resources: [awsResource(kind, scope, answer.value, call)] },
      unreadPart({ ...where, id: ARN }, refused, ARN),
    ])
  }
  const { ResourcePolicy: text } = policy.value
  const ResourcePolicy = text === undefined ? null : policyDocument(text)
  return { ...nothing, resources: [awsResource(kind, scope, { ...answer.value, ResourcePolicy }, call)] }
}
