import type {
  AliasListEntry,
  GrantListEntry,
  KeyListEntry,
  KMSClient,
  ListAliasesResponse,
  ListGrantsResponse,
  ListKeysResponse,
} from '@aws-sdk/client-kms'
import { allPages, type Pages } from './all-pages.ts'
import { policyDocument } from './body.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kind = 'aws/kms/Key'
const atOnce = 4

interface Reading {
  readonly session: Session
  readonly kms: KMSClient
  readonly region: string
  readonly aliases: Pages<AliasListEntry>
}

/** These keys of one region (ARNs, ids, aliases), or every one when none is named. */
export async function readKeys(session: Session, region: string, named: readonly string[] | undefined): Promise<Part> {
  if (named?.length === 0) return nothing
  const { KMSClient } = await import('@aws-sdk/client-kms')
  const kms: KMSClient = new KMSClient({ ...session.clientOptions, region })
  const reading = { session, kms, region, aliases: await listAliases(session, kms) }
  if (named !== undefined) return together(await inParallel(named, atOnce, key => readKey(reading, key)))
  const where = { kind, scope: { account: session.account, region } } as const
  const listed = await listKeys(session, kms)
  const keys = await inParallel(listed.items, atOnce, ({ KeyArn, KeyId }) => readKey(reading, KeyArn ?? KeyId ?? ''))
  return together([...keys, listed.refused === undefined ? { ...nothing, read: [where] } : unreadPart(where, listed.refused)])
}

/** The key with its policy, grants and aliases. What of the three is refused is left out, and the key is unread beside being there. */
async function readKey({ session, kms, region, aliases }: Reading, key: string): Promise<Part> {
  const { DescribeKeyCommand, GetKeyPolicyCommand } = await import('@aws-sdk/client-kms')
  const scope = { account: session.account, region }
  const arn = key.startsWith('arn:') && key.includes(':key/') ? key : undefined
  const where = { kind, scope, ...(arn === undefined ? {} : { id: arn }) } as const
  const answer = await session.ask('kms', 'DescribeKey', request => kms.send(new DescribeKeyCommand({ KeyId: key }), request))
  // Which key an alias would stand for is not known when there is no such alias.
  if (answer.is === 'missing') return arn === undefined ? nothing : { ...nothing, read: [where] }
  if (answer.is !== 'ok') return unreadPart(where, answer, arn)
  const { KeyMetadata: metadata } = answer.value
  if (metadata?.Arn === undefined) return unreadPart(where, { is: 'failed', reason: 'kms:DescribeKey gave no key' })
  const { Arn: id } = metadata
  const policy = await session.ask('kms', 'GetKeyPolicy', request => kms.send(new GetKeyPolicyCommand({ KeyId: id }), request))
  const grants = await listGrants(session, kms, id)
  const body = {
    ...metadata,
    ...(policy.is === 'ok' && policy.value.Policy !== undefined ? { Policy: policyDocument(policy.value.Policy) } : {}),
    ...(grants.refused === undefined ? { Grants: grants.items } : {}),
    ...(aliases.refused === undefined ? { Aliases: aliases.items.filter(({ TargetKeyId }) => TargetKeyId === metadata.KeyId) } : {}),
  }
  const refused = [policy, grants.refused, aliases.refused].filter(one => one?.is === 'denied' || one?.is === 'failed')
  return together([
    { ...nothing, resources: [awsResource(kind, scope, body, `kms:DescribeKey ${id}`)] },
    ...refused.map(one => unreadPart({ kind, scope, id }, one, one === aliases.refused ? undefined : id)),
  ])
}

const listKeys = (session: Session, kms: KMSClient): Promise<Pages<KeyListEntry>> =>
  allPages<ListKeysResponse, KeyListEntry>(
    async token => {
      const { ListKeysCommand } = await import('@aws-sdk/client-kms')
      return session.ask('kms', 'ListKeys', request => kms.send(new ListKeysCommand({ Limit: 1000, Marker: token }), request))
    },
    page => page.Keys,
    page => page.NextMarker,
  )

const listAliases = (session: Session, kms: KMSClient): Promise<Pages<AliasListEntry>> =>
  allPages<ListAliasesResponse, AliasListEntry>(
    async token => {
      const { ListAliasesCommand } = await import('@aws-sdk/client-kms')
      return session.ask('kms', 'ListAliases', request => kms.send(new ListAliasesCommand({ Limit: 100, Marker: token }), request))
    },
    page => page.Aliases,
    page => page.NextMarker,
  )

const listGrants = (session: Session, kms: KMSClient, KeyId: string): Promise<Pages<GrantListEntry>> =>
  allPages<ListGrantsResponse, GrantListEntry>(
    async token => {
      const { ListGrantsCommand } = await import('@aws-sdk/client-kms')
      return session.ask('kms', 'ListGrants', request => kms.send(new ListGrantsCommand({ KeyId, Limit: 100, Marker: token }), request))
    },
    page => page.Grants,
    page => page.NextMarker,
  )
