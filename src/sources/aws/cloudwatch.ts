import type { CloudWatchClient, DescribeAlarmsOutput, ListMetricsOutput, Metric, MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { clusterMetricNames, regionalId } from '#model/kinds-aws-operations.ts'
import { allPages } from './all-pages.ts'
import { nothing, together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import { wholeList, type ServiceReading } from './service-reading.ts'

const atOnce = 2
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-EKS.html */
const Namespace = 'ContainerInsights'

/** Every metric alarm of the region: ten calls for 1,000. */
export async function readAlarms(reading: ServiceReading): Promise<Part> {
  const { CloudWatchClient, DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch')
  const cloudwatch: CloudWatchClient = new CloudWatchClient(reading.options)
  const listed = await allPages<DescribeAlarmsOutput, MetricAlarm>(
    NextToken => {
      const input = { AlarmTypes: ['MetricAlarm' as const], MaxRecords: 100, NextToken }
      return reading.ask('cloudwatch', 'DescribeAlarms', request => cloudwatch.send(new DescribeAlarmsCommand(input), request))
    },
    page => page.MetricAlarms,
    page => page.NextToken,
  )
  return wholeList(reading, 'aws/cloudwatch/Alarm', listed, alarm =>
    alarm.AlarmArn === undefined ? undefined : { body: alarm, call: `cloudwatch:DescribeAlarms ${alarm.AlarmName}` },
  )
}

/**
 * The metrics by which clusters and nodes show that they report: one call for each name and 500 nodes. Without clusters: of every cluster that
 * has some.
 */
export async function readClusterMetrics(reading: ServiceReading): Promise<Part> {
  const clusters: readonly (string | undefined)[] = reading.clusters.length === 0 ? [undefined] : reading.clusters
  const tasks = clusterMetricNames.flatMap(name => clusters.map(cluster => ({ name, cluster })))
  return together(await inParallel(tasks, atOnce, ({ name, cluster }) => readMetric(reading, name, cluster)))
}

async function readMetric(
  { ask, options, account, region, scope }: ServiceReading,
  MetricName: string,
  named: string | undefined,
): Promise<Part> {
  const { CloudWatchClient, ListMetricsCommand } = await import('@aws-sdk/client-cloudwatch')
  const cloudwatch: CloudWatchClient = new CloudWatchClient(options)
  const Dimensions = [{ Name: 'ClusterName', ...(named === undefined ? {} : { Value: named }) }]
  const kind = 'aws/cloudwatch/ClusterMetric'
  const listed = await allPages<ListMetricsOutput, Metric>(
    NextToken => {
      const input = { Namespace, MetricName, Dimensions, RecentlyActive: 'PT3H' as const, NextToken }
      return ask('cloudwatch', 'ListMetrics', request => cloudwatch.send(new ListMetricsCommand(input), request))
    },
    page => page.Metrics,
    page => page.NextToken,
  )
  const id = named === undefined ? {} : { id: regionalId(account, region, named, MetricName) }
  if (listed.refused !== undefined) return unreadPart({ kind, scope, ...id }, listed.refused)
  const byCluster = new Map<string, object[]>(named === undefined ? [] : [[named, []]])
  for (const { Dimensions: found = [] } of listed.items) {
    const cluster = found.find(({ Name }) => Name === 'ClusterName')?.Value
    if (cluster !== undefined) byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), { Dimensions: found }])
  }
  const resources = [...byCluster].map(([ClusterName, Metrics]) => {
    const body = { Id: regionalId(account, region, ClusterName, MetricName), Namespace, MetricName, ClusterName, Metrics }
    return awsResource(kind, scope, body, `cloudwatch:ListMetrics ${ClusterName} ${MetricName}`)
  })
  return { ...nothing, resources }
}
