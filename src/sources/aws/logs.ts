import type { AwsKind } from '#model/kinds.ts'
import { together, unreadPart, type Part } from './gathering.ts'
import { inParallel } from './in-parallel.ts'
import { readLogPolicies, readMetricFilters, readSubscriptions } from './log-filters.ts'
import { groupsOfClusters, listLogGroups } from './log-groups.ts'
import { readLogStreams } from './log-streams.ts'
import { wholeList, type ServiceReading } from './service-reading.ts'

/** What is read of the clusters' groups, one group at a time. */
const ofGroups = { 'aws/logs/LogStreams': readLogStreams, 'aws/logs/SubscriptionFilters': readSubscriptions } as const
const atOnce = 4

/** The kinds of CloudWatch Logs; the groups are listed once for all of them. */
export async function readLogs(reading: ServiceReading, kinds: ReadonlySet<AwsKind>): Promise<Part> {
  const others = await Promise.all([
    ...(kinds.has('aws/logs/MetricFilter') ? [readMetricFilters(reading)] : []),
    ...(kinds.has('aws/logs/ResourcePolicy') ? [readLogPolicies(reading)] : []),
  ])
  const asked = (Object.keys(ofGroups) as (keyof typeof ofGroups)[]).filter(kind => kinds.has(kind))
  return together([...others, ...(asked.length > 0 || kinds.has('aws/logs/LogGroup') ? [await readGroups(reading, kinds, asked)] : [])])
}

async function readGroups(reading: ServiceReading, kinds: ReadonlySet<AwsKind>, asked: readonly (keyof typeof ofGroups)[]): Promise<Part> {
  const listed = await listLogGroups(reading)
  const { refused } = listed
  const groups = kinds.has('aws/logs/LogGroup')
    ? [
        wholeList(reading, 'aws/logs/LogGroup', listed, group =>
          group.arn === undefined ? undefined : { body: group, call: `logs:DescribeLogGroups ${group.logGroupName}` },
        ),
      ]
    : []
  const tasks = groupsOfClusters(reading, listed).flatMap(group => asked.map(kind => ({ group, kind })))
  const parts = await inParallel(tasks, atOnce, ({ group, kind }) => ofGroups[kind](reading, group))
  // Which other groups there are is not known, so neither is what they hold.
  const unlisted = refused === undefined ? [] : asked.map(kind => unreadPart({ kind, scope: reading.scope }, refused))
  return together([...groups, ...parts, ...unlisted])
}
