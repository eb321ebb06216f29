import { Unread } from '#base/errors.ts'
import { assertAllNodes, presentInstanceOf, type NodeInstanceReader } from '#joints/node-instance.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

export type Instance = Resource<'aws/ec2/Instance'>
export type Role = Resource<'aws/iam/Role'>
export type InstanceReader = NodeInstanceReader & Reader<'aws/iam/Role'>

/** Managed node groups, Karpenter and eksctl set the first; node groups and EKS Auto Mode the others. */
const nodeTags = [/^kubernetes\.io\/cluster\//, /^eks:cluster-name$/, /^eks:eks-cluster-name$/, /^karpenter\.sh\//]

export const isRunning = ({ body }: Instance): boolean => body.State?.Name !== 'terminated' && body.State?.Name !== 'shutting-down'

export const isNode = ({ body }: Instance): boolean => (body.Tags ?? []).some(({ Key = '' }) => nodeTags.some(tag => tag.test(Key)))

/**
 * The running instances of the cluster: those of its nodes, of which each was asked for by its id, and what else was seen with its tags.
 * @throws Unread when the nodes, or the instance of one, were not read
 */
export function nodesOfCluster(world: NodeInstanceReader, cluster: Resource<'aws/eks/Cluster'>): readonly Instance[] {
  const { name } = cluster.body
  const joined = world.list('k8s/Node', { cluster: name }).flatMap(node => presentInstanceOf(world, node) ?? [])
  const tagged = world.seen('aws/ec2/Instance').filter(instance => isNode(instance) && isOf(instance, name))
  return [...new Set([...joined, ...tagged])].filter(isRunning)
}

const isOf = ({ body: { Tags = [] } }: Instance, cluster: string): boolean =>
  Tags.some(
    ({ Key = '', Value }) =>
      Key === `kubernetes.io/cluster/${cluster}` || (['eks:cluster-name', 'eks:eks-cluster-name'].includes(Key) && Value === cluster),
  )

/** The nodes that were read, by the ARN of their instance profile. */
const nodesByProfile = perWorld((world: InstanceReader): ReadonlyMap<string, readonly Instance[]> =>
  Map.groupBy(
    world.seen('aws/ec2/Instance').filter(instance => isNode(instance) && isRunning(instance)),
    instance => instance.body.IamInstanceProfile?.Arn ?? '',
  ),
)

/** Profiles of nodes whose role nobody named. */
const orphanProfiles = perWorld((world: InstanceReader): readonly string[] => {
  const claimed = new Set(world.seen('aws/iam/Role').flatMap(({ body }) => (body.InstanceProfileList ?? []).map(({ Arn }) => Arn)))
  return [...nodesByProfile(world).keys()].filter(arn => arn !== '' && !claimed.has(arn))
})

/**
 * The nodes with this role that were read; others may exist.
 * @throws Unread when the role was read without its instance profiles and may be that of a node
 */
function seenNodesWith(world: InstanceReader, role: Role): readonly Instance[] {
  const { InstanceProfileList } = role.body
  if (InstanceProfileList !== undefined) return InstanceProfileList.flatMap(({ Arn }) => nodesByProfile(world).get(Arn ?? '') ?? [])
  if (!orphanProfiles(world).some(arn => arn.split(':')[4] === accountOf(role))) return []
  throw new Unread({
    kind: role.kind,
    id: role.id,
    reason: 'the role was read without its instance profiles',
    settle: { by: 'iam', action: 'iam:GetAccountAuthorizationDetails' },
  })
}

/**
 * The same, and none only where it surely has none.
 * @throws Unread when a role with an instance profile may be that of nodes that were not read
 */
export function nodesWith(world: InstanceReader, role: Role): readonly Instance[] {
  const nodes = seenNodesWith(world, role)
  if (nodes.length === 0 && (role.body.InstanceProfileList ?? []).length > 0) assertAllNodes(world, accountOf(role))
  return nodes
}

export const accountOf = ({ id }: Role): string => id.split(':')[4] ?? ''

export const countText = (nodes: readonly Instance[]): string =>
  nodes.length === 1 ? `node ${nodes[0]?.body.InstanceId ?? ''}` : `${nodes.length} nodes`
