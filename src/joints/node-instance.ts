import { Unread } from '#base/errors.ts'
import { instanceId } from '#model/instance-id.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { eksCluster } from './clusters.ts'
import { perWorld } from './per-world.ts'

type Node = Resource<'k8s/Node'>
type Instance = Resource<'aws/ec2/Instance'>

export const nodeInstanceKinds = ['aws/ec2/Instance', 'aws/eks/Cluster', 'k8s/Node'] as const
type InstanceReader = Reader<'aws/ec2/Instance' | 'aws/eks/Cluster'>
export type NodeInstanceReader = Reader<(typeof nodeInstanceKinds)[number]>

const byId = perWorld(
  (world: Reader<'aws/ec2/Instance'>): ReadonlyMap<string, Instance> =>
    new Map(world.seen('aws/ec2/Instance').map(instance => [instance.body.InstanceId, instance])),
)

/** The roles that were seen, by the ARN of the instance profile that holds each. */
export const rolesByProfile = perWorld(
  (world: Reader<'aws/iam/Role'>): ReadonlyMap<string, Resource<'aws/iam/Role'>> =>
    new Map(
      world
        .seen('aws/iam/Role')
        .flatMap(role => (role.body.InstanceProfileList ?? []).flatMap(({ Arn }) => (Arn === undefined ? [] : [[Arn, role] as const]))),
    ),
)

/** The role of a node's instance profile, where both were seen. */
export const seenRoleOf = (world: Reader<'aws/ec2/Instance' | 'aws/iam/Role'>, node: Node): Resource<'aws/iam/Role'> | undefined =>
  rolesByProfile(world).get(seenInstanceOf(world, node)?.body.IamInstanceProfile?.Arn ?? '')

/** The instance of a node, where it was seen. */
export const seenInstanceOf = (world: Reader<'aws/ec2/Instance'>, node: Node): Instance | undefined =>
  byId(world).get(instanceId(node.body) ?? '')

/**
 * The instance of a node; undefined for a node that is no EC2 instance. Each is asked for by its id: a live scan does not list those of an account.
 * @throws Unread when it was not read, or EC2 does not know it
 */
export function instanceOf(world: InstanceReader, node: Node): Instance | undefined {
  const found = presentInstanceOf(world, node)
  const id = instanceId(node.body)
  if (found === undefined && id !== undefined) throw notFound(id)
  return found
}

/**
 * The same, but none for a node whose instance EC2 does not know, such as one that was just terminated.
 * @throws Unread when it was not read
 */
export function presentInstanceOf(world: InstanceReader, node: Node): Instance | undefined {
  const id = instanceId(node.body)
  const seen = seenInstanceOf(world, node)
  if (id === undefined || seen !== undefined) return seen
  const cluster = eksCluster(world, 'cluster' in node.scope ? node.scope.cluster : '')
  if (cluster === undefined) throw notFound(id)
  const [, partition = '', , region = '', account = ''] = cluster.id.split(':')
  return world.find('aws/ec2/Instance', `arn:${partition}:ec2:${region}:${account}:instance/${id}`)
}

const notFound = (id: string): Unread =>
  new Unread({
    kind: 'aws/ec2/Instance',
    id,
    reason: 'the instance of a node was not found',
    settle: { by: 'iam', action: 'ec2:DescribeInstances' },
  })

const unreadNode = perWorld((world: NodeInstanceReader): Unread | undefined => {
  try {
    for (const node of world.list('k8s/Node')) presentInstanceOf(world, node)
    return undefined
  } catch (error) {
    if (error instanceof Unread) return error
    throw error
  }
})

/**
 * That the instances of all nodes are known: of each node of the clusters that were read, or, where no cluster was, all of an account.
 * @throws Unread
 */
export function assertAllNodes(world: NodeInstanceReader, account: string): void {
  const unread = unreadNode(world)
  if (unread === undefined) return
  try {
    world.list('aws/ec2/Instance', { account })
  } catch (error) {
    throw error instanceof Unread ? unread : error
  }
}
