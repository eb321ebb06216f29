import { generatePolicies, generateServices } from './generate-policies.ts'
import { generateNodes, groupId, nodeGroup, ownGroup } from './generate-nodes.ts'
import { account, arn as arnOf, hasOwnGroups, namespaceOf, namespaces, numbered, type WorldSize } from './workload-sorts.ts'

const arn = (kind: string, id: string): string => arnOf('ec2', `${kind}/${id}`)
const subnets = ['a', 'b', 'c']

/** Everything that decides about packets, beside the pods. */
export function generateNetwork(size: WorldSize): readonly object[] {
  const { serviceAccounts: workloads } = size
  return [
    ...cloud(),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'amazon-vpc-cni', namespace: 'kube-system' },
      data: { 'enable-network-policy-controller': 'true' },
    },
    ...[...numbered(namespaces, index => `team-${index}`), 'kube-system', 'amazon-cloudwatch', 'amazon-guardduty'].map(namespace),
    ...generateNodes(size),
    ...generatePolicies(size),
    ...generateServices(size),
    ...numbered(Math.ceil(workloads / 10), index => securityGroup(index)),
    ...numbered(workloads, workload => workload)
      .filter(hasOwnGroups)
      .map(securityGroupPolicy),
  ]
}

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
      OwnerId: account,
      EnableDnsSupport: { Value: true },
      EnableDnsHostnames: { Value: true },
    },
    ...subnets.map((name, index) => ({
      kind: 'aws/ec2/Subnet',
      SubnetArn: arn('subnet', `subnet-${name}`),
      SubnetId: `subnet-${name}`,
      VpcId: 'vpc-1',
      CidrBlock: blocks[index],
      AvailableIpAddressCount: 20_000,
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
    securityGroupOf(nodeGroup, [
      { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: nodeGroup, UserId: account }] },
      ...['tcp', 'udp'].map(IpProtocol => ({ IpProtocol, FromPort: 53, ToPort: 53, IpRanges: [{ CidrIp: '10.0.0.0/15' }] })),
      { IpProtocol: 'tcp', FromPort: 8080, ToPort: 9100, IpRanges: [{ CidrIp: '10.0.0.0/15' }] },
    ]),
    securityGroupOf('sg-0e0000000000000e1', [
      { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId: nodeGroup, UserId: account }] },
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
  securityGroupOf(groupId(index), [
    {
      IpProtocol: 'tcp',
      FromPort: 8080,
      ToPort: 8080,
      UserIdGroupPairs: [{ GroupId: groupId(Math.max(0, index - 1)), UserId: account }],
    },
    { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: nodeGroup, UserId: account }] },
  ])

const securityGroupPolicy = (workload: number): object => ({
  apiVersion: 'vpcresources.k8s.aws/v1beta1',
  kind: 'SecurityGroupPolicy',
  metadata: { name: `app-${workload}`, namespace: namespaceOf(workload) },
  spec: {
    podSelector: { matchLabels: { app: `app-${workload}` } },
    securityGroups: { groupIds: [ownGroup(workload)] },
  },
})

const namespace = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
})
