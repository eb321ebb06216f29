import { Unread, UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import type { BlueprintPeer } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { addressText, cidrText, parseAddress, parseCidr } from '#network/addresses.ts'
import { notOfTheInternet } from '#network/aws/special-addresses.ts'
import { blocksAround } from './blocks-around.ts'
import type { Flow } from './blueprint-flows.ts'

export const placeKinds = [
  'aws/ec2/ManagedPrefixList',
  'aws/ec2/NetworkInterface',
  'aws/ec2/Subnet',
  'aws/ec2/Vpc',
  'aws/ec2/VpcEndpoint',
  'aws/rds/DBCluster',
  'aws/rds/DBInstance',
] as const
export type PlaceReader = Reader<(typeof placeKinds)[number]>
type Cluster = Resource<'aws/eks/Cluster'>

/** Where a peer is that is no pod: the addresses that it has or may come to have, and how a group names it. */
export interface Place {
  /** Blocks of the family of addresses that pods of the cluster have. */
  readonly blocks: readonly string[]
  /** What a group of the VPC lets in or out to reach just this: other groups, a prefix list, or blocks. */
  readonly by: 'groups' | 'prefixList' | 'blocks'
  readonly groups: readonly string[]
  readonly prefixList?: string
}

type Outside = Exclude<BlueprintPeer, { readonly is: 'workload' }>

/**
 * @throws UserError `BAD_BLUEPRINT` when there is no such thing, or its addresses are not to be known; Unread when it was not read
 */
export function placeOf(world: PlaceReader, cluster: Cluster, flow: Flow & { readonly peer: Outside }): Place {
  const { peer, where } = flow
  const place = clusterPlace(cluster)
  if (peer.is === 'block') return blockPlace(peer.cidr, place, where)
  if (peer.is === 'internet') return { blocks: publicBlocks(world, place), by: 'blocks', groups: [] }
  return peer.is === 'rds' ? databasePlace(world, place, peer.name, where) : servicePlace(world, place, peer.service, where)
}

interface ClusterPlace {
  readonly account: string
  readonly region: string
  readonly vpc: string
  readonly family: 4 | 6
}

/** @throws Unread when the cluster names no VPC */
export function clusterPlace({ id, kind, body }: Cluster): ClusterPlace {
  const [, , , region = '', account = ''] = id.split(':')
  const vpc = body.resourcesVpcConfig?.vpcId
  if (vpc === undefined) throw new Unread({ kind, id, reason: 'the cluster names no VPC' })
  return { account, region, vpc, family: body.kubernetesNetworkConfig?.ipFamily === 'ipv6' ? 6 : 4 }
}

const bad = (message: string, where: string, help?: string) =>
  new UserError('BAD_BLUEPRINT', message, { where, ...(help === undefined ? {} : { help }) })

/** Policies are not defined for the addresses of the other family, and pods have none. */
function blockPlace(text: string, { family }: ClusterPlace, where: string): Place {
  const cidr = parseCidr(text)
  if (cidr === undefined) throw bad(`${text} is no block of addresses`, where)
  if (cidr.family !== family) throw bad(`${text} is IPv${cidr.family}, and pods of the cluster have IPv${family} addresses`, where)
  return { blocks: [cidrText(cidr)], by: 'blocks', groups: [] }
}

const whole = { 4: '0.0.0.0/0', 6: '2000::/3' } as const

/**
 * Public addresses as blocks, without an `except`: AWS's agent lets an except close what other rules open.
 * https://github.com/aws/aws-network-policy-agent/issues/180
 */
function publicBlocks(world: PlaceReader, { account, region, vpc, family }: ClusterPlace): readonly string[] {
  const own = world
    .where('aws/ec2/Vpc', 'vpc', vpc, { account, region })
    .flatMap(({ body }) => [
      ...(body.CidrBlockAssociationSet ?? []).map(({ CidrBlock }) => CidrBlock),
      ...(body.Ipv6CidrBlockAssociationSet ?? []).map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
    ])
  const holes = [...notOfTheInternet, ...own.flatMap(text => parseCidr(text ?? '') ?? [])].filter(cidr => cidr.family === family)
  return blocksAround(whole[family], holes.map(cidrText)) ?? []
}

/** A database gets another address when it fails over: any of the subnets of its group. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html */
function databasePlace(world: PlaceReader, { account, region, vpc, family }: ClusterPlace, name: string, where: string): Place {
  const scope = { account, region }
  const instances = world.list('aws/rds/DBInstance', scope)
  const clusters = world.list('aws/rds/DBCluster', scope)
  const instance = instances.find(({ body }) => body.DBInstanceIdentifier === name)
  const cluster = clusters.find(({ body }) => body.DBClusterIdentifier === name)
  const member = instance ?? instances.find(({ body }) => body.DBClusterIdentifier === name)
  const found = instance ?? cluster
  if (found === undefined) throw unknownDatabase(name, where, [...instances, ...clusters])
  const group = member?.body.DBSubnetGroup
  if (group === undefined) throw bad(`no instance of rds/${name} says in which subnets it is`, where)
  if (group.VpcId !== vpc)
    throw bad(
      `rds/${name} is in ${group.VpcId ?? 'no VPC'}, and the cluster in ${vpc}`,
      where,
      'name its addresses instead, as in 10.8.0.0/24:5432',
    )
  const ids = new Set((group.Subnets ?? []).flatMap(({ SubnetIdentifier }) => SubnetIdentifier ?? []))
  const subnets = world.where('aws/ec2/Subnet', 'vpc', vpc, scope).filter(({ body }) => ids.has(body.SubnetId))
  const blocks = subnets.flatMap(({ body }) =>
    family === 4 ? (body.CidrBlock ?? []) : (body.Ipv6CidrBlockAssociationSet ?? []).flatMap(({ Ipv6CidrBlock }) => Ipv6CidrBlock ?? []),
  )
  if (blocks.length === 0) throw bad(`the subnets of rds/${name} have no IPv${family} addresses`, where)
  const groups = (found.body.VpcSecurityGroups ?? []).flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? [])
  return { blocks: [...new Set(blocks)].sort(), by: 'groups', groups }
}

