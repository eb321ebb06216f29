import { Unread } from '#base/errors.ts'
import { kubernetesKinds } from '#model/kinds.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { configMapsOf, home, type Shipper } from './shippers.ts'

export type ConfigReader = Reader<'k8s/ConfigMap'>
type ConfigMap = Resource<'k8s/ConfigMap'>

/** The value of a variable, and where it stands. `node`: the name of the node, which each pod has its own of. */
type Variable = { readonly is: 'text'; readonly value: string; readonly at: Evidence } | { readonly is: 'node' } | { readonly is: 'other' }

/**
 * A ConfigMap of Container Insights; undefined when it does not exist.
 * @throws Unread when it was not read: of ConfigMaps only those with known names are
 */
function configMapOf(world: ConfigReader, { workload }: Shipper, name: string): ConfigMap | undefined {
  const id = `${home}/${name}`
  if (kubernetesKinds['k8s/ConfigMap'].only?.includes(id) === true) return world.find('k8s/ConfigMap', id, workload.resource.scope)
  const seen = world.seen('k8s/ConfigMap').find(found => found.id === id && found.scope === workload.resource.scope)
  if (seen !== undefined) return seen
  throw new Unread({
    kind: 'k8s/ConfigMap',
    id,
    reason: 'only ConfigMaps that AWS names are read',
    settle: { by: 'user', step: `add the output of kubectl get configmap ${name} --namespace ${home} -o yaml` },
  })
}

/** The ConfigMaps that it mounts and that exist. @throws Unread as `configMapOf` */
const mountedConfigMaps = (world: ConfigReader, shipper: Shipper): readonly ConfigMap[] =>
  configMapsOf(shipper).flatMap(name => configMapOf(world, shipper, name) ?? [])

/** A variable of the shipper's container; undefined when it is not set. @throws Unread as `configMapOf` */
export function variableOf(world: ConfigReader, shipper: Shipper, name: string): Variable | undefined {
  const index = (shipper.container.env ?? []).findLastIndex(each => each.name === name)
  const found = shipper.container.env?.[index]
  if (found === undefined) return undefined
  const { value, valueFrom } = found
  if (value !== undefined) return { is: 'text', value, at: shipper.at(['env', index, 'value'], `${name} of the container`) }
  if (valueFrom?.fieldRef?.fieldPath === 'spec.nodeName') return { is: 'node' }
  const { name: configMapName, key } = valueFrom?.configMapKeyRef ?? {}
  if (configMapName === undefined || key === undefined) return { is: 'other' }
  const configMap = configMapOf(world, shipper, configMapName)
  const text = configMap?.body.data?.[key]
  if (configMap === undefined || text === undefined) return { is: 'other' }
  return { is: 'text', value: text, at: configMap.at(['data', key], `${name} of the container`) }
}

/** A `[SECTION]` of Fluent Bit's configuration: keys in lower case. https://docs.fluentbit.io/manual/administration/configuring-fluent-bit/classic-mode/configuration-file */
interface Section {
  readonly name: string
  readonly values: ReadonlyMap<string, string>
}

export function sectionsOf(text: string): readonly Section[] {
  const sections: { name: string; values: Map<string, string> }[] = []
  for (const line of text.split(/\r?\n/)) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const heading = /^\[ ?(\w+) ?\]$/.exec(trimmed)?.[1]
    if (heading !== undefined) sections.push({ name: heading.toLowerCase(), values: new Map() })
    else {
      const space = trimmed.search(/\s/)
      if (space > 0) sections.at(-1)?.values.set(trimmed.slice(0, space).toLowerCase(), trimmed.slice(space).trim())
    }
  }
  return sections
}

/** An output of Fluent Bit that goes to CloudWatch Logs. Both plugins, the one in C and the older one in Go, take the same keys. */
export interface Output {
  readonly configMap: ConfigMap
  /** Of the text that holds it. */
  readonly path: Path
  readonly values: ReadonlyMap<string, string>
}

/** @throws Unread when a ConfigMap that it mounts was not read */
export function outputsOf(world: ConfigReader, shipper: Shipper): readonly Output[] {
  return mountedConfigMaps(world, shipper).flatMap(configMap =>
    Object.entries(configMap.body.data ?? {}).flatMap(([file, text]) =>
      sectionsOf(text).flatMap(({ name, values }) =>
        name === 'output' && /^cloudwatch(?:_logs)?$/.test(values.get('name') ?? '') ? [{ configMap, path: ['data', file], values }] : [],
      ),
    ),
  )
}

/** The configuration of the CloudWatch agent. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html */
interface AgentConfig {
  readonly configMap: ConfigMap
  readonly path: Path
  readonly region?: string
  /** `logs.metrics_collected.kubernetes`: without it the agent sends no metrics of Container Insights. */
  readonly kubernetes?: { readonly clusterName?: string; readonly enhanced: boolean }
  /** Namespaces of the metrics that it sends without a log: `metrics.namespace`. */
  readonly metricsNamespace?: string
}

/**
 * Undefined when it mounts no ConfigMap with a configuration.
 * @throws Unread when one was not read, or is not what the agent reads
 */
export function agentConfigOf(world: ConfigReader, shipper: Shipper): AgentConfig | undefined {
  for (const configMap of mountedConfigMaps(world, shipper)) {
    const [file, text] = Object.entries(configMap.body.data ?? {}).find(([key]) => key.endsWith('.json')) ?? []
    if (file !== undefined && text !== undefined) return readAgentConfig(configMap, ['data', file], text)
  }
  return undefined
}

function readAgentConfig(configMap: ConfigMap, path: Path, text: string): AgentConfig {
  const config = parsed(configMap, text)
  const kubernetes = at(config, 'logs', 'metrics_collected', 'kubernetes')
  const region = at(config, 'agent', 'region')
  const clusterName = at(kubernetes, 'cluster_name')
  const metrics = at(config, 'metrics', 'metrics_collected')
  const namespace = at(config, 'metrics', 'namespace')
  return {
    configMap,
    path,
    ...(typeof region === 'string' ? { region } : {}),
    ...(kubernetes === undefined
      ? {}
      : {
          kubernetes: {
            ...(typeof clusterName === 'string' ? { clusterName } : {}),
            enhanced: at(kubernetes, 'enhanced_container_insights') === true,
          },
        }),
    ...(metrics === undefined ? {} : { metricsNamespace: typeof namespace === 'string' ? namespace : 'CWAgent' }),
  }
}

function parsed({ id }: ConfigMap, text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new Unread({
      kind: 'k8s/ConfigMap',
      id,
      reason: 'its configuration of the CloudWatch agent is no JSON',
      settle: { by: 'user', step: 'look at what the agent logs when it starts' },
    })
  }
}

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  )
