import type { Kinds } from '#model/kinds.ts'
import type { AwsInput, NetworkInput } from '#network/aws-input.ts'
import type { Listed, PolicyInput, VpcCniSettings } from '#network/input.ts'

/** A rule in short: `tcp 80`, `tcp 80-90`, `icmp 8/0`, `all`, `50`, and blocks, groups and prefix lists as its peers. */
export interface ShortRule {
  readonly traffic: string
  readonly peers: readonly string[]
}

const account = '111122223333'
const arn = (kind: string, id: string) => `arn:aws:ec2:eu-west-1:${account}:${kind}/${id}`
export const vpcId = 'vpc-1'

function permissionOf({ traffic, peers }: ShortRule): object {
  const [protocol = '', range = ''] = traffic.split(' ')
  const [, from, to = from] = /^(-?\d+)(?:[-/](-?\d+))?$/.exec(range) ?? []
  const ports = from === undefined ? {} : { FromPort: Number(from), ToPort: Number(to) }
  return {
    IpProtocol: protocol === 'all' ? '-1' : protocol,
    ...ports,
    IpRanges: peers.filter(peer => /^\d+\./.test(peer)).map(CidrIp => ({ CidrIp })),
    Ipv6Ranges: peers.filter(peer => peer.includes(':')).map(CidrIpv6 => ({ CidrIpv6 })),
    PrefixListIds: peers.filter(peer => peer.startsWith('pl-')).map(PrefixListId => ({ PrefixListId })),
    UserIdGroupPairs: peers.filter(peer => peer.startsWith('sg-')).map(GroupId => ({ GroupId, UserId: account })),
  }
}

export const group = (id: string, ingress: readonly ShortRule[], egress: readonly ShortRule[] = open): Kinds['aws/ec2/SecurityGroup'] =>
  ({
    SecurityGroupArn: arn('security-group', id),
    GroupId: id,
    VpcId: vpcId,
    IpPermissions: ingress.map(permissionOf),
    IpPermissionsEgress: egress.map(permissionOf),
  }) as never

export const rule = (traffic: string, ...peers: string[]): ShortRule => ({ traffic, peers })
export const open: readonly ShortRule[] = [rule('all', '0.0.0.0/0', '::/0')]

/** `100 in allow tcp 80 0.0.0.0/0`. The last entry of every ACL, which denies, is added. */
export function acl(id: string, subnets: readonly string[], entries: readonly string[], isDefault = false): Kinds['aws/ec2/NetworkAcl'] {
  const made = [...entries, '32767 in deny all 0.0.0.0/0', '32767 out deny all 0.0.0.0/0'].map(text => {
    const [number, direction, action, protocol = '', ...rest] = text.split(' ')
    const block = rest.at(-1) ?? ''
    const [from, to = from] = rest.length > 1 ? rest[0]!.split(/[-/]/) : []
    const numbers: Record<string, string> = { all: '-1', tcp: '6', udp: '17', icmp: '1' }
    const ports =
      from === undefined
        ? {}
        : protocol === 'icmp'
          ? { IcmpTypeCode: { Type: +from, Code: +to! } }
          : { PortRange: { From: +from, To: +to! } }
    return {
      RuleNumber: Number(number),
      Egress: direction === 'out',
      RuleAction: action,
      Protocol: numbers[protocol] ?? protocol,
      ...(block.includes(':') ? { Ipv6CidrBlock: block } : { CidrBlock: block }),
      ...ports,
    }
  })
  const Associations = subnets.map(SubnetId => ({ SubnetId, NetworkAclId: id }))
  return { Arn: arn('network-acl', id), NetworkAclId: id, VpcId: vpcId, IsDefault: isDefault, Associations, Entries: made } as never
}

export const openAcl = (subnets: readonly string[] = []) =>
  acl('acl-open', subnets, ['100 in allow all 0.0.0.0/0', '100 out allow all 0.0.0.0/0'], true)

export interface ShortInterface {
  readonly id: string
  readonly subnet: string
  readonly addresses: readonly string[]
  readonly groups: readonly string[]
  readonly instance?: string
  readonly device?: number
  readonly branchOf?: string
  readonly publicIp?: string
  readonly prefixes?: readonly string[]
  readonly type?: string
  readonly vpc?: string
}