function unknownDatabase(name: string, where: string, known: readonly Resource<'aws/rds/DBInstance' | 'aws/rds/DBCluster'>[]): UserError {
  const names = known.map(({ body }) => ('DBInstanceIdentifier' in body ? body.DBInstanceIdentifier : body.DBClusterIdentifier) ?? '')
  const near = nearest(name, names)
  return bad(`there is no database ${name} in RDS there`, where, near === undefined ? undefined : `did you mean rds/${near}?`)
}

/** An interface endpoint has addresses of its own in the VPC; a gateway leads to those of a list of AWS. */
function servicePlace(world: PlaceReader, place: ClusterPlace, service: string, where: string): Place {
  const { account, region, vpc } = place
  const endpoints = world
    .where('aws/ec2/VpcEndpoint', 'vpc', vpc, { account, region })
    .filter(({ body }) => body.ServiceName?.endsWith(`com.amazonaws.${region}.${service}`))
  const direct = endpoints.filter(({ body }) => body.VpcEndpointType === 'Interface' && body.PrivateDnsEnabled === true)
  if (direct.length > 0) return endpointPlace(world, place, direct, service, where)
  const gateway = endpoints.find(({ body }) => body.VpcEndpointType === 'Gateway')
  if (gateway !== undefined) return gatewayPlace(world, place, gateway.body.ServiceName ?? '')
  throw bad(
    `the addresses of aws/${service} are not to be known: ${vpc} has no endpoint of it`,
    where,
    `make a VPC endpoint of ${service}, or declare internet:443`,
  )
}

function endpointPlace(
  world: PlaceReader,
  { account, region, vpc, family }: ClusterPlace,
  endpoints: readonly Resource<'aws/ec2/VpcEndpoint'>[],
  service: string,
  where: string,
): Place {
  const ids = endpoints.flatMap(({ body }) => body.NetworkInterfaceIds ?? [])
  const interfaces = ids.flatMap(id => world.where('aws/ec2/NetworkInterface', 'id', id, { account, region, vpc }))
  const addresses = interfaces.flatMap(({ body }) =>
    family === 4 ? (body.PrivateIpAddress ?? []) : (body.Ipv6Addresses ?? []).flatMap(({ Ipv6Address }) => Ipv6Address ?? []),
  )
  if (addresses.length === 0) throw bad(`the endpoint of aws/${service} has no IPv${family} address that is known`, where)
  const groups = endpoints.flatMap(({ body }) => body.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? [])
  return { blocks: [...new Set(addresses.map(hostBlock))].sort(), by: 'groups', groups: [...new Set(groups)] }
}

/** One address as a block. */
export function hostBlock(text: string): string {
  const address = parseAddress(text)
  return address === undefined ? text : `${addressText(address)}/${address.family === 4 ? 32 : 128}`
}

function gatewayPlace(world: PlaceReader, { region, family }: ClusterPlace, serviceName: string): Place {
  const list = world.list('aws/ec2/ManagedPrefixList', { account: 'aws', region }).find(({ body }) => body.PrefixListName === serviceName)
  if (list?.body.Entries === undefined)
    throw new Unread({
      kind: 'aws/ec2/ManagedPrefixList',
      reason: `the addresses of ${serviceName} were not read`,
      settle: { by: 'iam', action: 'ec2:GetManagedPrefixListEntries' },
    })
  const blocks = list.body.Entries.flatMap(({ Cidr }) => (Cidr !== undefined && parseCidr(Cidr)?.family === family ? Cidr : []))
  return { blocks: [...blocks].sort(), by: 'prefixList', groups: [], prefixList: list.body.PrefixListId }
}
