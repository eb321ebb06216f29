import { defineCheck } from '#joints/define.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { enabledTypes } from '../control-plane.ts'
import { controlPlaneArn, controlPlaneGroup, homeOf } from '../destinations.ts'

type WatchReader = Reader<'aws/cloudwatch/Alarm' | 'aws/logs/MetricFilter' | 'aws/logs/SubscriptionFilters'>

export default defineCheck({
  id: 'container-insights/audit-log-unwatched',
  title: 'A cluster keeps its audit log, and nothing looks at it',
  severity: 'medium',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/cloudwatch/Alarm', 'aws/logs/MetricFilter', 'aws/logs/SubscriptionFilters'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/best-practices/auditing-and-logging.html',
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html',
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html',
  ],

  test({ subject: cluster, world }) {
    const { name } = cluster.body
    if (!enabledTypes(cluster).has('audit')) return skip('the audit log is off: container-insights/control-plane-logs-off says so')
    const home = homeOf(world, name)
    const subscriptions = world.find('aws/logs/SubscriptionFilters', controlPlaneArn(home))
    const subscribed = (subscriptions?.body.subscriptionFilters ?? []).findIndex(({ destinationArn }) => destinationArn !== undefined)
    if (subscriptions !== undefined && subscribed >= 0)
      return pass(subscriptions.at(['subscriptionFilters', subscribed, 'destinationArn'], 'its events go here, too'))
    const filters = world.where('aws/logs/MetricFilter', 'group', controlPlaneGroup(name), { account: home.account, region: home.region })
    const watched = filters.flatMap(filter => alarmOf(world, filter, home) ?? [])
    if (watched.length > 0)
      return pass(...watched, ...(subscriptions === undefined ? [] : [subscriptions.at(['logGroupName'], 'it has no subscription')]))
    const [filter] = filters
    return fail({
      message: `log group ${controlPlaneGroup(name)} of cluster ${name} has neither a subscription nor a metric filter whose alarm does something`,
      evidence: [
        cluster.at(['logging', 'clusterLogging'], 'the audit log is kept'),
        ...(filter === undefined ? [] : [filter.at(['filterName'], 'no alarm with an action watches the metric of this filter')]),
      ],
      effect: 'Somebody finds out what happened only when somebody looks, which is when it is known that something did.',
      help: 'Send the group to what watches logs by a subscription filter, or make metric filters with alarms: of calls that are forbidden, of changes to aws-auth and to ClusterRoleBindings, of exec into pods. GuardDuty’s EKS Protection reads the audit log by itself.',
    })
  },
})

/** An alarm with an action on a metric that the filter makes. */
function alarmOf(
  world: WatchReader,
  filter: Resource<'aws/logs/MetricFilter'>,
  { account, region }: { readonly account: string; readonly region: string },
): readonly Evidence[] | undefined {
  for (const { metricNamespace = '', metricName = '' } of filter.body.metricTransformations ?? []) {
    const alarms = world.where('aws/cloudwatch/Alarm', 'metric', `${metricNamespace}\n${metricName}`, { account, region })
    const ringing = alarms.find(({ body }) => body.ActionsEnabled !== false && (body.AlarmActions ?? []).length > 0)
    if (ringing !== undefined)
      return [ringing.at(['AlarmActions', 0], 'the alarm tells somebody'), filter.at(['filterName'], 'it watches what this filter counts')]
  }
  return undefined
}
