import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { coverageOf } from '../coverage.ts'
import { destinationsOf, type Destination } from '../destinations.ts'
import { shipperOf, signalText, type Signal } from '../shippers.ts'
import { horizonOf, newestOfNode, streamsOf, type StreamsReader } from '../streams.ts'
import { hours, minutesBefore, readTime } from '../world-clock.ts'

/**
 * For how long silence says something, minutes. The agent writes every minute, a node's logs may rest; AWS tells the time of the last event with a delay,
 * typically of less than an hour. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html
 */
const longest: Readonly<Record<Signal, number>> = { metrics: hours(3), logs: hours(6) }

type Node = Resource<'k8s/Node'>

export default defineCheck({
  id: 'container-insights/node-silent',
  title: 'Nothing of a node has arrived in CloudWatch for hours, though a shipper runs there',
  severity: 'critical',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/ConfigMap', 'k8s/Node', 'aws/eks/Cluster', 'aws/logs/LogStreams'],
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html',
    'https://github.com/aws/amazon-cloudwatch-agent/blob/main/translator/translate/otel/exporter/awsemf/awsemf_default_kubernetes.yaml',
  ],

  test({ subject: workload, world }) {
    const shipper = shipperOf(workload)
    if (shipper === undefined) return skip('the workload is no shipper of Container Insights')
    const groups = destinationsOf(world, shipper).flatMap(destination => {
      const streams = destination.stream === undefined ? undefined : streamsOf(world, destination.arn)
      return streams === undefined ? [] : [{ destination, streams }]
    })
    const [any] = groups
    if (any === undefined) return skip('it has no group with streams that are named for nodes')
    const limit = longest[shipper.signal]
    const nodes = coverageOf(world, shipper).covered.filter(node => isReady(node) && minutesBefore(world, madeAt(node)) >= limit)
    const since = readTime(world) - limit * 60_000
    const states = nodes.map(node => ({ node, ...stateOf(world, groups, node, since) }))
    const silent = states.filter(({ is }) => is === 'silent')
    const [first] = silent
    if (first === undefined) {
      const open = states.find(({ is }) => is === 'open')
      if (open !== undefined) throw leftOut(any.streams, open.node)
      return states.length === 0
        ? skip('it has no node that has been ready for long enough')
        : pass(...states.flatMap(({ at }) => at ?? []))
    }
    const name = first.node.body.metadata.name
    const more = silent.length === 1 ? '' : ` and ${silent.length - 1} more of ${states.length}`
    const last = first.at ?? any.streams.at(['logGroupName'], 'no stream of this node is among those that have events')
    return fail({
      message: `nothing of node ${name}${more} has arrived from ${workload.name} for ${limit / 60} hours`,
      evidence: [
        last,
        ...silent.slice(0, 4).map(({ node }) => node.at(['metadata', 'name'], 'the node is ready')),
        any.destination.at,
        workload.resource.at(['metadata', 'name'], `${signalText[shipper.signal]} that runs there`),
      ],
      effect:
        shipper.signal === 'metrics'
          ? 'CloudWatch has no metrics of the node and its pods: alarms on them stay at INSUFFICIENT_DATA or OK.'
          : 'What the node’s pods log is not kept anywhere but on the node.',
      help: `kubectl get pods --namespace ${workload.namespace} --field-selector spec.nodeName=${name} names its pod: what that pod logs says why.`,
    })
  },
})

/** @throws Unread when the node does not say */
function isReady({ kind, id, body }: Node): boolean {
  const ready = (body.status?.conditions ?? []).find(({ type }) => type === 'Ready')
  if (ready !== undefined) return ready.status === 'True'
  throw new Unread({
    kind,
    id,
    reason: 'the node was read without its conditions',
    settle: { by: 'user', step: 'read the live cluster, or kubectl get nodes -o yaml' },
  })
}

/** Since when it is there; undefined: nobody says, so it is not new. */
const madeAt = ({ body: { metadata } }: Node): string | undefined =>
  metadata.creationTimestamp === undefined ? undefined : String(metadata.creationTimestamp)

type Streams = NonNullable<ReturnType<typeof streamsOf>>

interface Group {
  readonly destination: Destination
  readonly streams: Streams
}

interface State {
  readonly is: 'sends' | 'silent' | 'open'
  readonly at?: Evidence
}

/** What arrived of a node in any of the groups. Open: streams were left out that may have newer events than it takes. */
function stateOf(world: StreamsReader, groups: readonly Group[], { body }: Node, since: number): State {
  const { name } = body.metadata
  const newest = groups
    .flatMap(({ destination, streams }) => newestOfNode(world, streams, destination, name) ?? [])
    .sort((a, b) => b.time - a.time)[0]
  if (newest !== undefined && newest.time >= since) return { is: 'sends', at: newest.at('the last event of the node') }
  const mayBeLeftOut = groups.some(({ streams }) => (horizonOf(streams) ?? -Infinity) >= since)
  if (mayBeLeftOut) return { is: 'open' }
  return { is: 'silent', ...(newest === undefined ? {} : { at: newest.at('the last event of the node') }) }
}

const leftOut = (streams: Streams, node: Node): Unread =>
  new Unread({
    kind: streams.kind,
    id: streams.id,
    reason: 'the group has more streams with new events than are read',
    settle: {
      by: 'user',
      step: `aws logs describe-log-streams --log-group-name ${streams.body.logGroupName} --log-stream-name-prefix ${node.body.metadata.name}`,
    },
  })
