import type { Organization, OrganizationsClient } from '@aws-sdk/client-organizations'
import type { AwsKind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import { nothing, together, unreadPart, type Part, type Refused } from './gathering.ts'
import { organizationReader, type OrganizationReader } from './organization-reader.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kinds = ['aws/organizations/Organization', 'aws/organizations/Policy', 'aws/organizations/Target'] as const

/** Which of these kinds an organisation has. */
export const organizationKinds = (wanted: ReadonlySet<AwsKind>): readonly AwsKind[] => kinds.filter(kind => wanted.has(kind))

interface Member {
  readonly session: Session
  readonly organization: Organization
}

/**
 * The organisations of the accounts, and what they say of each: only a management account or a delegated administrator may know, so of all that are
 * read at once the management account is asked first. What nobody may know stays unread: guardrails that were not read are not absent.
 * An account that is in no organisation has none.
 */
export async function readOrganizations(sessions: readonly Session[], asked: readonly AwsKind[]): Promise<Part> {
  const found = await Promise.all(sessions.map(describe))
  const members = found.flatMap(one => ('organization' in one ? [one] : []))
  const alone = found.flatMap(one => ('is' in one && one.is === 'alone' ? [{ ...nothing, read: everywhere(asked, one.session) }] : []))
  const silent = found.flatMap(one => ('refused' in one ? [one] : []))
  const organizations = Map.groupBy(members, member => member.organization.Arn ?? '')
  const parts = await Promise.all(
    [...organizations.values()].map(group =>
      readOrganization(
        group,
        silent.map(({ session }) => session.account),
        asked,
      ),
    ),
  )
  const { resources, read, unread } = together([...alone, ...parts])
  const unsaid = silent.flatMap(({ session, refused }) =>
    everywhere(asked, session)
      .filter(({ kind }) => kind === organizationKind || !resources.some(({ id }) => id === session.account))
      .flatMap(where => unreadPart(where, refused).unread),
  )
  return { resources, read, unread: [...unread, ...unsaid] }
}

const organizationKind = 'aws/organizations/Organization'
const everywhere = (asked: readonly AwsKind[], { account }: Session) => asked.map(kind => ({ kind, scope: { account } }))

/** `alone`: in no organisation. Refused: another account's session may still know. */
type Described =
  | Member
  | { readonly is: 'alone'; readonly session: Session }
  | { readonly is: 'silent'; readonly session: Session; readonly refused: Refused }

async function describe(session: Session): Promise<Described> {
  const { DescribeOrganizationCommand } = await import('@aws-sdk/client-organizations')
  const client = await clientOf(session)
  const answer = await session.ask('organizations', 'DescribeOrganization', request =>
    client.send(new DescribeOrganizationCommand({}), request),
  )
  if (answer.is === 'missing') return { is: 'alone', session }
  const organization = answer.is === 'ok' ? answer.value.Organization : undefined
  if (organization?.Arn !== undefined) return { session, organization }
  if (answer.is !== 'ok') return { is: 'silent', session, refused: answer }
  return { is: 'silent', session, refused: { is: 'failed', reason: 'organizations:DescribeOrganization gave no organization' } }
}

async function clientOf(session: Session): Promise<OrganizationsClient> {
  const { OrganizationsClient } = await import('@aws-sdk/client-organizations')
  return new OrganizationsClient(session.clientOptions)
}

/**
 * Its accounts among those that are read, each with all that it stands in, by the first of the sessions that may know. Of others it is only tried
 * whether they are its accounts.
 */
async function readOrganization(members: readonly Member[], others: readonly string[], asked: readonly AwsKind[]): Promise<Part> {
  const [first] = members
  if (first === undefined) return nothing
  const { organization } = first
  const master = organization.MasterAccountId ?? ''
  const scope = { account: master }
  const itself: readonly Resource[] = asked.includes(organizationKind)
    ? [awsResource(organizationKind, scope, organization, 'organizations:DescribeOrganization')]
    : []
  const below = asked.filter(kind => kind !== organizationKind)
  if (below.length === 0) return { ...nothing, resources: itself }
  const inOrder = [...members].sort((a, b) => Number(b.session.account === master) - Number(a.session.account === master))
  const readers = await Promise.all(inOrder.map(async ({ session }) => organizationReader(session, await clientOf(session), organization)))
  const withPolicies = below.includes('aws/organizations/Policy')
  const parts = await Promise.all(members.map(({ session }) => readAccount(readers, session.account, withPolicies)))
  const tried = await Promise.all(others.map(account => readAccount(readers, account, withPolicies)))
  const kept = together([...parts, ...tried.filter(({ resources }) => resources.length > 0)])
  const isAsked = ({ kind }: { readonly kind: string }) => new Set<string>(below).has(kind)
  return {
    resources: [...itself, ...unique(kept.resources).filter(isAsked)],
    read: kept.read,
    unread: kept.unread.filter(isAsked),
  }
}

/** One reason for each kind: that the first reader was refused, when all were. */
async function readAccount(readers: readonly OrganizationReader[], account: string, withPolicies: boolean): Promise<Part> {
  let refused: Refused | undefined
  for (const reader of readers) {
    const chain = await reader.chain(account)
    if (chain.refused === undefined)
      return together([{ ...nothing, resources: chain.targets }, withPolicies ? await reader.policies(chain.targets) : nothing])
    refused ??= chain.refused
  }
  if (refused === undefined) return nothing
  const why = refused
  return together(
    (['aws/organizations/Target', 'aws/organizations/Policy'] as const).map(kind => unreadPart({ kind, scope: { account } }, why)),
  )
}

/** Accounts of one unit share all that it stands in. */
const unique = (resources: readonly Resource[]): readonly Resource[] => [
  ...new Map(resources.map(one => [`${one.kind}\n${one.id}`, one])).values(),
]
