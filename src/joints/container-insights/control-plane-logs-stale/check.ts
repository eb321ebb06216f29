import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { enabledTypes, streamPrefix } from '../control-plane.ts'
import { controlPlaneArn, controlPlaneGroup, homeOf } from '../destinations.ts'
import { horizonOf, newestWithPrefix, streamsOf } from '../streams.ts'
import { hours, minutesBefore, readTime } from '../world-clock.ts'

/** An API server has something to audit every few seconds, since its own controllers call it; AWS tells the last event with a delay of typically less than an hour. */
const longest = hours(3)

export default defineCheck({
  id: 'container-insights/control-plane-logs-stale',
  title: 'The audit log of a cluster is switched on, and nothing of it has arrived for hours',
  severity: 'high',
  since: '0.1.0',
  subject: ['aws/eks/Cluster'],
  reads: ['aws/logs/LogStreams'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html',
    'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html',
  ],

  test({ subject: cluster, world }) {
    const { name, createdAt } = cluster.body
    if (!enabledTypes(cluster).has('audit')) return skip('the audit log is off: container-insights/control-plane-logs-off says so')
    if (createdAt !== undefined && minutesBefore(world, String(createdAt)) < longest) return skip('the cluster is new')
    const group = controlPlaneGroup(name)
    const on = cluster.at(['logging', 'clusterLogging'], 'the audit log is switched on')
    const streams = streamsOf(world, controlPlaneArn(homeOf(world, name)))
    if (streams === undefined)
      return fail({
        message: `cluster ${name} keeps its audit log, and log group ${group} does not exist`,
        evidence: [on],
        effect: 'The group was deleted: what the control plane logs goes nowhere until EKS makes it again.',
        help: 'Switch the types of logs off and on again: EKS then makes the group. Import it into your infrastructure code instead of making it there.',
      })
    const newest = newestWithPrefix(world, streams, streamPrefix['audit'] ?? '')
    const since = readTime(world) - longest * 60_000
    if (newest !== undefined && newest.time >= since) return pass(newest.at('the last event of the audit log'), on)
    if ((horizonOf(streams) ?? -Infinity) >= since)
      throw new Unread({ kind: streams.kind, id: streams.id, reason: 'the group has more streams with new events than are read' })
    return fail({
      message: `nothing has arrived in the audit log of cluster ${name} for ${longest / 60} hours`,
      evidence: [
        newest?.at('the last event of the audit log') ?? streams.at(['logGroupName'], 'no stream of the audit log has events'),
        on,
      ],
      effect: 'Who does what in the cluster is recorded nowhere, though the cluster says that it is.',
      help: `Look at the KMS key of ${group}, at the quotas of CloudWatch Logs, and whether the log group was deleted and made again; then switch the types off and on.`,
    })
  },
})
