import type { PodShape, Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

type Node = Resource<'k8s/Node'>

/** What a node is, as far as Pod Identity cares. `auto` has the agent built in. */
export type Compute = 'fargate' | 'windows' | 'hybrid' | 'auto' | 'ec2'

const computeType = 'eks.amazonaws.com/compute-type'
const fargateProfile = 'eks.amazonaws.com/fargate-profile'
const operatingSystem = 'kubernetes.io/os'

/** EKS labels its nodes, the kubelet its operating system. https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html#pod-id-restrictions */
export function computeOf({ body: { metadata } }: Node): Compute {
  const labels = metadata.labels ?? {}
  if (labels[computeType] === 'fargate') return 'fargate'
  if (labels[operatingSystem] === 'windows') return 'windows'
  if (labels[computeType] === 'hybrid') return 'hybrid'
  return labels[computeType] === 'auto' ? 'auto' : 'ec2'
}

export interface Unsupported {
  readonly compute: 'fargate' | 'windows'
  readonly at: Evidence
}

/** What a pod or a template says about its compute by itself. EKS labels the pods that it puts on Fargate. */
export function unsupportedShape({ resource, root, labels, spec }: PodShape): Unsupported | undefined {
  const at = (path: Path, label: string): Evidence => resource.at([...root, ...path], label)
  if (labels[fargateProfile] !== undefined)
    return { compute: 'fargate', at: at(['metadata', 'labels', fargateProfile], 'EKS runs the pod on Fargate') }
  if (spec.os?.name === 'windows') return { compute: 'windows', at: at(['spec', 'os', 'name'], 'a Windows pod') }
  if (spec.nodeSelector?.[operatingSystem] === 'windows')
    return { compute: 'windows', at: at(['spec', 'nodeSelector', operatingSystem], 'only Windows nodes are selected') }
  return undefined
}

/**
 * The compute that a pod runs on and that Pod Identity does not support, by its node.
 * @throws Unread when the node was not read.
 */
export function unsupportedNode(world: Reader<'k8s/Node'>, pod: Resource<'k8s/Pod'>): Unsupported | undefined {
  const name = pod.body.spec?.nodeName
  const node = name === undefined ? undefined : world.find('k8s/Node', name, pod.scope)
  if (node === undefined) return undefined
  const compute = computeOf(node)
  if (compute === 'fargate') return { compute, at: node.at(['metadata', 'labels', computeType], 'a Fargate node') }
  return compute === 'windows' ? { compute, at: node.at(['metadata', 'labels', operatingSystem], 'a Windows node') } : undefined
}

/** The nodes on which the pods run that were read. */
export const nodeNames = ({ seenPods }: Workload): readonly string[] => [...new Set(seenPods.flatMap(pod => pod.body.spec?.nodeName ?? []))]
