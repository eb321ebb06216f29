import { cloudWatchAgent, fluentBit } from '#joints/component-versions/container-insights.ts'
import { isImageOf, type Component } from '#joints/component-versions/define.ts'
import { perWorld } from '#joints/per-world.ts'
import { workloadsOf, type Container, type Workload, type workloadKinds } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Evidence } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

export type ShipperReader = Reader<(typeof workloadKinds)[number]>

/** What it sends: the agent metrics of nodes and pods, Fluent Bit what containers and nodes log. */
export type Signal = 'metrics' | 'logs'

/** A DaemonSet of Container Insights: the CloudWatch agent, or Fluent Bit. */
export interface Shipper {
  readonly workload: Workload
  readonly signal: Signal
  readonly os: 'linux' | 'windows'
  readonly container: Container
  /** Of the container, inside the DaemonSet. */
  readonly path: Path
  /** A place in its container. */
  at(inner: Path, label: string): Evidence
}

/** Where AWS's manifests, chart and add-on put them: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-EKS-quickstart.html */
export const home = 'amazon-cloudwatch'

const components: readonly (readonly [Component, Signal])[] = [
  [cloudWatchAgent, 'metrics'],
  [fluentBit, 'logs'],
]
/** Fluent Bit as its own project publishes it. */
const plainFluentBit: Component = { id: 'fluent-bit', images: ['fluent/fluent-bit'], behaviours: {} }

/** Every one of each cluster. Elsewhere than in their home both programs may serve other ends, which their configuration would have to tell and nobody reads. */
const byCluster = perWorld((world: ShipperReader): ReadonlyMap<string, readonly Shipper[]> => {
  const own = workloadsOf(world).filter(({ namespace, resource }) => namespace === home && resource.kind === 'k8s/DaemonSet')
  return Map.groupBy(
    own.flatMap(workload => shipperOf(workload) ?? []),
    ({ workload }) => workload.cluster,
  )
})

/** Those of a cluster, as far as they were read. */
const seenShippers = (world: ShipperReader, cluster: string): readonly Shipper[] => byCluster(world).get(cluster) ?? []

/** Every shipper that was read, whatever its cluster. */
export const allShippers = (world: ShipperReader): readonly Shipper[] => [...byCluster(world).values()].flat()

/** Those of a cluster. @throws Unread when its DaemonSets there were not all read */
export function shippersIn(world: ShipperReader, cluster: string): readonly Shipper[] {
  world.list('k8s/DaemonSet', { cluster, namespace: home })
  return seenShippers(world, cluster)
}

/** The workload as a shipper; undefined when it is none. */
export function shipperOf(workload: Workload): Shipper | undefined {
  if (workload.namespace !== home || workload.resource.kind !== 'k8s/DaemonSet') return undefined
  const { spec, root } = workload.template
  for (const [component, signal] of [...components, [plainFluentBit, 'logs'] as const]) {
    const index = spec.containers.findIndex(({ image }) => image !== undefined && isImageOf(component, image))
    const container = spec.containers[index]
    if (container === undefined) continue
    const path = [...root, 'spec', 'containers', index]
    const os = spec.nodeSelector?.['kubernetes.io/os'] === 'windows' ? 'windows' : 'linux'
    return { workload, signal, os, container, path, at: (inner, label) => workload.resource.at([...path, ...inner], label) }
  }
  return undefined
}

/** What people call it. */
export const signalText: Readonly<Record<Signal, string>> = { metrics: 'the CloudWatch agent', logs: 'Fluent Bit' }

/** The volumes of ConfigMaps that it has: names in its own namespace. */
export const configMapsOf = ({ workload }: Shipper): readonly string[] =>
  (workload.template.spec.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? [])
