import type { Need } from '../irsa/need.ts'
import { agentConfigOf } from './settings.ts'
import { destinationsOf, type Destination, type DestinationReader } from './destinations.ts'
import type { Shipper } from './shippers.ts'

/** Something that a shipper must be allowed, and the pattern by which a policy would allow it for all of its groups. */
export interface Write {
  readonly need: Need
  /** Policies name groups in both forms, and AWS's own messages in the longer one: whichever is allowed will do. */
  readonly also?: Need
  readonly pattern: string
  readonly destination?: Destination
  /** Only where the group does not exist yet. */
  readonly ifMissing?: true
}

/** A stream that every node may have, for what is asked about one of them. */
const stream = 'node'

/**
 * What it takes to send what a shipper sends. The agent's metrics of Container Insights are log events, so they take no `cloudwatch:PutMetricData`.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/logs/iam-access-control-overview-cwl.html (ARNs of groups with and without `:*`)
 * https://docs.fluentbit.io/manual/data-pipeline/outputs/cloudwatch
 * @throws Unread when its configuration was not read
 */
export function writesOf(world: DestinationReader, shipper: Shipper): readonly Write[] {
  const writes = destinationsOf(world, shipper).flatMap(destination => ofDestination(destination))
  const namespace = shipper.signal === 'metrics' ? agentConfigOf(world, shipper)?.metricsNamespace : undefined
  if (namespace === undefined) return writes
  const context = { 'cloudwatch:namespace': namespace }
  return [...writes, { need: { action: 'cloudwatch:PutMetricData', resource: '*', by: 'controller', context }, pattern: '*' }]
}

function ofDestination(destination: Destination): readonly Write[] {
  const { arn, at, creates, setsRetention } = destination
  const pattern = `${arn}:*`
  const ofGroup = (action: string): Write => {
    const need = { action, by: 'controller' as const, at }
    return { need: { ...need, resource: `${arn}:log-stream:` }, also: { ...need, resource: arn }, pattern, destination }
  }
  const events: Need = { action: 'logs:PutLogEvents', resource: `${arn}:log-stream:${stream}`, by: 'controller', at }
  return [
    ofGroup('logs:CreateLogStream'),
    { need: events, pattern, destination },
    ...(creates ? [{ ...ofGroup('logs:CreateLogGroup'), ifMissing: true as const }] : []),
    ...(creates && setsRetention ? [{ ...ofGroup('logs:PutRetentionPolicy'), ifMissing: true as const }] : []),
  ]
}
