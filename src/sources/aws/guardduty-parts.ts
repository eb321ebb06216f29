import type {
  CoverageResource,
  DescribeOrganizationConfigurationResponse,
  ListCoverageResponse,
  ListFiltersResponse,
  ListPublishingDestinationsResponse,
  OrganizationFeatureConfigurationResult,
} from '@aws-sdk/client-guardduty'
import { regionalId } from '#model/kinds-aws-operations.ts'
import { allPages } from './all-pages.ts'
import { nothing, unreadPart, type Part } from './gathering.ts'
import type { DetectorReading } from './guardduty.ts'
import { awsResource } from './resource.ts'
import { wholeList, wholeListOf } from './service-reading.ts'

/**
 * How the runtime agent covers every EKS cluster that the detector sees: 20 calls for 1,000 clusters.
 * https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ListCoverage.html
 */
export async function readCoverage({ reading, guardduty, DetectorId }: DetectorReading): Promise<Part> {
  const { ListCoverageCommand } = await import('@aws-sdk/client-guardduty')
  const FilterCriteria = { FilterCriterion: [{ CriterionKey: 'RESOURCE_TYPE' as const, FilterCondition: { Equals: ['EKS'] } }] }
  const listed = await allPages<ListCoverageResponse, CoverageResource>(
    NextToken => {
      const input = { DetectorId, FilterCriteria, MaxResults: 50, NextToken }
      return reading.ask('guardduty', 'ListCoverage', request => guardduty.send(new ListCoverageCommand(input), request))
    },
    page => page.Resources,
    page => page.NextToken,
  )
  return wholeList(reading, 'aws/guardduty/Coverage', listed, resource => {
    const Id = regionalId(reading.account, reading.region, DetectorId, resource.ResourceId ?? '')
    return { body: { Id, ...resource }, call: `guardduty:ListCoverage ${resource.ResourceId}` }
  })
}

/** Every saved filter, ARCHIVE among their actions: one call for each, and one for 50. */
export async function readDetectorFilters({ reading, guardduty, DetectorId, arn }: DetectorReading): Promise<Part> {
  const { GetFilterCommand, ListFiltersCommand } = await import('@aws-sdk/client-guardduty')
  const kind = 'aws/guardduty/Filter'
  const listed = await allPages<ListFiltersResponse, string>(
    NextToken => {
      const input = { DetectorId, MaxResults: 50, NextToken }
      return reading.ask('guardduty', 'ListFilters', request => guardduty.send(new ListFiltersCommand(input), request))
    },
    page => page.FilterNames,
    page => page.NextToken,
  )
  return wholeListOf(reading, kind, listed, async FilterName => {
    const Arn = `${arn}/filter/${FilterName}`
    const answer = await reading.ask('guardduty', 'GetFilter', request =>
      guardduty.send(new GetFilterCommand({ DetectorId, FilterName }), request),
    )
    if (answer.is === 'missing') return nothing
    if (answer.is !== 'ok') return unreadPart({ kind, scope: reading.scope, id: Arn }, answer, Arn)
    return {
      ...nothing,
      resources: [awsResource(kind, reading.scope, { Arn, DetectorId, ...answer.value }, `guardduty:GetFilter ${FilterName}`)],
    }
  })
}

/** Where findings are written to, and whether they arrive: one call for each, and one for 50. */
export async function readDestinations({ reading, guardduty, DetectorId, arn }: DetectorReading): Promise<Part> {
  const { DescribePublishingDestinationCommand, ListPublishingDestinationsCommand } = await import('@aws-sdk/client-guardduty')
  const kind = 'aws/guardduty/PublishingDestination'
  const listed = await allPages<ListPublishingDestinationsResponse, string>(
    NextToken => {
      const input = { DetectorId, MaxResults: 50, NextToken }
      return reading.ask('guardduty', 'ListPublishingDestinations', request =>
        guardduty.send(new ListPublishingDestinationsCommand(input), request),
      )
    },
    page => page.Destinations?.flatMap(destination => destination.DestinationId ?? []),
    page => page.NextToken,
  )
  return wholeListOf(reading, kind, listed, async DestinationId => {
    const Arn = `${arn}/publishingdestination/${DestinationId}`
    const answer = await reading.ask('guardduty', 'DescribePublishingDestination', request =>
      guardduty.send(new DescribePublishingDestinationCommand({ DetectorId, DestinationId }), request),
    )
    if (answer.is === 'missing') return nothing
    if (answer.is !== 'ok') return unreadPart({ kind, scope: reading.scope, id: Arn }, answer, Arn)
    const body = { Arn, DetectorId, ...answer.value }
    return { ...nothing, resources: [awsResource(kind, reading.scope, body, `guardduty:DescribePublishingDestination ${DestinationId}`)] }
  })
}

/**
 * What GuardDuty does with accounts that join the organization. Only the administrator may ask; the detector is one that was just listed, so that a bad
 * request is that of an account which administers none, and that is known.
 * https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DescribeOrganizationConfiguration.html
 */
export async function readOrganizationConfiguration({ reading, guardduty, DetectorId, arn }: DetectorReading): Promise<Part> {
  const { DescribeOrganizationConfigurationCommand } = await import('@aws-sdk/client-guardduty')
  const where = { kind: 'aws/guardduty/OrganizationConfiguration', scope: reading.scope } as const
  const pages: DescribeOrganizationConfigurationResponse[] = []
  const { items: Features, refused } = await allPages<
    DescribeOrganizationConfigurationResponse | undefined,
    OrganizationFeatureConfigurationResult
  >(
    NextToken =>
      reading.ask('guardduty', 'DescribeOrganizationConfiguration', async request => {
        try {
          const page = await guardduty.send(new DescribeOrganizationConfigurationCommand({ DetectorId, NextToken }), request)
          pages.push(page)
          return page
        } catch (error) {
          if (error instanceof Error && error.name === 'BadRequestException') return undefined
          throw error
        }
      }),
    page => page?.Features,
    page => page?.NextToken,
  )
  if (refused !== undefined) return unreadPart(where, refused)
  const [first] = pages
  if (first === undefined) return { ...nothing, read: [where] }
  const { NextToken: _, ...configuration } = first
  const body = { DetectorArn: arn, ...configuration, Features }
  const resource = awsResource(where.kind, reading.scope, body, `guardduty:DescribeOrganizationConfiguration ${DetectorId}`)
  return { ...nothing, resources: [resource], read: [where] }
}
