import { Unread } from '#base/errors.ts'
import { instanceOf } from '#joints/node-instance.ts'
import { containsAddress, parseAddress, type Address } from '#network/addresses.ts'
import { rulesOfGroup } from '#network/aws/security-group-rules.ts'
import { hasTraffic, trafficKey } from '#network/aws/traffic.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { Endpoint } from './endpoint.ts'
import type { Node } from './nodes.ts'

type Group = Resource<'aws/ec2/SecurityGroup'>

/** A node as a security group sees it: its primary interface, from which pods with hostNetwork send. */
export interface NodeEnd {
  readonly name: string
  readonly groups: readonly string[]
  readonly address: Address
  readonly at: Evidence
}

/**
 * The nodes by their instances; those with the same groups and of which one address says as much as another are still each a node.
 * @throws Unread when an instance, its groups or its address was not read
 */
export function nodeEnds(world: Reader<'aws/ec2/Instance' | 'aws/eks/Cluster'>, nodes: readonly Node[]): readonly NodeEnd[] {
  return nodes.map(node => {
    const { name } = node.body.metadata
    const instance = instanceOf(world, node)
    const groups = (instance?.body.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? [])
    const address = parseAddress(instance?.body.PrivateIpAddress ?? '')
    if (instance === undefined || address === undefined || groups.length === 0)
      throw new Unread({
        kind: 'aws/ec2/Instance',
        ...(instance === undefined ? {} : { id: instance.id }),
        reason: `the instance of node ${name}, its security groups and its address were not read`,
        settle: { by: 'iam', action: 'ec2:DescribeInstances' },
      })
    return { name, groups, address, at: instance.at(['SecurityGroups', 0, 'GroupId'], `the group of node ${name}`) }
  })
}

/** The groups of the endpoint. @throws Unread when one was not read, or the endpoint names none */
export function groupsOf(world: Reader<'aws/ec2/SecurityGroup'>, endpoint: Endpoint): readonly Group[] {
  const ids = (endpoint.body.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? [])
  const { VpcId: vpc } = endpoint.body
  if (ids.length === 0 || vpc === undefined || !('account' in endpoint.scope))
    throw new Unread({ kind: endpoint.kind, id: endpoint.id, reason: 'the endpoint was read without its security groups' })
  const within = endpoint.scope
  return ids.map(id => {
    const [group] = world.where('aws/ec2/SecurityGroup', 'id', id, { ...within, vpc })
    if (group !== undefined && rulesOfGroup(group.body).isRead) return group
    throw new Unread({
      kind: 'aws/ec2/SecurityGroup',
      reason: `the rules of security group ${id} were not read`,
      settle: { by: 'iam', action: 'ec2:DescribeSecurityGroups' },
    })
  })
}

const https = trafficKey('TCP', 443)

/**
 * The rule of one of the groups that lets the node in on port 443; undefined: none does. Groups add up.
 * @throws Unread when only a prefix list, or a rule that cannot be read, might
 */
export function entryOf(groups: readonly Group[], node: NodeEnd): Evidence | undefined {
  for (const group of groups) {
    const { cidrs, references } = rulesOfGroup(group.body).ingress
    const rule =
      cidrs.find(({ traffic, cidr }) => hasTraffic(traffic, https) && containsAddress(cidr, node.address)) ??
      references.find(({ traffic, groupId, isStale }) => hasTraffic(traffic, https) && !isStale && node.groups.includes(groupId))
    if (rule !== undefined) return group.at(rule.path, 'this rule lets the node in')
  }
  for (const group of groups) {
    const { prefixLists, vague } = rulesOfGroup(group.body).ingress
    if ([...prefixLists, ...vague].some(({ traffic }) => hasTraffic(traffic, https)))
      throw new Unread({
        kind: group.kind,
        id: group.id,
        reason: `whether a prefix list of ${group.body.GroupId} holds the address of node ${node.name}`,
      })
  }
  return undefined
}
