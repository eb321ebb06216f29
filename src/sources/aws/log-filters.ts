import type {
  CloudWatchLogsClient,
  DescribeMetricFiltersResponse,
  DescribeResourcePoliciesResponse,
  DescribeSubscriptionFiltersResponse,
  MetricFilter,
  ResourcePolicy,
  SubscriptionFilter,
} from '@aws-sdk/client-cloudwatch-logs'
import { regionalId } from '#model/kinds-aws-operations.ts'
import { allPages } from './all-pages.ts'
import type { Outcome } from './ask.ts'
import { policyDocument } from './body.ts'
import { nothing, unreadPart, type Part } from './gathering.ts'
import type { NamedGroup } from './log-groups.ts'
import { awsResource } from './resource.ts'
import { wholeList, type ServiceReading } from './service-reading.ts'

/** Every metric filter of the region: 20 calls for 1,000. */
export async function readMetricFilters(reading: ServiceReading): Promise<Part> {
  const { CloudWatchLogsClient, DescribeMetricFiltersCommand } = await import('@aws-sdk/client-cloudwatch-logs')
  const logs: CloudWatchLogsClient = new CloudWatchLogsClient(reading.options)
  const listed = await allPages<DescribeMetricFiltersResponse, MetricFilter>(
    nextToken => {
      const input = { limit: 50, nextToken }
      return reading.ask('logs', 'DescribeMetricFilters', request => logs.send(new DescribeMetricFiltersCommand(input), request))
    },
    page => page.metricFilters,
    page => page.nextToken,
  )
  return wholeList(reading, 'aws/logs/MetricFilter', listed, filter => {
    const { filterName = '', logGroupName = '' } = filter
    const Id = regionalId(reading.account, reading.region, logGroupName, filterName)
    return { body: { Id, ...filter }, call: `logs:DescribeMetricFilters ${logGroupName} ${filterName}` }
  })
}

/** The subscriptions of one group, of which AWS allows two: one call. */
export async function readSubscriptions({ ask, options, scope }: ServiceReading, { name, arn }: NamedGroup): Promise<Part> {
  const { CloudWatchLogsClient, DescribeSubscriptionFiltersCommand } = await import('@aws-sdk/client-cloudwatch-logs')
  const logs: CloudWatchLogsClient = new CloudWatchLogsClient(options)
  const kind = 'aws/logs/SubscriptionFilters'
  const where = { kind, scope, id: arn } as const
  let isMissing = false
  const listed = await allPages<DescribeSubscriptionFiltersResponse, SubscriptionFilter>(
    async nextToken => {
      const input = { logGroupName: name, nextToken }
      const page: Outcome<DescribeSubscriptionFiltersResponse> = await ask('logs', 'DescribeSubscriptionFilters', request =>
        logs.send(new DescribeSubscriptionFiltersCommand(input), request),
      )
      isMissing = page.is === 'missing'
      return page
    },
    page => page.subscriptionFilters,
    page => page.nextToken,
  )
  if (listed.refused !== undefined) return unreadPart(where, listed.refused, arn)
  if (isMissing) return { ...nothing, read: [where] }
  const body = { logGroupArn: arn, logGroupName: name, subscriptionFilters: listed.items }
  return { ...nothing, resources: [awsResource(kind, scope, body, `logs:DescribeSubscriptionFilters ${name}`)] }
}

/** Who may write to the account's groups: ten policies at most, one call. */
export async function readLogPolicies(reading: ServiceReading): Promise<Part> {
  const { CloudWatchLogsClient, DescribeResourcePoliciesCommand } = await import('@aws-sdk/client-cloudwatch-logs')
  const logs: CloudWatchLogsClient = new CloudWatchLogsClient(reading.options)
  const listed = await allPages<DescribeResourcePoliciesResponse, ResourcePolicy>(
    nextToken => {
      const input = { limit: 50, nextToken }
      return reading.ask('logs', 'DescribeResourcePolicies', request => logs.send(new DescribeResourcePoliciesCommand(input), request))
    },
    page => page.resourcePolicies,
    page => page.nextToken,
  )
  return wholeList(reading, 'aws/logs/ResourcePolicy', listed, policy => {
    const { policyName = '', policyDocument: text } = policy
    const decoded = text === undefined ? {} : { policyDocument: policyDocument(text) }
    const Id = regionalId(reading.account, reading.region, policyName)
    return { body: { Id, ...policy, ...decoded }, call: `logs:DescribeResourcePolicies ${policyName}` }
  })
}
