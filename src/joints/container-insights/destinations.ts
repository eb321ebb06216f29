import { Unread } from '#base/errors.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { agentConfigOf, outputsOf, variableOf, type ConfigReader, type Output } from './settings.ts'
import type { Shipper } from './shippers.ts'

type PlaceReader = Reader<'aws/eks/Cluster'>
export type DestinationReader = ConfigReader & PlaceReader

/** Where a cluster is in AWS. */
export interface Home {
  readonly cluster: Resource<'aws/eks/Cluster'>
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly name: string
}

/** @throws Unread when the cluster was not read */
export function homeOf(world: PlaceReader, clusterName: string): Home {
  const cluster = eksCluster(world, clusterName)
  if (cluster === undefined) throw new Unread(whyNoCluster(world, clusterName))
  const [, partition = 'aws', , region = '', account = ''] = cluster.id.split(':')
  return { cluster, partition, region, account, name: cluster.body.name }
}

/** A log group that a shipper writes to, as its configuration and variables say. */
export interface Destination {
  readonly group: string
  readonly region: string
  readonly arn: string
  /** Makes the group when there is none. */
  readonly creates: boolean
  /** Sets the retention of a group that it makes. */
  readonly setsRetention: boolean
  /** What the names of a node's streams begin with, or are. */
  readonly stream: { readonly is: 'exact' | 'prefix'; of(node: string): string } | undefined
  /** The configuration that names it. */
  readonly at: Evidence
}

/** A name in a configuration that was never filled in: `{{cluster_name}}` of the manifests that AWS publishes. */
export const isPlaceholder = (text: string): boolean => text.includes('{{')

const known = perWorld((_world: object) => new Map<Shipper['workload'], readonly Destination[]>())

/**
 * Where a shipper writes to. None: nothing of it goes to CloudWatch Logs.
 * @throws Unread when its configuration or its cluster was not read
 */
export function destinationsOf(world: DestinationReader, shipper: Shipper): readonly Destination[] {
  const found = known(world).get(shipper.workload) ?? (shipper.signal === 'metrics' ? ofAgent(world, shipper) : ofFluentBit(world, shipper))
  known(world).set(shipper.workload, found)
  return found
}

const groupArn = ({ partition, account }: Home, region: string, group: string): string =>
  `arn:${partition}:logs:${region}:${account}:log-group:${group}`

/**
 * The agent writes metrics as log events from which CloudWatch takes them: to `/aws/containerinsights/CLUSTER/performance`, one stream a node.
 * https://github.com/aws/amazon-cloudwatch-agent/blob/main/translator/translate/otel/exporter/awsemf/awsemf_default_kubernetes.yaml
 */
function ofAgent(world: DestinationReader, shipper: Shipper): readonly Destination[] {
  const config = agentConfigOf(world, shipper)
  if (config?.kubernetes === undefined) return []
  const home = homeOf(world, shipper.workload.cluster)
  const region = config.region ?? home.region
  const group = `/aws/containerinsights/${config.kubernetes.clusterName ?? home.name}/performance`
  const at = config.configMap.at(config.path, `the agent’s metrics go to ${group}`)
  return [
    {
      group,
      region,
      arn: groupArn(home, region, group),
      creates: true,
      setsRetention: false,
      stream: { is: 'exact', of: node => node },
      at,
    },
  ]
}

function ofFluentBit(world: DestinationReader, shipper: Shipper): readonly Destination[] {
  const outputs = outputsOf(world, shipper)
  if (outputs.length === 0) return []
  const home = homeOf(world, shipper.workload.cluster)
  const byGroup = outputs.flatMap(output => destinationOf(world, shipper, output, home) ?? [])
  return [...new Map(byGroup.map(each => [each.arn, each])).values()]
}

/** Undefined for a group whose name depends on each record. */
function destinationOf(
  world: DestinationReader,
  shipper: Shipper,
  { configMap, path, values }: Output,
  home: Home,
): Destination | undefined {
  if (values.has('log_group_template')) return undefined
  const group = filledIn(world, shipper, values.get('log_group_name') ?? '', configMap.id)
  if (group === '') return undefined
  const region = filledIn(world, shipper, values.get('region') ?? home.region, configMap.id)
  const prefix = values.get('log_stream_prefix')
  const isPerNode = prefix !== undefined && namesOf(prefix).some(name => variableOf(world, shipper, name)?.is === 'node')
  const stream = isPerNode
    ? { is: 'prefix' as const, of: (node: string) => filledIn(world, shipper, prefix, configMap.id, node) }
    : undefined
  return {
    group,
    region,
    arn: groupArn(home, region, group),
    creates: /^(?:true|on|yes)$/i.test(values.get('auto_create_group') ?? 'false'),
    setsRetention: values.has('log_retention_days'),
    stream,
    at: configMap.at(path, `an output goes to ${group}`),
  }
}

const namesOf = (text: string): readonly string[] => [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name)

/** The text with its variables. @throws Unread when the value of one is not told */
function filledIn(world: ConfigReader, shipper: Shipper, text: string, configMapId: string, node?: string): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const variable = variableOf(world, shipper, name)
    if (variable?.is === 'text') return variable.value
    if (variable?.is === 'node' && node !== undefined) return node
    throw new Unread({
      kind: 'k8s/ConfigMap',
      id: configMapId,
      reason: `the value of ${name}, which Fluent Bit's configuration names, is not told`,
      settle: { by: 'user', step: `set ${name} in the DaemonSet by its value, or by a ConfigMap that AWS names` },
    })
  })
}

/** Where EKS puts the logs of a cluster's control plane. https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html */
export const controlPlaneGroup = (name: string): string => `/aws/eks/${name}/cluster`

export const controlPlaneArn = (home: Home): string => groupArn(home, home.region, controlPlaneGroup(home.name))

/** The cluster whose group it is by its name; undefined for a group of something else. */
export function clusterOfGroup(name: string): string | undefined {
  const found = /^\/aws\/(?:eks\/([^/]+)\/cluster$|containerinsights\/([^/]+)\/)/.exec(name)
  return found?.[1] ?? found?.[2]
}
