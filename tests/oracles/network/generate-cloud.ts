import fc from 'fast-check'
import type { AclEntry, Ec2, NetworkInterface, Permission, SecurityGroup } from './cloud.ts'
import type { OracleWorld, Settings } from './evaluator.ts'
import { clusters, nodeAddress, nodeNames, type RandomCluster } from './generate.ts'
import { podOf, type KubernetesObject, type Pod } from './objects.ts'

/** The network in EC2 under a random cluster: interfaces, groups that refer to each other, prefix lists, subnets, ACLs, a peered VPC. */
const pick = <Item>(...items: readonly Item[]) => fc.constantFrom(...items)
const account = '111122223333'
export const vpcId = 'vpc-1'
const groupNames = ['sg-0', 'sg-1', 'sg-2', 'sg-3']
const farGroup = 'sg-far'
const cidrs = ['0.0.0.0/0', '10.0.0.0/16', '10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/28', '10.0.0.11/32', '10.9.0.0/16', '198.51.100.0/24']
const cidrs6 = ['::/0', 'fd00:10::/32', 'fd00:10:0:1::/64', 'fd00:10::b/128', '2001:db8::/32']
const portRanges: readonly (readonly [number, number])[] = [
  [80, 80],
  [443, 443],
  [8080, 8081],
  [0, 65535],
  [53, 443],
  [9000, 9090],
]

const source: fc.Arbitrary<Partial<Permission>> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.uniqueArray(pick(...cidrs), { minLength: 1, maxLength: 2 }).map(list => ({ IpRanges: list.map(CidrIp => ({ CidrIp })) })),
  },
  { weight: 1, arbitrary: pick(...cidrs6).map(CidrIpv6 => ({ Ipv6Ranges: [{ CidrIpv6 }] })) },
  {
    weight: 5,
    arbitrary: fc
      .uniqueArray(pick(...groupNames, farGroup), { minLength: 1, maxLength: 2 })
      .map(list => ({ UserIdGroupPairs: list.map(GroupId => ({ GroupId, UserId: account })) })),
  },
  { weight: 2, arbitrary: pick('pl-0', 'pl-1').map(PrefixListId => ({ PrefixListIds: [{ PrefixListId }] })) },
)
const traffic: fc.Arbitrary<Partial<Permission>> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ IpProtocol: '-1' }) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(pick('tcp', 'tcp', 'udp'), pick(...portRanges))
      .map(([IpProtocol, [FromPort, ToPort]]) => ({ IpProtocol, FromPort, ToPort })),
  },
  {
    weight: 1,
    arbitrary: pick(
      { IpProtocol: 'icmp', FromPort: -1, ToPort: -1 },
      { IpProtocol: 'icmp', FromPort: 8, ToPort: 0 },
      { IpProtocol: 'icmp', FromPort: 3, ToPort: -1 },
    ),
  },
  { weight: 1, arbitrary: pick({ IpProtocol: '50' }, { IpProtocol: '132' }) },
)
export const permissions = fc.tuple(traffic, source).map(([what, whom]): Permission => ({ ...what, ...whom }))
const open: readonly Permission[] = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] }]
const group = fc.record({
  ingress: fc.array(permissions, { maxLength: 4 }),
  egress: fc.oneof({ weight: 2, arbitrary: fc.constant(open) }, { weight: 1, arbitrary: fc.array(permissions, { maxLength: 3 }) }),
})

const aclEntry: fc.Arbitrary<Omit<AclEntry, 'RuleNumber'>> = fc
  .tuple(
    fc.boolean(),
    pick('-1', '6', '17', '1'),
    pick('allow', 'deny'),
    pick('0.0.0.0/0', '0.0.0.0/0', '10.0.0.0/16', '10.0.1.0/24', '10.0.10.0/24', '198.51.100.0/24'),
    pick([80, 80], [443, 443], [1, 1023], [1024, 65535], [32768, 65535], [0, 65535]),
  )
  .map(([Egress, Protocol, RuleAction, CidrBlock, [From, To]]) => ({
    Egress,
    Protocol,
    RuleAction: RuleAction as 'allow' | 'deny',
    CidrBlock,
    ...((Protocol === '6' || Protocol === '17') && { PortRange: { From: From as number, To: To as number } }),
    ...(Protocol === '1' && { IcmpTypeCode: { Type: -1, Code: -1 } }),
  }))
const everything = (RuleNumber: number, RuleAction: 'allow' | 'deny'): readonly AclEntry[] =>
  [false, true].flatMap(Egress => [
    { RuleNumber, Egress, Protocol: '-1', RuleAction, CidrBlock: '0.0.0.0/0' },
    { RuleNumber: RuleNumber + 1, Egress, Protocol: '-1', RuleAction, Ipv6CidrBlock: '::/0' },
  ])
