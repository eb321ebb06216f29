import { metadataByPolicy, policyEvidence, unknownPolicies } from '#joints/metadata-policies.ts'
import { perWorld } from '#joints/per-world.ts'
import type { PolicyLayerReader } from '#joints/policy-layer.ts'
import { instanceId } from '#model/instance-id.ts'
import { clusterOf, type Evidence, type Resource } from '#model/resource.ts'
import type { Instance } from './node-instances.ts'

/** What policies make of the way from the pods of some nodes to the metadata service. */
export interface PodsOfNodes {
  /** A pod that no policy keeps from it. */
  readonly open?: Evidence
  /** Policies that keep every pod of the nodes from it. */
  readonly closed: readonly Evidence[]
}

type Pod = Resource<'k8s/Pod'>

const podsByInstance = perWorld((world: PolicyLayerReader): ReadonlyMap<string | undefined, readonly Pod[]> => {
  const nodes = new Map(world.seen('k8s/Node').map(node => [nodeKey(node, node.body.metadata.name), instanceId(node.body)]))
  return Map.groupBy(world.seen('k8s/Pod').filter(isInPodNetwork), pod => nodes.get(nodeKey(pod, pod.body.spec?.nodeName ?? '')))
})

const nodeKey = ({ scope }: Pick<Resource, 'scope'>, name: string): string => `${'cluster' in scope ? scope.cluster : ''}\n${name}`

/** A pod of the network of its node is as near to the service as the node: no policy keeps it off. */
const isInPodNetwork = ({ body }: Pod): boolean =>
  body.spec?.hostNetwork !== true && body.status?.phase !== 'Succeeded' && body.status?.phase !== 'Failed'

/**
 * Undefined where nobody looked into a cluster, or no pod runs there yet: then nothing keeps off those that come.
 * @throws Unread when no pod that was seen is open, and some, or what closes them, may not have been read
 */
export function podsOfNodes(world: PolicyLayerReader, instances: readonly Instance[]): PodsOfNodes | undefined {
  if (world.seen('k8s/Node').length + world.seen('k8s/Pod').length === 0) return undefined
  const pods = instances.flatMap(({ body }) => podsByInstance(world).get(body.InstanceId) ?? [])
  const answers = pods.map(pod => ({ pod, cluster: clusterOf(pod), answer: metadataByPolicy(world, clusterOf(pod), pod.id) }))
  const open = answers.find(({ answer }) => answer.verdict === 'allow')
  if (open !== undefined) return { open: open.pod.at(['metadata', 'name'], 'no policy keeps this pod from it'), closed: [] }
  for (const kind of ['k8s/Node', 'k8s/Pod'] as const) world.list(kind)
  const unsure = answers.find(({ answer }) => answer.verdict === 'unknown')
  if (unsure !== undefined) throw unknownPolicies(world, unsure.cluster, unsure.answer)
  if (pods.length === 0) return undefined
  const closing = answers.flatMap(({ cluster, answer }) =>
    policyEvidence(world, cluster, answer, 'this keeps the pods of the nodes from the service'),
  )
  return { closed: [...new Map(closing.map(each => [each.resource.id, each])).values()].slice(0, 3) }
}
