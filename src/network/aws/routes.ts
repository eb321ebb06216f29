import type { UnreadFact } from '#base/errors.ts'
import type { Kinds } from '#model/kinds.ts'
import { containsAddress, containsCidr, parseCidr, type Address, type Cidr } from '../addresses.ts'
import type { Listed } from '../input.ts'
import type { RuleReference } from '../question.ts'
import { blocksOf } from './security-group-rules.ts'

type RouteTable = Kinds['aws/ec2/RouteTable']
type Route = NonNullable<RouteTable['Routes']>[number]

/** Where a subnet's route table sends an address. */
export type RouteTarget =
  | { readonly to: 'local' }
  | { readonly to: 'internet gateway'; readonly id: string }
  | { readonly to: 'egress-only internet gateway'; readonly id: string }
  | { readonly to: 'nat gateway'; readonly id: string }
  | { readonly to: 'peering'; readonly id: string }
  | { readonly to: 'gateway endpoint'; readonly id: string }
  | { readonly to: 'nowhere'; readonly reason: string }
  /** Transit gateways, virtual private gateways, appliances: what they do with it is not modelled, or the route was not read. */
  | { readonly to: 'unknown'; readonly reason: string; readonly fact?: UnreadFact }

export interface RouteDecision {
  readonly target: RouteTarget
  readonly by: readonly RuleReference[]
  readonly asked: readonly RuleReference[]
}

export interface Routes {
  /** The table of a subnet, by id, and whether it sends some address of these blocks elsewhere than straight to it. */
  readonly table: (
    subnetId: string,
    vpcId: string | undefined,
    inside: readonly Cidr[],
  ) => { readonly id: string; readonly diverts: boolean } | undefined
  readonly route: (subnetId: string, vpcId: string | undefined, to: Address) => RouteDecision
}

interface CompiledRoute {
  readonly index: number
  readonly route: Route
  /** Undefined: a prefix list of which the entries were not read. */
  readonly cidrs: readonly Cidr[] | undefined
}

interface CompiledTable {
  readonly id: string
  readonly at: (index?: number) => RuleReference
  readonly routes: readonly CompiledRoute[]
  readonly isRead: boolean
}

/** https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html */
export function compileRoutes(tables: Listed<RouteTable>, lists: Listed<Kinds['aws/ec2/ManagedPrefixList']>): Routes {
  const blocks = new Map(lists.all.map(list => [list.PrefixListId, blocksOf(list)]))
  const bySubnet = new Map<string, CompiledTable>()
  const mainOf = new Map<string, CompiledTable>()
  for (const table of tables.all) {
    const compiled = compileTable(table, blocks)
    for (const { SubnetId, Main } of table.Associations ?? []) {
      if (SubnetId !== undefined) bySubnet.set(SubnetId, compiled)
      if (Main === true && table.VpcId !== undefined) mainOf.set(table.VpcId, compiled)
    }
  }
  // A subnet without a table of its own has the main one, of which only a full list says that it is so.
  const tableOf = (subnetId: string, vpcId: string | undefined) =>
    bySubnet.get(subnetId) ?? (tables.missing === undefined ? mainOf.get(vpcId ?? '') : undefined)
  const straight = new Map<string, { readonly id: string; readonly diverts: boolean }>()
  return {
    table: (subnetId, vpcId, inside) => {
      const table = tableOf(subnetId, vpcId)
      if (table === undefined) return undefined
      const known = straight.get(subnetId)
      if (known !== undefined) return known
      const made = { id: table.id, diverts: diverts(table, inside) }
      straight.set(subnetId, made)
      return made
    },
    route: (subnetId, vpcId, to) => {
      const table = tableOf(subnetId, vpcId)
      if (table === undefined) return unreadTable(subnetId, tables.missing)
      return decide(table, to)
    },
  }
}

/** Some part of these blocks has no local route, or a longer one to somewhere else. */
function diverts({ routes, isRead }: CompiledTable, inside: readonly Cidr[]): boolean {
  const local = routes.filter(({ route }) => targetOf(route).to === 'local').flatMap(({ cidrs }) => cidrs ?? [])
  const others = routes.filter(({ route }) => targetOf(route).to !== 'local').flatMap(({ cidrs }) => cidrs ?? [])
  const isLocal = inside.every(block => local.some(cidr => containsCidr(cidr, block)))
  return !isRead || !isLocal || others.some(cidr => inside.some(block => containsCidr(block, cidr)))
}