/** Few exceptions to an open list, and now and then a list that is closed but for few. */
const acl: fc.Arbitrary<readonly AclEntry[]> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(everything(100, 'allow')) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.array(aclEntry, { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([entries, isOpen]) => [
        ...entries.map((entry, index) => ({ ...entry, RuleNumber: 10 + index * 10 })),
        ...(isOpen ? everything(100, 'allow') : []),
      ]),
  },
)

const some = fc.uniqueArray(pick(...groupNames), { minLength: 1, maxLength: 2 })

interface Plan {
  readonly groups: readonly { readonly ingress: readonly Permission[]; readonly egress: readonly Permission[] }[]
  readonly acls: readonly (readonly AclEntry[])[]
  /** Pods live on interfaces of subnets of their own (custom networking), or on the first interface of the node. */
  readonly custom: boolean
  readonly nodeGroups: readonly string[]
  readonly eniConfigGroups: readonly string[]
  readonly databaseGroups: readonly string[]
  /** By position of the pod: the groups of its branch interface, or none. */
  readonly branches: readonly (readonly string[] | undefined)[]
  readonly fargateGroups: readonly string[]
  readonly securityGroupMode: 'standard' | 'strict'
  readonly externalSnat: boolean
  readonly excluded: boolean
  readonly prefixes: readonly (readonly string[])[]
}

const plans: fc.Arbitrary<Plan> = fc.record({
  groups: fc.array(group, { minLength: 5, maxLength: 5 }),
  acls: fc.array(acl, { minLength: 7, maxLength: 7 }),
  custom: fc.boolean(),
  nodeGroups: some,
  eniConfigGroups: some,
  databaseGroups: some,
  branches: fc.array(fc.option(some, { nil: undefined, freq: 1 }), { minLength: 9, maxLength: 9 }),
  fargateGroups: some,
  securityGroupMode: pick('standard', 'standard', 'strict'),
  externalSnat: fc.boolean(),
  excluded: fc.boolean(),
  prefixes: fc.array(fc.uniqueArray(pick('10.0.0.0/24', '10.0.1.0/24', '10.9.0.0/16', 'fd00:10::/32', '2001:db8::/32'), { maxLength: 2 }), {
    minLength: 2,
    maxLength: 2,
  }),
})

export interface RandomWorld extends OracleWorld {
  readonly family: 4 | 6
}

export const addresses: Readonly<Record<4 | 6, readonly string[]>> = {
  4: ['10.0.10.200', '10.9.1.5', '198.51.100.7', '10.0.0.77', '169.254.169.254', '169.254.170.23', '10.0.0.2'],
  6: ['fd00:10:0:a::c8', '2001:db8::7'],
}

export const worlds = (engines: readonly Settings['engine'][]): fc.Arbitrary<RandomWorld> =>
  fc.tuple(clusters({ engines }), plans).map(([cluster, plan]) => worldOf(cluster, plan))

function worldOf({ kubernetes, engine, mode, family }: RandomCluster, plan: Plan): RandomWorld {
  const { securityGroupMode, externalSnat, excluded } = plan
  const pods = kubernetes.filter(({ kind }) => kind === 'Pod').map(podOf)
  const branches = new Map(
    pods.flatMap((pod, index) => {
      const groups = plan.branches[index]
      return groups === undefined || !canBranch(pod) ? [] : [[`${pod.namespace}/${pod.name}`, groups] as const]
    }),
  )
  return {
    family,
    kubernetes: [
      ...kubernetes.map(object => annotated(object, branches)),
      ...pods.filter(isFargate).map(fargateNode),
      ...(plan.custom ? nodeNames.map((name, index) => eniConfig(name, index + 1, plan.eniConfigGroups)) : []),
    ],
    ec2: ec2Of(family, pods, branches, plan),
    settings: {
      engine,
      mode,
      securityGroupMode,
      externalSnat,
      excludeSnatCidrs: excluded ? ['10.9.0.0/16'] : [],
      vpcId,
    },
  }
}

const isFargate = (pod: Pod) => pod.labels['eks.amazonaws.com/fargate-profile'] !== undefined
const canBranch = (pod: Pod) => pod.address !== undefined && !pod.hostNetwork && !isFargate(pod) && pod.phase === 'Running'
const interfaceName = (pod: string) => `eni-${pod.replaceAll(/[/.]/g, '-')}`

function annotated(object: KubernetesObject, branches: ReadonlyMap<string, readonly string[]>): KubernetesObject {
  const id = `${object.metadata.namespace}/${object.metadata.name}`
  if (object.kind !== 'Pod' || !branches.has(id)) return object
  const { podIP } = object.status as { podIP: string }
  const eni = JSON.stringify([
    { eniId: interfaceName(id), ifAddress: '02:00:00:00:00:01', privateIp: podIP, vlanId: 1, subnetCidr: '10.0.0.0/24' },
  ])
  return { ...object, metadata: { ...object.metadata, annotations: { 'vpc.amazonaws.com/pod-eni': eni } } }
}

