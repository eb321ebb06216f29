import { seenInstanceOf } from '#joints/node-instance.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { clusterOf } from './branch-interface.ts'
import { instanceType, type Node } from './eligible-nodes.ts'
import { interfaceLimits } from './interface-limits.ts'
import { eventsOf } from '#joints/seen-events.ts'

/** The kinds that may tell why a node has no trunk interface. None of them must be read: they say more, and prove nothing by their absence. */
export const trunkEvidenceKinds = ['aws/ec2/Instance', 'k8s/CNINode', 'k8s/Event'] as const
type TrunkReader = Reader<(typeof trunkEvidenceKinds)[number]>

const cniNodes = perWorld(
  (world: Reader<'k8s/CNINode'>): ReadonlyMap<string, Resource<'k8s/CNINode'>> =>
    new Map(world.seen('k8s/CNINode').map(item => [`${clusterOf(item.scope)}\n${item.id}`, item])),
)

/** Of the controller and of ipamd. https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/utils/events.go */
const reasons = new Set(['Unsupported', 'TrunkENICreationFailed', 'NodeTrunkFailedInit', 'EniConfigNameNotFound', 'CNINodeCreationFailed'])

/** What was seen that tells why: an event, a CNINode without the feature, no free interface on the instance. */
export function whyNoTrunk(world: TrunkReader, node: Node): readonly Evidence[] {
  const events = eventsOf(world, node).filter(({ body }) => reasons.has(body.reason ?? '') && body.message !== undefined)
  const cniNode = cniNodes(world).get(`${clusterOf(node.scope)}\n${node.id}`)
  const features = cniNode?.body.spec?.features ?? []
  const isAsked = features.some(({ name }) => name === 'SecurityGroupsForPods')
  const instance = seenInstanceOf(world, node)
  const attached = instance?.body.NetworkInterfaces ?? []
  const limit = interfaceLimits(instanceType(node) ?? '')?.interfaces
  const isFull = limit !== undefined && attached.length >= limit && !attached.some(({ InterfaceType }) => InterfaceType === 'trunk')
  return [
    ...events.slice(0, 1).map(event => event.at(['message'], 'the controller says so')),
    ...(cniNode !== undefined && !isAsked
      ? [cniNode.at(['metadata', 'name'], 'the VPC CNI has not asked for a trunk interface here')]
      : []),
    ...(isFull ? [instance?.at(['NetworkInterfaces'], `all ${limit} interfaces of the type are taken`)].flatMap(item => item ?? []) : []),
  ]
}
