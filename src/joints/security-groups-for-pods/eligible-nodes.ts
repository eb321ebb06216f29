import { Unread } from '#base/errors.ts'
import { perWorld } from '#joints/per-world.ts'
import { placementObstacle } from '#joints/scheduling.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { platformOfNode } from '#network/aws/platform.ts'
import { podEniResource } from './branch-interface.ts'

export type Node = Resource<'k8s/Node'>
type NodeReader = Reader<'k8s/Node'>

const known = perWorld((_world: NodeReader) => new Map<string, readonly Node[]>())

/**
 * The EC2 nodes on which the scheduler may place pods of the workload by its selectors, affinity and tolerations, capacity left aside.
 * Nodes of Fargate, EKS Auto Mode, Windows and hybrid nodes have no branch interfaces of this controller.
 * Workloads that ask for the same get the same list.
 * @throws Unread when the nodes were not all read
 */
export function eligibleNodes(world: NodeReader, workload: Workload): readonly Node[] {
  const { cluster, template } = workload
  const { nodeSelector, affinity, tolerations } = template.spec
  const key = JSON.stringify([cluster, nodeSelector, affinity?.nodeAffinity, tolerations])
  const before = known(world).get(key)
  if (before !== undefined) return before
  const nodes = ec2Nodes(world, cluster).filter(({ body }) => placementObstacle(template.spec, body) === undefined)
  known(world).set(key, nodes)
  return nodes
}

/** @throws Unread when the nodes were not all read */
export const ec2Nodes = (world: NodeReader, cluster: string): readonly Node[] =>
  world.list('k8s/Node', { cluster }).filter(({ body }) => platformOfNode(body) === 'ec2')

export const instanceTypePath = ['metadata', 'labels', 'node.kubernetes.io/instance-type'] as const
export const instanceType = ({ body }: Node): string | undefined => body.metadata.labels?.['node.kubernetes.io/instance-type']

export const allocatablePath = ['status', 'allocatable', podEniResource] as const

/**
 * The branch interfaces that the node offers to the scheduler: 0 while it has no trunk interface.
 * @throws Unread when the node was read without its status
 */
export function branchInterfacesOf(node: Node): number {
  const allocatable = node.body.status?.allocatable
  if (allocatable !== undefined) return Number(allocatable[podEniResource] ?? 0)
  throw new Unread({
    kind: node.kind,
    id: node.id,
    reason: 'the node was read without its allocatable resources',
    settle: { by: 'user', step: 'read the live cluster, or kubectl get nodes -o yaml' },
  })
}

/** The first few by name, for a message: `a`, `a and b`, `a, b and 3 more`. */
export function namesOf(items: readonly { readonly body: { readonly metadata: { readonly name: string } } }[]): string {
  const names = items.map(({ body }) => body.metadata.name)
  if (names.length <= 1) return names[0] ?? ''
  return names.length === 2 ? names.join(' and ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`
}