function unreadTable(subnetId: string, missing: UnreadFact | undefined): RouteDecision {
  const reason = `the route table of ${subnetId} was not read`
  return { target: { to: 'unknown', reason, ...(missing === undefined ? {} : { fact: missing }) }, by: [], asked: [] }
}

function compileTable(table: RouteTable, blocks: ReadonlyMap<string, readonly Cidr[] | undefined>): CompiledTable {
  return {
    id: table.RouteTableId,
    at: index => ({ kind: 'aws/ec2/RouteTable', id: table.Arn, path: index === undefined ? [] : ['Routes', index] }),
    isRead: table.Routes !== undefined,
    routes: (table.Routes ?? []).map((route, index) => ({ index, route, cidrs: destinationsOf(route, blocks) })),
  }
}

function destinationsOf(route: Route, blocks: ReadonlyMap<string, readonly Cidr[] | undefined>): readonly Cidr[] | undefined {
  const { DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId } = route
  if (DestinationPrefixListId !== undefined) return blocks.get(DestinationPrefixListId)
  const cidr = parseCidr(DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? '')
  return cidr === undefined ? undefined : [cidr]
}

/** The longest block that holds the address; of equal ones a static route goes before a propagated one. */
function decide(table: CompiledTable, to: Address): RouteDecision {
  const asked = [table.at()]
  if (!table.isRead) return { target: { to: 'unknown', reason: 'the routes were not read' }, by: [], asked }
  let best: { prefix: number; of: CompiledRoute } | undefined
  for (const of of table.routes) {
    for (const cidr of of.cidrs ?? []) {
      if (!containsAddress(cidr, to)) continue
      const isBetter =
        best === undefined || cidr.prefix > best.prefix || (cidr.prefix === best.prefix && !isPropagated(of) && isPropagated(best.of))
      if (isBetter) best = { prefix: cidr.prefix, of }
    }
  }
  const vague = table.routes.find(({ cidrs }) => cidrs === undefined)
  if (vague !== undefined && (best === undefined || targetOf(best.of.route).to !== 'local')) return vagueRoute(table, vague)
  if (best === undefined) return { target: { to: 'nowhere', reason: 'no route leads there' }, by: [], asked }
  return { target: targetOf(best.of.route), by: [table.at(best.of.index)], asked }
}

const isPropagated = ({ route }: CompiledRoute): boolean => route.Origin === 'EnableVgwRoutePropagation'

function vagueRoute(table: CompiledTable, { route, index }: CompiledRoute): RouteDecision {
  const what = route.DestinationPrefixListId ?? 'a destination'
  return { target: { to: 'unknown', reason: `which addresses ${what} has was not read` }, by: [], asked: [table.at(index)] }
}

const isGateway = (id: string | undefined, prefix: string): id is string => id?.startsWith(`${prefix}-`) === true

function targetOf(route: Route): RouteTarget {
  const { GatewayId, NatGatewayId, VpcPeeringConnectionId, EgressOnlyInternetGatewayId, State } = route
  if (State === 'blackhole') return { to: 'nowhere', reason: 'the route is a blackhole: what it leads to is gone' }
  if (GatewayId === 'local') return { to: 'local' }
  if (isGateway(GatewayId, 'igw')) return { to: 'internet gateway', id: GatewayId }
  if (isGateway(GatewayId, 'vpce')) return { to: 'gateway endpoint', id: GatewayId }
  if (NatGatewayId !== undefined) return { to: 'nat gateway', id: NatGatewayId }
  if (VpcPeeringConnectionId !== undefined) return { to: 'peering', id: VpcPeeringConnectionId }
  if (EgressOnlyInternetGatewayId !== undefined) return { to: 'egress-only internet gateway', id: EgressOnlyInternetGatewayId }
  const [kind, id] = otherTarget(route)
  return { to: 'unknown', reason: `what ${kind} ${id} does with it is not modelled` }
}

function otherTarget(route: Route): readonly [kind: string, id: string] {
  const kinds = [
    ['transit gateway', route.TransitGatewayId],
    ['virtual private gateway', isGateway(route.GatewayId, 'vgw') ? route.GatewayId : undefined],
    ['instance', route.InstanceId],
    ['network interface', route.NetworkInterfaceId],
    ['local gateway', route.LocalGatewayId],
    ['carrier gateway', route.CarrierGatewayId],
    ['core network', route.CoreNetworkArn],
    ['gateway', route.GatewayId],
  ] as const
  const [kind, id] = kinds.find(([, value]) => value !== undefined) ?? ['the target', undefined]
  return [kind, id ?? 'of the route']
}
