import type { CloudWatchLogsClient, DescribeLogStreamsResponse, LogStream } from '@aws-sdk/client-cloudwatch-logs'
import type { Outcome } from './ask.ts'
import { nothing, together, unreadPart, type Part, type Refused } from './gathering.ts'
import type { NamedGroup } from './log-groups.ts'
import { awsResource } from './resource.ts'
import type { ServiceReading } from './service-reading.ts'

const kind = 'aws/logs/LogStreams'
/** The largest page that AWS gives. */
const pageSize = 50
/** At most 20 calls for one group. */
const mostStreams = 1000
/** Streams without an event for so long say nothing of who reports now, milliseconds. */
const oldest = 24 * 3600 * 1000

interface Newest {
  readonly streams: readonly LogStream[]
  readonly truncated: boolean
}

/** The streams of one group with the newest events: those of the last day, 1,000 at most. Names and times, never what they hold. */
export async function readLogStreams(reading: ServiceReading, { name, arn }: NamedGroup): Promise<Part> {
  const where = { kind, scope: reading.scope, id: arn } as const
  const newest = await newestStreams(reading, name)
  if (newest === 'missing') return { ...nothing, read: [where] }
  if ('is' in newest) return unreadPart(where, newest, arn)
  const { streams, truncated } = newest
  const body = { logGroupArn: arn, logGroupName: name, logStreams: streams, ...(truncated ? { truncated } : {}) }
  return together([{ ...nothing, resources: [awsResource(kind, reading.scope, body, `logs:DescribeLogStreams ${name}`)] }])
}

async function newestStreams({ ask, options }: ServiceReading, logGroupName: string): Promise<Newest | Refused | 'missing'> {
  const { CloudWatchLogsClient, DescribeLogStreamsCommand } = await import('@aws-sdk/client-cloudwatch-logs')
  const logs: CloudWatchLogsClient = new CloudWatchLogsClient(options)
  const since = Date.now() - oldest
  const streams: LogStream[] = []
  let nextToken: string | undefined
  do {
    const input = { logGroupName, orderBy: 'LastEventTime', descending: true, limit: pageSize, nextToken } as const
    const page: Outcome<DescribeLogStreamsResponse> = await ask('logs', 'DescribeLogStreams', request =>
      logs.send(new DescribeLogStreamsCommand(input), request),
    )
    if (page.is === 'missing') return 'missing'
    if (page.is !== 'ok') return page
    streams.push(...(page.value.logStreams ?? []))
    nextToken = page.value.nextToken
    // Where those without any event stand in the order, AWS does not say.
    const last = (page.value.logStreams ?? []).findLast(stream => stream.lastEventTimestamp !== undefined)?.lastEventTimestamp
    if (nextToken !== undefined && (streams.length >= mostStreams || (last ?? since) < since)) return { streams, truncated: true }
  } while (nextToken !== undefined)
  return { streams, truncated: false }
}