const fargateNode = (pod: Pod): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: pod.node as string, labels: { 'eks.amazonaws.com/compute-type': 'fargate', 'kubernetes.io/os': 'linux' } },
  status: { addresses: [{ type: 'InternalIP', address: pod.address as string }] },
})
const eniConfig = (name: string, index: number, groups: readonly string[]): KubernetesObject => ({
  apiVersion: 'crd.k8s.amazonaws.com/v1alpha1',
  kind: 'ENIConfig',
  metadata: { name },
  spec: { subnet: `subnet-${index}`, securityGroups: groups },
})

function ec2Of(family: 4 | 6, pods: readonly Pod[], branches: ReadonlyMap<string, readonly string[]>, plan: Plan): Ec2 {
  const subnets = plan.custom ? ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24'] : ['10.0.0.0/22']
  const six = plan.custom ? ['fd00:10::/64', 'fd00:10:0:1::/64', 'fd00:10:0:2::/64', 'fd00:10:0:3::/64'] : ['fd00:10::/62']
  const subnet = (SubnetId: string, CidrBlock: string, block6: string | undefined, vpc: string, index: number) => ({
    SubnetId,
    CidrBlock,
    VpcId: vpc,
    AvailabilityZone: `eu-central-1${'abc'[index % 3]}`,
    ...(family === 6 &&
      block6 !== undefined && { Ipv6CidrBlockAssociationSet: [{ Ipv6CidrBlock: block6, Ipv6CidrBlockState: { State: 'associated' } }] }),
  })
  const all = [
    ...subnets.map((cidr, index) => subnet(`subnet-${index}`, cidr, six[index], vpcId, index)),
    subnet('subnet-db', '10.0.10.0/24', 'fd00:10:0:a::/64', vpcId, 1),
    subnet('subnet-far', '10.9.1.0/24', undefined, 'vpc-2', 0),
    subnet('subnet-nat', '10.0.20.0/24', undefined, vpcId, 0),
  ]
  const local = (cidr: string) => ({ DestinationCidrBlock: cidr, GatewayId: 'local', State: 'active', Origin: 'CreateRouteTable' })
  const peering = (cidr: string) => ({
    DestinationCidrBlock: cidr,
    VpcPeeringConnectionId: 'pcx-1',
    State: 'active',
    Origin: 'CreateRoute',
  })
  const table = (id: string, vpc: string, Routes: readonly object[], only?: string) => ({
    RouteTableId: id,
    VpcId: vpc,
    Associations: [
      { RouteTableAssociationId: `${id}-main`, RouteTableId: id, Main: only === undefined, ...(only !== undefined && { SubnetId: only }) },
    ],
    Routes,
  })
  const side = (vpc: string, cidr: string) => ({
    VpcId: vpc,
    CidrBlock: cidr,
    CidrBlockSet: [{ CidrBlock: cidr }],
    OwnerId: account,
    Region: 'eu-central-1',
  })
  const described = {
    Vpcs: [
      {
        VpcId: vpcId,
        CidrBlock: '10.0.0.0/16',
        CidrBlockAssociationSet: [{ CidrBlock: '10.0.0.0/16', CidrBlockState: { State: 'associated' } }],
        ...(family === 6 && {
          Ipv6CidrBlockAssociationSet: [{ Ipv6CidrBlock: 'fd00:10::/32', Ipv6CidrBlockState: { State: 'associated' } }],
        }),
      },
      {
        VpcId: 'vpc-2',
        CidrBlock: '10.9.0.0/16',
        CidrBlockAssociationSet: [{ CidrBlock: '10.9.0.0/16', CidrBlockState: { State: 'associated' } }],
      },
    ],
    Subnets: all,
    RouteTables: [
      table('rtb-1', vpcId, [
        local('10.0.0.0/16'),
        ...(family === 6
          ? [{ DestinationIpv6CidrBlock: 'fd00:10::/32', GatewayId: 'local', State: 'active', Origin: 'CreateRouteTable' }]
          : []),
        peering('10.9.0.0/16'),
        { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1', State: 'active', Origin: 'CreateRoute' },
        ...(family === 6
          ? [{ DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: 'eigw-1', State: 'active', Origin: 'CreateRoute' }]
          : []),
      ]),
      table(
        'rtb-3',
        vpcId,
        [local('10.0.0.0/16'), { DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1', State: 'active', Origin: 'CreateRoute' }],
        'subnet-nat',
      ),
      table('rtb-2', 'vpc-2', [local('10.9.0.0/16'), peering('10.0.0.0/16')]),
    ],
    NatGateways: [{ NatGatewayId: 'nat-1', SubnetId: 'subnet-nat', VpcId: vpcId, State: 'available', ConnectivityType: 'public' }],
    VpcPeeringConnections: [
      {
        VpcPeeringConnectionId: 'pcx-1',
        Status: { Code: 'active' },
        RequesterVpcInfo: side(vpcId, '10.0.0.0/16'),
        AccepterVpcInfo: side('vpc-2', '10.9.0.0/16'),
      },
    ],
    NetworkAcls: all.map(({ SubnetId, VpcId }, index) => ({
      NetworkAclId: `acl-${index}`,
      VpcId,
      Associations: [{ NetworkAclAssociationId: `aclassoc-${index}`, NetworkAclId: `acl-${index}`, SubnetId }],
      Entries: [
        ...(plan.acls[index] ?? everything(100, 'allow')),
        ...everything(32767, 'deny').map(entry => ({ ...entry, RuleNumber: entry.Ipv6CidrBlock === undefined ? 32767 : 32768 })),
      ],
    })),
    SecurityGroups: [...groupNames, farGroup].map((GroupId, index): SecurityGroup => ({
      GroupId,
      GroupName: GroupId,
      VpcId: GroupId === farGroup ? 'vpc-2' : vpcId,
      IpPermissions: plan.groups[index]?.ingress ?? [],
      IpPermissionsEgress: plan.groups[index]?.egress ?? [],
    })),
    ManagedPrefixLists: plan.prefixes.map((list, index) => ({
      PrefixListId: `pl-${index}`,
      PrefixListName: `list-${index}`,
      Entries: list.map(Cidr => ({ Cidr })),
    })),
    NetworkInterfaces: interfacesOf(family, pods, branches, plan),
  }
  return described as Ec2
}

function interfacesOf(
  family: 4 | 6,
  pods: readonly Pod[],
  branches: ReadonlyMap<string, readonly string[]>,
  plan: Plan,
): readonly NetworkInterface[] {
  const made = (id: string, subnet: string, ips: readonly string[], groups: readonly string[], vpc = vpcId): NetworkInterface => ({
    NetworkInterfaceId: id,
    SubnetId: subnet,
    VpcId: vpc,
    InterfaceType: 'interface',
    ...(family === 4 || vpc !== vpcId
      ? {
          PrivateIpAddress: ips[0] as string,
          PrivateIpAddresses: ips.map((PrivateIpAddress, index) => ({ PrivateIpAddress, Primary: index === 0 })),
        }
      : { Ipv6Addresses: ips.map(Ipv6Address => ({ Ipv6Address })) }),
    Groups: groups.map(GroupId => ({ GroupId, GroupName: GroupId })),
  })
  const subnetOf = (node: string | undefined) => (plan.custom ? `subnet-${nodeNames.indexOf(node ?? '') + 1}` : 'subnet-0')
  const plain = (node: string) =>
    pods
      .filter(pod => pod.node === node && !pod.hostNetwork && !branches.has(`${pod.namespace}/${pod.name}`) && pod.phase === 'Running')
      .map(pod => pod.address as string)
  return [
    ...nodeNames.flatMap((name, index) => {
      const own = nodeAddress(family, name)
      const instance = { Attachment: { InstanceId: `i-${name}`, DeviceIndex: 0 } }
      if (!plan.custom) return [{ ...made(`eni-${name}`, 'subnet-0', [own, ...plain(name)], plan.nodeGroups), ...instance }]
      const second = family === 4 ? `10.0.${index + 1}.250` : `fd00:10:0:${index + 1}::fa`
      return [
        { ...made(`eni-${name}`, 'subnet-0', [own], plan.nodeGroups), ...instance },
        {
          ...made(`eni-${name}-1`, subnetOf(name), [second, ...plain(name)], plan.eniConfigGroups),
          Attachment: { InstanceId: `i-${name}`, DeviceIndex: 1 },
        },
      ]
    }),
    ...pods.flatMap(pod => {
      const id = `${pod.namespace}/${pod.name}`
      const groups = branches.get(id)
      if (groups !== undefined)
        return [{ ...made(interfaceName(id), subnetOf(pod.node), [pod.address as string], groups), InterfaceType: 'branch' }]
      if (!isFargate(pod) || pod.address === undefined) return []
      const index = Number(pod.address.includes(':') ? pod.address.split(':')[3] : pod.address.split('.')[2])
      return [made(interfaceName(id), plan.custom ? `subnet-${index}` : 'subnet-0', [pod.address], plan.fargateGroups)]
    }),
    made('eni-db', 'subnet-db', [family === 4 ? '10.0.10.200' : 'fd00:10:0:a::c8'], plan.databaseGroups),
    made('eni-far', 'subnet-far', ['10.9.1.5'], [farGroup], 'vpc-2'),
  ]
}