export function networkInterface(short: ShortInterface): Kinds['aws/ec2/NetworkInterface'] {
  const { id, subnet, addresses, groups, instance, device = 0, branchOf, publicIp, prefixes = [], type = 'interface' } = short
  const association = publicIp === undefined ? {} : { Association: { PublicIp: publicIp } }
  const four = addresses.filter(address => !address.includes(':'))
  return {
    Arn: arn('network-interface', id),
    NetworkInterfaceId: id,
    InterfaceType: branchOf === undefined ? type : 'branch',
    VpcId: short.vpc ?? vpcId,
    SubnetId: subnet,
    ...(four[0] === undefined ? {} : { PrivateIpAddress: four[0] }),
    PrivateIpAddresses: four.map((PrivateIpAddress, i) => ({ PrivateIpAddress, Primary: i === 0, ...(i === 0 ? association : {}) })),
    Ipv6Addresses: addresses.filter(address => address.includes(':')).map(Ipv6Address => ({ Ipv6Address })),
    Ipv4Prefixes: prefixes.map(Ipv4Prefix => ({ Ipv4Prefix })),
    Groups: groups.map(GroupId => ({ GroupId })),
    ...association,
    ...(instance === undefined ? {} : { Attachment: { InstanceId: instance, DeviceIndex: device } }),
    TagSet:
      branchOf === undefined
        ? []
        : [
            { Key: 'eks:eni:owner', Value: 'eks-vpc-resource-controller' },
            { Key: 'vpcresources.k8s.aws/trunk-eni-id', Value: branchOf },
          ],
  } as never
}

/** `10.0.0.0/16 local`, `0.0.0.0/0 nat-1`, `10.9.0.0/16 pcx-1 blackhole`. */
export function routeTable(id: string, subnets: readonly string[], routes: readonly string[], vpc = vpcId): Kinds['aws/ec2/RouteTable'] {
  const target = (text: string): object => {
    if (text === 'local' || /^(igw|vgw|vpce)-/.test(text)) return { GatewayId: text }
    if (text.startsWith('eigw-')) return { EgressOnlyInternetGatewayId: text }
    if (text.startsWith('nat-')) return { NatGatewayId: text }
    if (text.startsWith('pcx-')) return { VpcPeeringConnectionId: text }
    return text.startsWith('tgw-') ? { TransitGatewayId: text } : { NetworkInterfaceId: text }
  }
  const Routes = routes.map(text => {
    const [to = '', by = '', state = 'active'] = text.split(' ')
    const name = to.startsWith('pl-') ? 'DestinationPrefixListId' : to.includes(':') ? 'DestinationIpv6CidrBlock' : 'DestinationCidrBlock'
    return { [name]: to, ...target(by), State: state }
  })
  const Associations = subnets.map(SubnetId => (SubnetId === 'main' ? { Main: true } : { SubnetId, Main: false }))
  return { Arn: arn('route-table', id), RouteTableId: id, VpcId: vpc, Associations, Routes } as never
}

export const subnet = (id: string, block: string, vpc = vpcId): Kinds['aws/ec2/Subnet'] =>
  ({ SubnetArn: arn('subnet', id), SubnetId: id, VpcId: vpc, CidrBlock: block }) as never

export const vpc = (id: string, block: string): Kinds['aws/ec2/Vpc'] =>
  ({
    Arn: arn('vpc', id),
    VpcId: id,
    CidrBlock: block,
    CidrBlockAssociationSet: [{ CidrBlock: block, CidrBlockState: { State: 'associated' } }],
  }) as never

export const prefixList = (id: string, ...blocks: string[]): Kinds['aws/ec2/ManagedPrefixList'] =>
  ({ PrefixListArn: arn('prefix-list', id), PrefixListId: id, Entries: blocks.map(Cidr => ({ Cidr })) }) as never

export const natGateway = (id: string, subnetId: string): Kinds['aws/ec2/NatGateway'] =>
  ({
    Arn: arn('natgateway', id),
    NatGatewayId: id,
    VpcId: vpcId,
    SubnetId: subnetId,
    State: 'available',
    ConnectivityType: 'public',
  }) as never

export const settings = (changed: Partial<VpcCniSettings> = {}): VpcCniSettings => ({
  podEni: true,
  securityGroupMode: 'strict',
  externalSnat: false,
  excludeSnatCidrs: [],
  customNetworking: false,
  ...changed,
})

export const node = (name: string, instance: string, address: string, labels: Record<string, string> = {}): Kinds['k8s/Node'] =>
  ({
    metadata: { name, labels },
    spec: { providerID: `aws:///eu-west-1a/${instance}` },
    status: { addresses: [{ type: 'InternalIP', address }] },
  }) as never

