import type {
  AliasListEntry,
  GrantListEntry,
  KeyListEntry,
  KMSClient,
  ListAliasesResponse,
  ListGrantsResponse,
  ListKeysResponse,
} from '@aws-sdk/client-kms'
import type { AwsKind } from '#model/kinds.ts'
import { canRotate, type KeyBody } from '#model/kinds-aws.ts'
import { allPages, type Pages } from './all-pages.ts'
import { policyDocument } from './body.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kind = 'aws/kms/Key'
const rotation = 'aws/kms/KeyRotation'
const atOnce = 4

interface Reading {
  readonly session: Session
  readonly kms: KMSClient
  readonly region: string
  readonly aliases: Pages<AliasListEntry>
  /** `aws/kms/Key`, and whether they rotate when that is asked for. */
  readonly kinds: readonly (typeof kind | typeof rotation)[]
}

/** These keys of one region (ARNs, ids, aliases), or every one when none is named; nothing unless a kind of keys is asked for. */
export async function readKeys(
  session: Session,
  region: string,
  asked: ReadonlySet<AwsKind>,
  named: readonly string[] | undefined,
): Promise<Part> {
  if (named?.length === 0 || !(asked.has(kind) || asked.has(rotation))) return nothing
  const { KMSClient } = await import('@aws-sdk/client-kms')
  const kms: KMSClient = new KMSClient({ ...session.clientOptions, region })
  const kinds = asked.has(rotation) ? ([kind, rotation] as const) : ([kind] as const)
  const reading: Reading = { session, kms, region, aliases: await listAliases(session, kms), kinds }
  if (named !== undefined) return together(await inParallel(named, atOnce, key => readKey(reading, key)))
  const scope = { account: session.account, region }
  const { items, refused } = await listKeys(session, kms)
  const keys = await inParallel(items, atOnce, ({ KeyArn, KeyId }) => readKey(reading, KeyArn ?? KeyId ?? ''))
  const whole = kinds.map(each =>
    refused === undefined ? { ...nothing, read: [{ kind: each, scope }] } : unreadPart({ kind: each, scope }, refused),
  )
  return together([...keys, ...whole])
}

/** The key with its policy, grants and aliases. What of the three is refused is left out, and the key is unread beside being there. */
async function readKey(reading: Reading, key: string): Promise<Part> {
  const { session, kms, region, aliases, kinds } = reading
  const { DescribeKeyCommand, GetKeyPolicyCommand } = await import('@aws-sdk/client-kms')
  const scope = { account: session.account, region }
  const arn = key.startsWith('arn:') && key.includes(':key/') ? key : undefined
  const places = kinds.map(each => ({ kind: each, scope, ...(arn === undefined ? {} : { id: arn }) }) as const)
  const answer = await session.ask('kms', 'DescribeKey', request => kms.send(new DescribeKeyCommand({ KeyId: key }), request))
  // Which key an alias would stand for is not known when there is no such alias.
  if (answer.is === 'missing') return arn === undefined ? nothing : { ...nothing, read: places }
  if (answer.is !== 'ok') return together(places.map(where => unreadPart(where, answer, arn)))
  const { KeyMetadata: metadata } = answer.value
  if (metadata?.Arn === undefined)
    return together(places.map(where => unreadPart(where, { is: 'failed', reason: 'kms:DescribeKey gave no key' })))
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
  const read = awsResource(kind, scope, body, `kms:DescribeKey ${id}`)
  return together([
    { ...nothing, resources: [read] },
    ...refused.map(one => unreadPart({ kind, scope, id }, one, one === aliases.refused ? undefined : id)),
    kinds.includes(rotation) ? await readRotation(reading, read.body as KeyBody) : nothing,
  ])
}

/** Whether KMS rotates the key. https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html */
async function readRotation({ session, kms, region }: Reading, key: KeyBody): Promise<Part> {
  const where = { kind: rotation, scope: { account: session.account, region }, id: key.Arn } as const
  if (!canRotate(key)) return { ...nothing, read: [where] }
  const { GetKeyRotationStatusCommand } = await import('@aws-sdk/client-kms')
  const answer = await session.ask('kms', 'GetKeyRotationStatus', request =>
    kms.send(new GetKeyRotationStatusCommand({ KeyId: key.Arn }), request),
  )
  if (answer.is === 'missing') return { ...nothing, read: [where] }
  if (answer.is !== 'ok') return unreadPart(where, answer, key.Arn)
  return {
    ...nothing,
    resources: [awsResource(rotation, where.scope, { Arn: key.Arn, ...answer.value }, `kms:GetKeyRotationStatus ${key.Arn}`)],
  }
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
