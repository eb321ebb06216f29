import type { CloudWatchLogsClient, DescribeLogGroupsResponse, LogGroup } from '@aws-sdk/client-cloudwatch-logs'
import { allPages, type Pages } from './all-pages.ts'
import type { ServiceReading } from './service-reading.ts'

/** A group whose streams or subscriptions are asked for. */
export interface NamedGroup {
  readonly name: string
  readonly arn: string
}

/** Every group of the region: 20 calls for 1,000. */
export async function listLogGroups({ ask, options }: ServiceReading): Promise<Pages<LogGroup>> {
  const { CloudWatchLogsClient, DescribeLogGroupsCommand } = await import('@aws-sdk/client-cloudwatch-logs')
  const logs: CloudWatchLogsClient = new CloudWatchLogsClient(options)
  return allPages<DescribeLogGroupsResponse, LogGroup>(
    nextToken => ask('logs', 'DescribeLogGroups', request => logs.send(new DescribeLogGroupsCommand({ limit: 50, nextToken }), request)),
    page => page.logGroups,
    page => page.nextToken,
  )
}

/** What EKS and Container Insights write to, whose names are known before anything is listed. */
const wellKnown = (cluster: string): readonly string[] => [
  `/aws/eks/${cluster}/cluster`,
  ...['application', 'dataplane', 'host', 'performance'].map(part => `/aws/containerinsights/${cluster}/${part}`),
]

/**
 * The groups of the clusters, whether they are there or not: those whose names are known, those of the list that are named for a cluster, and
 * those that are wanted. Without clusters: those of the list that are named for some cluster.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-entries-EKS.html
 * https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
 */
export function groupsOfClusters(reading: ServiceReading, listed: Pages<LogGroup>): readonly NamedGroup[] {
  const { clusters, wanted, partition, region, account } = reading
  const there = listed.items.flatMap(({ logGroupName }) =>
    logGroupName !== undefined && isOfClusters(clusters, logGroupName) ? [logGroupName] : [],
  )
  const names = new Set([...clusters.flatMap(wellKnown), ...(wanted.logGroups ?? []), ...there])
  return [...names].sort().map(name => ({ name, arn: `arn:${partition}:logs:${region}:${account}:log-group:${name}` }))
}

function isOfClusters(clusters: readonly string[], name: string): boolean {
  const cluster = /^\/aws\/(?:eks\/([^/]+)\/cluster$|containerinsights\/([^/]+)\/)/.exec(name)
  const found = cluster?.[1] ?? cluster?.[2]
  return found !== undefined && (clusters.length === 0 || clusters.includes(found))
}
