const account = '111122223333'
const arn = (kind: string, id: string): string => `arn:aws:ec2:eu-west-1:${account}:${kind}/${id}`
const nodes = 200
const subnets = ['a', 'b', 'c']

/** Kinds of which `generateNetwork` writes everything that there is. */
export const networkKindsWritten = [
  'k8s/Service',
  'k8s/EndpointSlice',
  'k8s/SecurityGroupPolicy',
  'k8s/ENIConfig',
  'k8s/ApplicationNetworkPolicy',
  'k8s/AdminNetworkPolicy',
  'k8s/BaselineAdminNetworkPolicy',
  'k8s/networking.k8s.aws/ClusterNetworkPolicy',
  'k8s/policy.networking.k8s.io/ClusterNetworkPolicy',
  'k8s/PolicyEndpoint',
  'k8s/CNINode',
  'k8s/NodeClass',
  'aws/ec2/Vpc',
  'aws/ec2/Subnet',
  'aws/ec2/RouteTable',
  'aws/ec2/NetworkAcl',
  'aws/ec2/SecurityGroup',
  'aws/ec2/NetworkInterface',
  'aws/ec2/NatGateway',
  'aws/ec2/VpcPeeringConnection',
  'aws/ec2/ManagedPrefixList',
] as const

/** In the order of pods: every tenth workload has security groups of its own. */
export const hasOwnGroups = (workload: number): boolean => workload % 10 === 3

/** Everything that decides about packets, beside the pods: as JSON documents, which are YAML. */
export function generateNetwork(size: { readonly pods: number; readonly serviceAccounts: number }): readonly string[] {
  const { serviceAccounts: workloads } = size
  const numbered = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))
  const documents: object[] = [
    ...cloud(),
    awsNode(),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'amazon-vpc-cni', namespace: 'kube-system' },
      data: { 'enable-network-policy-controller': 'true' },
    },
    ...numbered(40, index => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `team-${index}`, labels: { 'kubernetes.io/metadata.name': `team-${index}` } },
    })),
    ...numbered(nodes, node),
    ...numbered(nodes, index => networkInterface(index, size.pods)),
    ...numbered(workloads, networkPolicy),
    ...numbered(workloads, service),
    ...numbered(Math.ceil(workloads / 10), index => securityGroup(index)),
    ...numbered(workloads, workload => workload)
      .filter(hasOwnGroups)
      .map(securityGroupPolicy),
  ]
  return documents.map(document => `${JSON.stringify(document)}\n`)
}

const hex = (index: number): string => index.toString(16).padStart(16, '0')
const namespaceOf = (workload: number): string => `team-${workload % 40}`
const nodeAddress = (index: number): string => `10.1.${Math.floor(index / 250)}.${(index % 250) + 4}`

function cloud(): object[] {
  const routes = [
    { DestinationCidrBlock: '10.0.0.0/15', GatewayId: 'local', State: 'active', Origin: 'CreateRouteTable' },
    { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1', State: 'active', Origin: 'CreateRoute' },
  ]
  const entry = (Egress: boolean, RuleNumber: number, RuleAction: string) => ({
    Egress,
    RuleNumber,
    RuleAction,
    Protocol: '-1',
    CidrBlock: '0.0.0.0/0',
  })
  const blocks = ['10.0.0.0/16', '10.1.0.0/17', '10.1.128.0/17']
  return [
    {
      kind: 'aws/ec2/Vpc',
      Arn: arn('vpc', 'vpc-1'),
      VpcId: 'vpc-1',
      CidrBlock: '10.0.0.0/15',
      CidrBlockAssociationSet: [{ CidrBlock: '10.0.0.0/15', CidrBlockState: { State: 'associated' } }],
    },
    ...subnets.map((name, index) => ({
      kind: 'aws/ec2/Subnet',
      SubnetArn: arn('subnet', `subnet-${name}`),
      SubnetId: `subnet-${name}`,
      VpcId: 'vpc-1',
      CidrBlock: blocks[index],
      AvailabilityZone: `eu-west-1${name}`,
    })),
    {
      kind: 'aws/ec2/RouteTable',
      Arn: arn('route-table', 'rtb-1'),
      RouteTableId: 'rtb-1',
      VpcId: 'vpc-1',
      Associations: [{ Main: true, RouteTableId: 'rtb-1' }],
      Routes: routes,
    },
    {
      kind: 'aws/ec2/NetworkAcl',
      Arn: arn('network-acl', 'acl-1'),
      NetworkAclId: 'acl-1',
      VpcId: 'vpc-1',
      IsDefault: true,
      Associations: [],
      Entries: [entry(false, 100, 'allow'), entry(false, 32_767, 'deny'), entry(true, 100, 'allow'), entry(true, 32_767, 'deny')],
    },
    {
      kind: 'aws/ec2/NatGateway',
      Arn: arn('natgateway', 'nat-1'),
      NatGatewayId: 'nat-1',
      VpcId: 'vpc-1',
      SubnetId: 'subnet-c',
      State: 'available',
      ConnectivityType: 'public',
    },
    securityGroupOf('sg-0a0000000000000a1', [
      { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-0a0000000000000a1', UserId: account }] },
    ]),
  ]
}

const securityGroupOf = (GroupId: string, IpPermissions: object[]): object => ({
  kind: 'aws/ec2/SecurityGroup',
  SecurityGroupArn: arn('security-group', GroupId),
  GroupId,
  GroupName: GroupId,
  VpcId: 'vpc-1',
  IpPermissions,
  IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
})

const securityGroup = (index: number): object =>
  securityGroupOf(`sg-0${hex(index)}`, [
    {
      IpProtocol: 'tcp',
      FromPort: 8080,
      ToPort: 8080,
      UserIdGroupPairs: [
        { GroupId: 'sg-0a0000000000000a1', UserId: account },
        { GroupId: `sg-0${hex(Math.max(0, index - 1))}`, UserId: account },
      ],
    },
    { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-0a0000000000000a1', UserId: account }] },
  ])

const securityGroupPolicy = (workload: number): object => ({
  apiVersion: 'vpcresources.k8s.aws/v1beta1',
  kind: 'SecurityGroupPolicy',
  metadata: { name: `app-${workload}`, namespace: namespaceOf(workload) },
  spec: {
    podSelector: { matchLabels: { app: `app-${workload}` } },
    securityGroups: { groupIds: [`sg-0${hex(Math.floor(workload / 10))}`] },
  },
})

const node = (index: number): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: `node-${index}`, labels: { 'kubernetes.io/os': 'linux' } },
  spec: { providerID: `aws:///eu-west-1a/i-${index}` },
  status: {
    addresses: [{ type: 'InternalIP', address: nodeAddress(index) }],
    allocatable: { cpu: '16', memory: '60Gi', pods: '110', 'vpc.amazonaws.com/pod-eni': '54' },
  },
})

