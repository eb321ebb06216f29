import type { GetDetectorResponse, GuardDutyClient, ListDetectorsResponse } from '@aws-sdk/client-guardduty'
import type { AwsKind } from '#model/kinds.ts'
import { allPages } from './all-pages.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { readCoverage, readDetectorFilters, readDestinations, readOrganizationConfiguration } from './guardduty-parts.ts'
import { awsResource } from './resource.ts'
import type { ServiceReading } from './service-reading.ts'

/** The detector of one region. */
export interface DetectorReading {
  readonly reading: ServiceReading
  readonly guardduty: GuardDutyClient
  readonly DetectorId: string
  readonly arn: string
}

const readers: { readonly [K in AwsKind]?: (detector: DetectorReading) => Promise<Part> } = {
  'aws/guardduty/Administrator': readAdministrator,
  'aws/guardduty/Coverage': readCoverage,
  'aws/guardduty/Detector': readDetector,
  'aws/guardduty/Filter': readDetectorFilters,
  'aws/guardduty/OrganizationConfiguration': readOrganizationConfiguration,
  'aws/guardduty/PublishingDestination': readDestinations,
}

/** What GuardDuty is set to. A region without a detector has none of it, and that is known: GuardDuty was never switched on there. */
export async function readGuardDuty(reading: ServiceReading, kinds: ReadonlySet<AwsKind>): Promise<Part> {
  const asked = [...kinds].filter(kind => readers[kind] !== undefined)
  if (asked.length === 0) return nothing
  const { GuardDutyClient, ListDetectorsCommand } = await import('@aws-sdk/client-guardduty')
  const guardduty: GuardDutyClient = new GuardDutyClient(reading.options)
  const { partition, region, account, scope } = reading
  const detectors = await allPages<ListDetectorsResponse, string>(
    NextToken =>
      reading.ask('guardduty', 'ListDetectors', request =>
        guardduty.send(new ListDetectorsCommand({ MaxResults: 50, NextToken }), request),
      ),
    page => page.DetectorIds,
    page => page.NextToken,
  )
  const { refused } = detectors
  if (refused !== undefined) return together(asked.map(kind => unreadPart({ kind, scope }, refused)))
  const none = detectors.items.length === 0 ? asked.map(kind => ({ ...nothing, read: [{ kind, scope } as const] })) : []
  const parts = detectors.items.flatMap(DetectorId => {
    const arn = `arn:${partition}:guardduty:${region}:${account}:detector/${DetectorId}`
    return asked.map(async kind => (await readers[kind]?.({ reading, guardduty, DetectorId, arn })) ?? nothing)
  })
  return together([...none, ...(await Promise.all(parts))])
}

async function readDetector({ reading, guardduty, DetectorId, arn }: DetectorReading): Promise<Part> {
  const { GetDetectorCommand } = await import('@aws-sdk/client-guardduty')
  const kind = 'aws/guardduty/Detector'
  const answer = await reading.ask('guardduty', 'GetDetector', request => guardduty.send(new GetDetectorCommand({ DetectorId }), request))
  if (answer.is === 'missing')
    return unreadPart({ kind, scope: reading.scope }, { is: 'failed', reason: 'guardduty:GetDetector found no detector' })
  if (answer.is !== 'ok') return unreadPart({ kind, scope: reading.scope }, answer, arn)
  const body: GetDetectorResponse = answer.value
  const resource = awsResource(kind, reading.scope, { Arn: arn, DetectorId, ...body }, `guardduty:GetDetector ${DetectorId}`)
  return { ...nothing, resources: [resource], read: [{ kind, scope: reading.scope }] }
}

async function readAdministrator({ reading, guardduty, DetectorId, arn }: DetectorReading): Promise<Part> {
  const { GetAdministratorAccountCommand } = await import('@aws-sdk/client-guardduty')
  const kind = 'aws/guardduty/Administrator'
  const answer = await reading.ask('guardduty', 'GetAdministratorAccount', request =>
    guardduty.send(new GetAdministratorAccountCommand({ DetectorId }), request),
  )
  if (answer.is === 'denied' || answer.is === 'failed') return unreadPart({ kind, scope: reading.scope }, answer)
  const administrator = answer.is === 'ok' ? answer.value.Administrator : undefined
  // An account that nobody administers gets an answer without one, or an empty one.
  const Administrator = administrator?.AccountId === undefined ? null : administrator
  const resource = awsResource(kind, reading.scope, { DetectorArn: arn, Administrator }, `guardduty:GetAdministratorAccount ${DetectorId}`)
  return { ...nothing, resources: [resource], read: [{ kind, scope: reading.scope }] }
}
