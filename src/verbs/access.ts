import type { UnreadFact } from '#base/errors.ts'
import { UserError } from '#base/errors.ts'
import { actionCatalogue } from '#iam/known-actions.ts'
import type { Caller } from '#joints/access-caller.ts'
import { tried } from '#joints/access-documents.ts'
import { listService, servicesOf } from '#joints/access-listing.ts'
import { mechanismText, type Mechanism } from '#joints/access-mechanism.ts'
import { subjectNamed } from '#joints/access-subject.ts'
import { clusterKinds } from '#joints/access-cluster-subjects.ts'
import type { Kind } from '#model/kinds.ts'
import type { World } from '#model/world.ts'
import type { AccessReport, AccessWay, ServiceReport, UsedReport } from '#report/access.ts'
import { kindsForAccess } from './can.ts'
import { readWorld, type ReadResult, type WantedByName, type WorldInput } from './read-world.ts'

export interface AccessResult extends ReadResult {
  readonly report: AccessReport
}

/** What a listing may read: the last use of each service, too. */
export const kindsForListing = (principal: string): readonly Kind[] => [
  ...new Set<Kind>([...kindsForAccess, 'aws/iam/ServiceLastAccessed', ...(principal.startsWith('kubernetes-') ? clusterKinds : [])]),
]

/** When services were last used costs a report for each role: of a role that is named, its own alone; else of those that service accounts name. */
export function wantedForListing(principal: string): WantedByName {
  return /^arn:[^:]*:iam::\d{12}:role\//.test(principal) ? { roleArns: [principal], lastAccessed: [principal] } : {}
}

/**
 * Everything that a principal may do, by service and resource, for each AWS identity that it has.
 * @throws UserError for a principal that does not exist
 */
export async function access(input: WorldInput, principal: string, namespace: string | undefined): Promise<AccessResult> {
  const read = await readWorld({ ...input, wanted: wantedForListing(principal) }, kindsForListing(principal))
  const subject = subjectNamed(read.world, principal, namespace)
  const ways: AccessWay[] = []
  for (const mechanism of subject.mechanisms) ways.push(await wayOf(read.world, mechanism))
  return { ...read, report: { subject: subject.text, ways, problems: read.problems } }
}

async function wayOf(world: World, mechanism: Mechanism): Promise<AccessWay> {
  const { session, by, steps } = mechanism
  const common = { by: mechanismText[by], mechanism: by, steps, session: session.is, services: [], unread: [] }
  if (session.is === 'refused') return { ...common, refused: session.reason }
  const { caller } = session
  const doubt = session.is === 'unknown' ? [session.fact] : []
  if (caller === undefined) return { ...common, unread: doubt }
  const used = lastUsed(world, caller)
  const services = servicesOf(world, caller)
  const catalogue = await actionCatalogue(services)
  const listed = services
    .map(service => serviceReport(listService(world, caller, service, catalogue), used.of(service)))
    .filter(({ rows, lost }) => rows.length > 0 || lost.length > 0)
  const unread = [...doubt, ...caller.identity.unread, ...(used.unread === undefined ? [] : [used.unread])]
  return {
    ...common,
    caller: caller.text,
    ...(caller.arn === undefined ? {} : { roleArn: caller.arn }),
    services: listed,
    unread: distinct(unread),
  }
}

const serviceReport = (listed: ReturnType<typeof listService>, used: UsedReport | undefined): ServiceReport => ({
  ...listed,
  ...(used === undefined ? {} : { used }),
})

const distinct = (facts: readonly UnreadFact[]): readonly UnreadFact[] => [
  ...new Map(facts.map(fact => [`${fact.kind}\n${fact.reason}`, fact])).values(),
]

export interface LastUsed {
  readonly of: (service: string) => UsedReport | undefined
  readonly unread?: UnreadFact
}

/** When each service was used last, where IAM's report was read. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html */
export function lastUsed(world: World, caller: Caller): LastUsed {
  const { arn } = caller
  if (arn === undefined) return { of: () => undefined }
  const found = tried(() => world.find('aws/iam/ServiceLastAccessed', arn))
  const asked: UnreadFact = {
    kind: 'aws/iam/ServiceLastAccessed',
    id: arn,
    reason: 'when services were last used',
    settle: { by: 'iam', action: 'iam:GenerateServiceLastAccessedDetails' },
  }
  if (found.is === 'unread' || found.value === undefined) return { of: () => undefined, unread: asked }
  const services = new Map((found.value.body.ServicesLastAccessed ?? []).map(service => [service.ServiceNamespace ?? '', service]))
  return {
    of(service) {
      const known = services.get(service)
      if (known === undefined) return undefined
      return known.LastAuthenticated === undefined ? { is: 'never' } : { is: 'used', at: String(known.LastAuthenticated) }
    },
  }
}

/** @throws UserError when the subject is no service account: a minimal policy is one of what runs as it. */
export function assertServiceAccount(principal: string): void {
  if (/^(sa|serviceaccounts?)\//i.test(principal)) return
  throw new UserError('MINIMAL_OF_ACCOUNT', '--minimal takes a service account', { help: 'give sa/ns/name' })
}
