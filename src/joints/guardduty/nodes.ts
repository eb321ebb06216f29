import { does } from '#joints/component-versions/define.ts'
import { guardDutyAgent } from '#joints/component-versions/guardduty.ts'
import { parseImage, type Version } from '#joints/container-image.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Path } from '#model/place.ts'
import { clusterOf, type Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { daemonSetId, type DaemonSet } from './agent.ts'

export type Node = Resource<'k8s/Node'>
type Pod = Resource<'k8s/Pod'>

/** Why GuardDuty's agent cannot run on a node, or sees nothing there. */
export interface Uncovered {
  readonly why: string
  readonly path: Path
}

const computeType = 'eks.amazonaws.com/compute-type'
const instanceType = 'node.kubernetes.io/instance-type'
const labels = (name: string): Path => ['metadata', 'labels', name]

/**
 * Undefined: the agent is for such nodes.
 * https://docs.aws.amazon.com/guardduty/latest/ug/prereq-runtime-monitoring-eks-support.html
 */
export function uncovered({ body: { metadata, status } }: Node, agent: Version | undefined): Uncovered | undefined {
  const own = metadata.labels ?? {}
  const { kernelVersion, operatingSystem, osImage = '' } = status?.nodeInfo ?? {}
  if (own[computeType] === 'fargate') return { why: 'Fargate', path: labels(computeType) }
  if (own[computeType] === 'hybrid') return { why: 'hybrid nodes', path: labels(computeType) }
  if (own['kubernetes.io/os'] === 'windows') return { why: 'Windows', path: labels('kubernetes.io/os') }
  if (operatingSystem === 'windows') return { why: 'Windows', path: ['status', 'nodeInfo', 'operatingSystem'] }
  if (own[instanceType]?.startsWith('a1.') === true) return { why: 'first-generation Graviton instances', path: labels(instanceType) }
  if (kernelVersion !== undefined && isOlderThan(kernelVersion, 5, 4))
    return { why: 'kernels older than 5.4', path: ['status', 'nodeInfo', 'kernelVersion'] }
  if (agent !== undefined && osImage.startsWith('Amazon Linux 2023') && !does(guardDutyAgent, agent, 'supports-amazon-linux-2023'))
    return { why: 'Amazon Linux 2023 under an agent before 1.6.0', path: ['status', 'nodeInfo', 'osImage'] }
  return undefined
}

/** `5.10.230-223.885.amzn2.x86_64`. What is no version is not older. */
function isOlderThan(kernel: string, major: number, minor: number): boolean {
  const [, a, b] = /^(\d{1,4})\.(\d{1,4})/.exec(kernel) ?? []
  if (a === undefined || b === undefined) return false
  return Number(a) < major || (Number(a) === major && Number(b) < minor)
}

/** The version of the agent by its image; undefined when the tag does not tell. */
export function agentVersion({ body }: DaemonSet): Version | undefined {
  const image = body.spec?.template.spec?.containers[0]?.image
  return image === undefined ? undefined : parseImage(image).version
}

/** How long a new node, or a new pod, is given until its agent runs. */
const startMinutes = 5

export function isNew(world: Reader<never>, { body }: Node | Pod): boolean {
  const made = body.metadata.creationTimestamp
  if (made === undefined || world.readAt === undefined) return false
  return Date.parse(world.readAt) - Date.parse(String(made)) < startMinutes * 60_000
}

/**
 * The nodes of the cluster that the agent is for, those left out that have only just joined.
 * @throws Unread when the nodes were not all read
 */
export function nodesToCover(world: Reader<'k8s/Node'>, daemonSet: DaemonSet): readonly Node[] {
  const version = agentVersion(daemonSet)
  return world.list('k8s/Node', daemonSet.scope).filter(node => uncovered(node, version) === undefined && !isNew(world, node))
}

const agentPods = perWorld((world: Reader<'k8s/Pod'>) => {
  const pods = world.seen('k8s/Pod').filter(isAgent)
  return new Map(
    [...Map.groupBy(pods, clusterOf)].map(([cluster, own]) => [cluster, Map.groupBy(own, pod => pod.body.spec?.nodeName ?? '')] as const),
  )
})

const isAgent = ({ body: { metadata } }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  (metadata.ownerReferences ?? []).some(({ kind, name }) => kind === 'DaemonSet' && `${metadata.namespace}/${name}` === daemonSetId)

/**
 * The agent's pods by the name of their node.
 * @throws Unread when the pods of its namespace were not all read
 */
export function podsByNode(world: Reader<'k8s/Pod'>, daemonSet: DaemonSet): ReadonlyMap<string, readonly Pod[]> {
  const cluster = clusterOf(daemonSet)
  world.list('k8s/Pod', { cluster, namespace: daemonSet.body.metadata.namespace })
  return agentPods(world).get(cluster) ?? new Map<string, readonly Pod[]>()
}
