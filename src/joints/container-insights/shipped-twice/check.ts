import { daemonObstacle } from '#joints/scheduling.ts'
import { defineCheck } from '#joints/define.ts'
import { workloadKinds, type Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { destinationsOf, type DestinationReader } from '../destinations.ts'
import { home, shipperOf, shippersIn, signalText, type Shipper, type ShipperReader } from '../shippers.ts'

export default defineCheck({
  id: 'container-insights/shipped-twice',
  title: 'Two DaemonSets ship the same from the same node',
  severity: 'medium',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/ConfigMap', 'k8s/Node', 'aws/eks/Cluster'],
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-logs-FluentBit.html',
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-EKS-quickstart.html',
  ],

  test({ subject: workload, world }) {
    const legacy = isLegacyFluentd(workload)
    const shipper = shipperOf(workload)
    if (shipper === undefined && !legacy) return skip('the workload is no shipper of Container Insights')
    const signal = shipper?.signal ?? 'logs'
    // Of two, the one whose name comes later is the one too many; Fluentd, which AWS no longer maintains, always is.
    const others = shippersIn(world, workload.cluster).filter(
      other => other.signal === signal && other.workload !== workload && (legacy || other.workload.name < workload.name),
    )
    const same = others.filter(other => legacy || (shipper !== undefined && writesTheSame(world, shipper, other)))
    const twice = same.flatMap(other =>
      nodesOfBoth(world, workload, other.workload)
        .slice(0, 1)
        .map(node => ({ other, node })),
    )
    const [first] = twice
    const name = workload.resource.at(['metadata', 'name'], 'this ships')
    if (first === undefined) return pass(name)
    return fail({
      message: `${workload.name} and ${first.other.workload.name} in ${home} both ship ${signal} of node ${first.node.body.metadata.name}`,
      evidence: [
        name,
        first.other.workload.resource.at(['metadata', 'name'], `${signalText[signal]} ships them as well`),
        first.node.at(['metadata', 'name'], 'both run here'),
      ],
      effect: 'Every event is sent, stored and paid for twice, and metrics that are sums count double.',
      help: `Delete ${workload.name}, or whichever of the two nobody maintains, or keep them on different nodes.`,
    })
  },
})

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-logs.html */
const isLegacyFluentd = ({ namespace, resource, template }: Workload): boolean =>
  namespace === home &&
  resource.kind === 'k8s/DaemonSet' &&
  template.spec.containers.some(({ image }) => /fluentd-kubernetes-daemonset:\S*cloudwatch/.test(image ?? ''))

function writesTheSame(world: ShipperReader & DestinationReader, one: Shipper, other: Shipper): boolean {
  const arns = new Set(destinationsOf(world, one).map(({ arn }) => arn))
  return destinationsOf(world, other).some(({ arn }) => arns.has(arn))
}

/** @throws Unread when the nodes were not all read */
const nodesOfBoth = (world: Reader<'k8s/Node'>, one: Workload, other: Workload): readonly Resource<'k8s/Node'>[] =>
  world
    .list('k8s/Node', { cluster: one.cluster })
    .filter(({ body }) => daemonObstacle(one.template.spec, body) === undefined && daemonObstacle(other.template.spec, body) === undefined)
