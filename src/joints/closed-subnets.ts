import { Unread } from '#base/errors.ts'
import { isNode, isRunning } from '#joints/node-credentials/node-instances.ts'
import { assertAllNodes, nodeInstanceKinds } from '#joints/node-instance.ts'
import type { Evidence, Resource, Scope } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

type RouteTable = Resource<'aws/ec2/RouteTable'>
type RouteReader = Reader<'aws/ec2/RouteTable'>

/** Whether a subnet has a way out of its VPC, and the table that says so. */
interface WayOut {
  readonly table: RouteTable
  /** Index of the default route. */
  readonly route: number | undefined
}

/**
 * The table of a subnet is the one associated with it, else the VPC's main one. https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
 * @throws Unread when it was not read, or has routes of which nobody knows where they lead
 */
function wayOutOf(world: RouteReader, subnet: string, vpc: string, scope: Scope): WayOut {
  const tables = world.list('aws/ec2/RouteTable', scope).filter(({ body }) => body.VpcId === vpc)
  const own = tables.find(({ body }) => (body.Associations ?? []).some(({ SubnetId }) => SubnetId === subnet))
  const table = own ?? tables.find(({ body }) => (body.Associations ?? []).some(({ Main }) => Main === true))
  if (table === undefined)
    throw new Unread({
      kind: 'aws/ec2/RouteTable',
      reason: `no route table of subnet ${subnet} was read`,
      settle: { by: 'iam', action: 'ec2:DescribeRouteTables' },
    })
  const routes = table.body.Routes ?? []
  const route = routes.findIndex(({ DestinationCidrBlock, State }) => DestinationCidrBlock === '0.0.0.0/0' && State !== 'blackhole')
  if (route >= 0) return { table, route }
  const elsewhere = routes.find(({ GatewayId }) => GatewayId !== 'local' && GatewayId?.startsWith('vpce-') !== true)
  if (elsewhere !== undefined)
    throw new Unread({
      kind: 'aws/ec2/RouteTable',
      id: table.id,
      reason: `whether its route to ${elsewhere.DestinationCidrBlock ?? elsewhere.DestinationIpv6CidrBlock ?? elsewhere.DestinationPrefixListId ?? ''} leads to AWS is not known`,
      settle: { by: 'user', step: 'ask mortise reach, or try it from a pod' },
    })
  return { table, route: undefined }
}

/** Whether nodes of a cluster reach a service of AWS; `closed` has the place that keeps them in, and an endpoint that nobody finds. */
export type Reach =
  | { readonly is: 'skip'; readonly why: string }
  | { readonly is: 'open'; readonly at: Evidence }
  | { readonly is: 'closed'; readonly vpc: string; readonly at: readonly [Evidence, Evidence] }

export const reachKinds = [...nodeInstanceKinds, 'aws/ec2/RouteTable', 'aws/ec2/VpcEndpoint'] as const

/**
 * Whether the nodes of a cluster without a public endpoint get out of their VPC, or find an interface endpoint of the service in it. Other clusters are not
 * judged: their nodes have to reach the API server from where they are.
 * @param service as endpoints name it: `sts`, `eks-auth`
 * @throws Unread
 */
export function reachOf(world: Reader<(typeof reachKinds)[number]>, cluster: Resource<'aws/eks/Cluster'>, service: string): Reach {
  const { vpcId, endpointPublicAccess } = cluster.body.resourcesVpcConfig ?? {}
  if (endpointPublicAccess !== false) return { is: 'skip', why: 'only clusters without a public endpoint are judged' }
  if (vpcId === undefined) throw new Unread({ kind: cluster.kind, id: cluster.id, reason: 'the cluster was read without its VPC' })
  const scope = scopeOf(cluster)
  const endpoints = world
    .list('aws/ec2/VpcEndpoint', scope)
    .filter(({ body }) => body.VpcId === vpcId && body.ServiceName?.endsWith(`.${service}`) === true)
  const direct = endpoints.find(({ body }) => body.PrivateDnsEnabled === true)
  if (direct !== undefined) return { is: 'open', at: direct.at(['ServiceName'], 'nodes and pods find this endpoint') }

  assertAllNodes(world, 'account' in scope ? scope.account : '')
  const nodes = world.seen('aws/ec2/Instance').filter(each => isNode(each) && isRunning(each) && each.body.VpcId === vpcId)
  const subnets = [...new Set(nodes.flatMap(({ body }) => body.SubnetId ?? []))]
  const ways = subnets.map(subnet => wayOutOf(world, subnet, vpcId, scope))
  const [first] = ways
  if (first === undefined) return { is: 'skip', why: 'no node of the cluster was read' }
  const closed = ways.find(({ route }) => route === undefined)
  if (closed === undefined) return { is: 'open', at: first.table.at(['Routes', first.route ?? 0], 'nodes have this way out') }
  const [useless] = endpoints
  const missing =
    useless === undefined
      ? cluster.at(['resourcesVpcConfig', 'vpcId'], `this VPC has no endpoint of ${service}`)
      : useless.at(['VpcEndpointId'], 'this endpoint has no private DNS name, so nobody finds it')
  return { is: 'closed', vpc: vpcId, at: [closed.table.at(['Routes'], 'no route here leads out of the VPC', 'key'), missing] }
}

function scopeOf({ scope }: Resource<'aws/eks/Cluster'>): Scope {
  if ('cluster' in scope) return scope
  return scope.region === undefined ? { account: scope.account } : { account: scope.account, region: scope.region }
}