export interface ShortPod {
  readonly id: string
  readonly node?: string
  readonly address?: string
  /** The id of its branch interface. */
  readonly branch?: string
  readonly labels?: Record<string, string>
  readonly spec?: object
}

export function pod({ id, node: nodeName, address, branch, labels = {}, spec = {} }: ShortPod): Kinds['k8s/Pod'] {
  const [namespace, name] = id.split('/')
  const annotations =
    branch === undefined ? {} : { 'vpc.amazonaws.com/pod-eni': JSON.stringify([{ eniId: branch, privateIp: address, vlanId: 1 }]) }
  return {
    metadata: { namespace, name, labels, annotations },
    spec: { ...(nodeName === undefined ? {} : { nodeName }), containers: [], ...spec },
    status: address === undefined ? {} : { podIP: address },
  } as never
}

export const all = <T>(...items: T[]): Listed<T> => ({ all: items })
export const unread = (kind: string): { readonly kind: string; readonly reason: string } => ({ kind, reason: 'access denied' })

/**
 * A VPC with two private subnets behind a NAT gateway, a node in each, a public subnet, and ACLs that close nothing. Everything was read.
 * sg-node: of the nodes; all traffic among its members, everything out.
 */
export const baseInput = (changed: Partial<AwsInput> = {}): AwsInput => ({
  cluster: { value: { vpcId, clusterSecurityGroupId: 'sg-cluster', version: '1.35' } },
  settings: { value: settings() },
  vpcs: all(vpc(vpcId, '10.0.0.0/16')),
  subnets: all(subnet('subnet-a', '10.0.1.0/24'), subnet('subnet-b', '10.0.2.0/24'), subnet('subnet-public', '10.0.100.0/24')),
  routeTables: all(
    routeTable('rtb-private', ['subnet-a', 'subnet-b'], ['10.0.0.0/16 local', '0.0.0.0/0 nat-1']),
    routeTable('rtb-public', ['subnet-public', 'main'], ['10.0.0.0/16 local', '0.0.0.0/0 igw-1']),
  ),
  networkAcls: all(openAcl()),
  securityGroups: all(group('sg-node', [rule('all', 'sg-node')])),
  networkInterfaces: all(...nodeInterfaces),
  natGateways: all(natGateway('nat-1', 'subnet-public')),
  peerings: all(),
  prefixLists: all(),
  securityGroupPolicies: all(),
  serviceAccounts: all(),
  eniConfigs: all(),
  ...changed,
})

export const nodeInterfaces = [
  networkInterface({
    id: 'eni-n1',
    subnet: 'subnet-a',
    addresses: ['10.0.1.10'],
    groups: ['sg-node'],
    instance: 'i-1',
    prefixes: ['10.0.1.96/28'],
  }),
  networkInterface({
    id: 'eni-n2',
    subnet: 'subnet-b',
    addresses: ['10.0.2.10'],
    groups: ['sg-node'],
    instance: 'i-2',
    prefixes: ['10.0.2.96/28'],
  }),
]
export const nodes = [node('n1', 'i-1', '10.0.1.10'), node('n2', 'i-2', '10.0.2.10')]

/** Policies are enforced by AWS's engine; nothing selects anything, and everything was read. */
export const policyInput = (changed: Partial<PolicyInput> = {}): PolicyInput => ({
  engine: { value: 'aws-vpc-cni' },
  mode: { value: 'standard' },
  namespaces: all(namespace('shop')),
  pods: all(),
  nodes: all(...nodes),
  networkPolicies: all(),
  applicationNetworkPolicies: all(),
  awsClusterNetworkPolicies: all(),
  clusterNetworkPolicies: all(),
  adminNetworkPolicies: all(),
  baselineAdminNetworkPolicies: all(),
  services: all(),
  endpointSlices: all(),
  ...changed,
})

export const namespace = (name: string): Kinds['k8s/Namespace'] =>
  ({ metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } }) as never

export const networkPolicy = (id: string, spec: object): Kinds['k8s/NetworkPolicy'] => {
  const [of, name] = id.split('/')
  return { metadata: { namespace: of, name }, spec } as never
}

export const networkInput = (aws: Partial<AwsInput> = {}, policies: Partial<PolicyInput> = {}): NetworkInput => ({
  aws: baseInput(aws),
  policies: policyInput(policies),
})