/** The node's primary one, with the addresses of its pods: pod `p` is on node `p` modulo 200. */
function networkInterface(index: number, pods: number): object {
  const own = nodeAddress(index)
  const held: string[] = []
  for (let pod = index; pod < pods; pod += nodes) held.push(podAddress(pod))
  return {
    kind: 'aws/ec2/NetworkInterface',
    Arn: arn('network-interface', `eni-${index}`),
    NetworkInterfaceId: `eni-${index}`,
    InterfaceType: 'interface',
    VpcId: 'vpc-1',
    SubnetId: 'subnet-b',
    PrivateIpAddress: own,
    PrivateIpAddresses: [own, ...held].map((PrivateIpAddress, i) => ({ PrivateIpAddress, Primary: i === 0 })),
    Groups: [{ GroupId: 'sg-0a0000000000000a1' }],
    Attachment: { InstanceId: `i-${index}`, DeviceIndex: 0, NetworkCardIndex: 0 },
    TagSet: [],
  }
}

/** Up to 62,500 different ones. */
export const podAddress = (index: number): string => `10.0.${Math.floor(index / 250) % 250}.${(index % 250) + 4}`

/** Each workload is called by the one before it, and by those of its own namespace on another port. */
const networkPolicy = (workload: number): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: `app-${workload}`, namespace: namespaceOf(workload) },
  spec: {
    podSelector: { matchLabels: { app: `app-${workload}` } },
    policyTypes: ['Ingress', ...(workload % 4 === 0 ? ['Egress'] : [])],
    ingress: [
      {
        from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: `app-${Math.max(0, workload - 1)}` } } }],
        ports: [{ protocol: 'TCP', port: 8080 }],
      },
      { from: [{ podSelector: {} }], ports: [{ protocol: 'TCP', port: 9000 + (workload % 30) }] },
    ],
    ...(workload % 4 === 0
      ? {
          egress: [
            { to: [{ namespaceSelector: {} }], ports: [{ protocol: 'TCP', port: 8080 }] },
            { ports: [{ protocol: 'UDP', port: 53 }] },
          ],
        }
      : {}),
  },
})

const service = (workload: number): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: `app-${workload}`, namespace: namespaceOf(workload) },
  spec: {
    clusterIP: `172.20.${Math.floor(workload / 250)}.${(workload % 250) + 1}`,
    selector: { app: `app-${workload}` },
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
  },
})

const awsNode = (): object => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'aws-node', namespace: 'kube-system' },
  spec: {
    selector: { matchLabels: { 'k8s-app': 'aws-node' } },
    template: {
      metadata: { labels: { 'k8s-app': 'aws-node' } },
      spec: {
        hostNetwork: true,
        serviceAccountName: 'aws-node',
        initContainers: [
          {
            name: 'aws-vpc-cni-init',
            image: 'registry.example/amazon-k8s-cni-init:v1.20.1',
            env: [{ name: 'DISABLE_TCP_EARLY_DEMUX', value: 'true' }],
          },
        ],
        containers: [
          {
            name: 'aws-node',
            image: 'registry.example/amazon-k8s-cni:v1.20.1',
            env: [
              { name: 'ENABLE_POD_ENI', value: 'true' },
              { name: 'POD_SECURITY_GROUP_ENFORCING_MODE', value: 'standard' },
              { name: 'NETWORK_POLICY_ENFORCING_MODE', value: 'standard' },
            ],
          },
          { name: 'aws-eks-nodeagent', image: 'registry.example/aws-network-policy-agent:v1.2.7', args: ['--enable-network-policy=true'] },
        ],
      },
    },
  },
})
