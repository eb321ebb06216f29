import { instanceOf, nodeInstanceKinds } from '#joints/node-instance.ts'
import { Unread } from '#base/errors.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'

export const wayKinds = [...nodeInstanceKinds, 'aws/ec2/RouteTable', 'aws/ec2/VpcEndpoint', 'k8s/Pod'] as const
type WayReader = Reader<(typeof wayKinds)[number]>

/** How the provider's pod on the nodes of a workload comes to a service. */
export type Ways =
  | { readonly is: 'open'; readonly because: readonly Evidence[] }
  | { readonly is: 'closed'; readonly node: Resource<'k8s/Node'>; readonly evidence: readonly [Evidence, ...Evidence[]] }
  | { readonly is: 'none'; readonly why: string }

/**
 * By an interface endpoint with private DNS in the VPC of the node, or by a route out of its subnet. Whether security groups, ACLs and policies let the packets
 * pass is not said here.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns-names
 * @throws Unread when the nodes, their instances, route tables or endpoints were not read
 */
export function waysTo(world: WayReader, workload: Workload, service: string, region: string): Ways {
  const nodes = nodesOf(world, workload)
  const because: Evidence[] = []
  for (const node of nodes) {
    const instance = instanceOf(world, node)
    if (instance === undefined) continue
    const { SubnetId: subnet, VpcId: vpc } = instance.body
    const [, , , own = '', account = ''] = instance.id.split(':')
    if (subnet === undefined || vpc === undefined || own !== region) continue
    const within = { account, region, vpc }
    const endpoint = world
      .where('aws/ec2/VpcEndpoint', 'vpc', vpc, within)
      .find(
        ({ body }) =>
          body.VpcEndpointType === 'Interface' && body.PrivateDnsEnabled === true && endpointOf(body.ServiceName, region, service),
      )
    if (endpoint !== undefined) because.push(endpoint.at(['ServiceName'], 'an endpoint of the service, by its usual name'))
    else {
      const table = tableOf(world, subnet, vpc, within)
      const route = (table.body.Routes ?? []).findIndex(isOut)
      if (route < 0)
        return {
          is: 'closed',
          node,
          evidence: [table.at(['Routes'], 'no route leads out of the VPC'), instance.at(['SubnetId'], 'the node stands in this subnet')],
        }
      because.push(table.at(['Routes', route], 'a route leads out of the VPC'))
    }
  }
  return because.length === 0 ? { is: 'none', why: 'no pod of it is on an EC2 node of the region yet' } : { is: 'open', because }
}

function nodesOf(world: WayReader, workload: Workload): readonly Resource<'k8s/Node'>[] {
  const names = new Set(workload.pods().flatMap(pod => pod.body.spec?.nodeName ?? []))
  return [...names].flatMap(name => world.find('k8s/Node', name, workload.resource.scope) ?? [])
}

const endpointOf = (name: string | undefined, region: string, service: string): boolean =>
  [`com.amazonaws.${region}.${service}`, `cn.com.amazonaws.${region}.${service}`].includes(name ?? '')

/** A subnet without a table of its own has the main one. https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html */
function tableOf(
  world: WayReader,
  subnet: string,
  vpc: string,
  within: { readonly account: string; readonly region: string; readonly vpc: string },
): Resource<'aws/ec2/RouteTable'> {
  const tables = world.where('aws/ec2/RouteTable', 'vpc', vpc, within)
  const own = tables.find(({ body }) => (body.Associations ?? []).some(({ SubnetId }) => SubnetId === subnet))
  const main = tables.find(({ body }) => (body.Associations ?? []).some(({ Main }) => Main === true))
  const table = own ?? main
  if (table === undefined)
    throw new Unread({
      kind: 'aws/ec2/RouteTable',
      reason: `no route table of subnet ${subnet} was read`,
      settle: { by: 'iam', action: 'ec2:DescribeRouteTables' },
    })
  return table
}

/** What is not of the VPC itself may lead to the service: a gateway, a NAT gateway, a transit gateway, an instance. */
const isOut = ({
  DestinationCidrBlock,
  DestinationIpv6CidrBlock,
  DestinationPrefixListId,
  GatewayId,
  State,
}: NonNullable<Resource<'aws/ec2/RouteTable'>['body']['Routes']>[number]): boolean =>
  State !== 'blackhole' &&
  GatewayId !== 'local' &&
  !(GatewayId ?? '').startsWith('vpce-') &&
  (DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? DestinationPrefixListId) !== undefined
