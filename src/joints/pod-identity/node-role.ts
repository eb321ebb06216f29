import { instanceOf, rolesByProfile } from '#joints/node-instance.ts'
import { Unread } from '#base/errors.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { userOn } from './agent.ts'
import type { AssociationReader } from './association.ts'
import { computeOf } from './compute.ts'

type Node = Resource<'k8s/Node'>
type Role = Resource<'aws/iam/Role'>
type Instance = Resource<'aws/ec2/Instance'>

export type NodeReader = AssociationReader & Reader<'aws/ec2/Instance' | 'aws/iam/Role' | 'k8s/Node' | 'k8s/Pod'>

/** A node, and the role with which the agent on it asks EKS for credentials. */
export interface NodeRole {
  readonly node: Node
  readonly instance: Instance
  readonly role: Role
}

/**
 * The role of the node's instance profile; undefined for nodes that are no EC2 instances of the account, such as Fargate's.
 * @throws Unread when the instance or the role was not read.
 */
export function roleOfNode(world: NodeReader, node: Node): NodeRole | undefined {
  const compute = computeOf(node)
  if (compute === 'fargate' || compute === 'windows') return undefined
  const unread = (reason: string, action: string) => new Unread({ kind: 'aws/ec2/Instance', reason, settle: { by: 'iam', action } })
  if (compute === 'hybrid')
    throw new Unread({
      kind: 'aws/iam/Role',
      reason: 'hybrid nodes do not tell their role',
      settle: { by: 'user', step: 'run aws sts get-caller-identity on the node' },
    })
  const instance = instanceOf(world, node)
  if (instance === undefined)
    throw new Unread({
      kind: node.kind,
      id: node.id,
      reason: 'the node does not tell which instance it is',
      settle: { by: 'user', step: 'read the live cluster' },
    })
  const profile = instance.body.IamInstanceProfile?.Arn
  if (profile === undefined) throw unread('the instance of a node names no instance profile', 'ec2:DescribeInstances')
  const role = roleIn(world, profile)
  return { node, instance, role }
}

function roleIn(world: NodeReader, profile: string): Role {
  const seen =
    rolesByProfile(world).get(profile) ??
    world.where('aws/iam/Role', 'instanceProfile', profile, { account: profile.split(':')[4] ?? '' })[0]
  if (seen !== undefined) return seen
  throw new Unread({
    kind: 'aws/iam/Role',
    reason: 'no role was read that holds the instance profile of a node',
    settle: { by: 'iam', action: 'iam:GetAccountAuthorizationDetails' },
  })
}

/** Of each role, a node that has it and runs a pod that uses Pod Identity. What could not be read of other nodes says nothing about it. */
const nodesByRole = perWorld((world: NodeReader) => {
  const found = new Map<string, NodeRole>()
  let unread: Unread | undefined
  for (const node of world.seen('k8s/Node')) {
    try {
      if (userOn(world, node) === undefined) continue
      const at = roleOfNode(world, node)
      if (at !== undefined && !found.has(at.role.id)) found.set(at.role.id, at)
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      unread ??= error
    }
  }
  return { found, unread }
})

/**
 * A node with this role on which Pod Identity is used; undefined when there is none.
 * @throws Unread when that could not be told.
 */
export function nodeWithRole(world: NodeReader, role: Role): NodeRole | undefined {
  if ((role.body.InstanceProfileList ?? []).length === 0) return undefined
  const { found, unread } = nodesByRole(world)
  const at = found.get(role.id)
  if (at === undefined && unread !== undefined) throw unread
  if (at === undefined) world.list('k8s/Node')
  return at
}
