import { defineCheck } from '#joints/define.ts'
import type { Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { enabledTypes, streamPrefix } from '../control-plane.ts'
import { controlPlaneArn, homeOf } from '../destinations.ts'
import { horizonOf, streamsOf } from '../streams.ts'
import { hours, readTime } from '../world-clock.ts'

/** How long an API server can have nothing to audit, minutes: its own controllers renew their leases every few seconds. */
const longestGap = 30
/** The last event of a stream that still grows is told with a delay, so a gap that ends in the last hours may be none. */
const settled = hours(2)

export default defineCheck({
  id: 'container-insights/audit-log-gap',
  title: 'For a while nothing of a cluster’s audit log was kept',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/logs/LogStreams'],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html',
    'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html',
  ],

  test({ subject: cluster, world }) {
    if (!enabledTypes(cluster).has('audit')) return skip('the audit log is off')
    const streams = streamsOf(world, controlPlaneArn(homeOf(world, cluster.body.name)))
    if (streams === undefined) return skip('the log group does not exist: container-insights/control-plane-logs-stale says so')
    const spans = spansOf(streams)
    const [first] = spans
    if (first === undefined) return skip('no stream of the audit log says when its events begin and end')
    const gap = gapIn(spans, readTime(world) - settled * 60_000)
    if (gap === undefined)
      return pass(streams.at(['logStreams', first.index, 'firstEventTimestamp'], 'from here on the audit log has no gap'))
    const minutes = Math.round((gap.until - gap.from) / 60_000)
    return fail({
      message: `the audit log of cluster ${cluster.body.name} has nothing for ${minutes} minutes, from ${new Date(gap.from).toISOString()}`,
      evidence: [
        streams.at(['logStreams', gap.before, 'lastEventTimestamp'], 'the last event before the gap'),
        streams.at(['logStreams', gap.after, 'firstEventTimestamp'], 'the first event after it'),
        cluster.at(['logging', 'clusterLogging'], 'the audit log is switched on now'),
      ],
      effect: 'Who did what in the cluster in that time is recorded nowhere.',
      help: 'Ask CloudTrail who called eks:UpdateClusterConfig, logs:DeleteLogGroup, logs:DeleteLogStream, kms:DisableKey and kms:PutKeyPolicy at the time.',
    })
  },
})

interface Span {
  readonly index: number
  readonly first: number
  readonly last: number
}

/** The streams of the audit log by when they begin. Events of streams that were left out are all older than the horizon, so a gap is only looked for after it. */
function spansOf(streams: Resource<'aws/logs/LogStreams'>): readonly Span[] {
  const horizon = horizonOf(streams) ?? -Infinity
  return streams.body.logStreams
    .flatMap(({ logStreamName = '', firstEventTimestamp: first, lastEventTimestamp: last }, index) =>
      logStreamName.startsWith(streamPrefix['audit'] ?? '') && first !== undefined && last !== undefined && last >= horizon
        ? [{ index, first, last }]
        : [],
    )
    .sort((a, b) => a.first - b.first)
}

function gapIn(spans: readonly Span[], newest: number) {
  let before: Span | undefined
  for (const span of spans) {
    const isGap = before !== undefined && span.first - before.last > longestGap * 60_000 && span.first <= newest
    if (isGap && before !== undefined) return { before: before.index, after: span.index, from: before.last, until: span.first }
    if (before === undefined || span.last > before.last) before = span
  }
  return undefined
}
