import {
  AcceptVpcPeeringConnectionCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  CreateInternetGatewayCommand,
  CreateManagedPrefixListCommand,
  CreateNatGatewayCommand,
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  CreateVpcPeeringConnectionCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import { CreateNodegroupCommand, EKSClient } from '@aws-sdk/client-eks'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { createCluster } from '../aws/create-cluster.ts'
import type { Lab } from '../lab.ts'

/** Ids of what stands in the account. */
export interface Network {
  readonly clusterName: string
  readonly vpc: string
  readonly subnet: string
  readonly pods: string
  readonly web: string
  /** A group of the peered VPC, which a rule of `web` names. */
  readonly far: string
  readonly trunk: string
  readonly branch: string
  readonly prefixList: string
}

/** A VPC with one of each thing that a cluster's traffic meets, a peered VPC, and a cluster in the first. */
export async function makeNetwork(lab: Lab): Promise<Network> {
  const ec2 = new EC2Client(lab.aws())
  const vpc = await makeVpc(ec2, '10.90.0.0/16')
  const peer = await makeVpc(ec2, '10.91.0.0/16')
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: '10.90.1.0/24' }))
  const subnet = Subnet?.SubnetId ?? ''
  const { VpcPeeringConnection } = await ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId: vpc, PeerVpcId: peer }))
  const VpcPeeringConnectionId = VpcPeeringConnection?.VpcPeeringConnectionId
  await ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId }))
  const prefixList = await makePrefixList(ec2)
  const groups = await makeGroups(ec2, vpc, peer, prefixList)
  await makeRoutes(ec2, vpc, subnet)
  await makeFilters(ec2, vpc)
  const interfaces = await makeInterfaces(ec2, subnet, groups.pods)
  const clusterName = 'kinds-network'
  await makeCluster(lab, clusterName, vpc, subnet)
  return { clusterName, vpc, subnet, prefixList, ...groups, ...interfaces }
}

async function makeVpc(ec2: EC2Client, CidrBlock: string): Promise<string> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock }))
  return Vpc?.VpcId ?? ''
}

async function makePrefixList(ec2: EC2Client): Promise<string> {
  const { PrefixList } = await ec2.send(
    new CreateManagedPrefixListCommand({
      PrefixListName: 'kinds-offices',
      AddressFamily: 'IPv4',
      MaxEntries: 4,
      Entries: [{ Cidr: '203.0.113.0/24', Description: 'office' }],
    }),
  )
  return PrefixList?.PrefixListId ?? ''
}

async function makeGroups(ec2: EC2Client, VpcId: string, peer: string, PrefixListId: string) {
  const make = async (GroupName: string, vpc: string) => {
    const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId: vpc }))
    return GroupId ?? ''
  }
  const [pods, web, far] = [await make('kinds-pods', VpcId), await make('kinds-web', VpcId), await make('kinds-far', peer)]
  const tcp = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: web,
      IpPermissions: [
        { ...tcp, UserIdGroupPairs: [{ GroupId: pods }, { GroupId: far }], PrefixListIds: [{ PrefixListId }] },
        { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32' }] },
      ],
    }),
  )
  return { pods, web, far }
}

async function makeRoutes(ec2: EC2Client, VpcId: string, SubnetId: string): Promise<void> {
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}))
  const InternetGatewayId = InternetGateway?.InternetGatewayId
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }))
  await ec2.send(new CreateNatGatewayCommand({ SubnetId, ConnectivityType: 'private' }))
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId }))
  const RouteTableId = RouteTable?.RouteTableId
  await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId }))
  await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }))
}

async function makeFilters(ec2: EC2Client, VpcId: string): Promise<void> {
  const { NetworkAcl } = await ec2.send(new CreateNetworkAclCommand({ VpcId }))
  await ec2.send(
    new CreateNetworkAclEntryCommand({
      NetworkAclId: NetworkAcl?.NetworkAclId,
      RuleNumber: 100,
      Protocol: '6',
      RuleAction: 'allow',
      Egress: false,
      CidrBlock: '10.90.0.0/16',
      PortRange: { From: 443, To: 443 },
    }),
  )
  await ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds: [VpcId],
      ResourceType: 'VPC',
      TrafficType: 'REJECT',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::kinds-flow-logs',
    }),
  )
}

async function makeInterfaces(ec2: EC2Client, SubnetId: string, group: string) {
  const make = async () => {
    const { NetworkInterface } = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, Groups: [group] }))
    return NetworkInterface?.NetworkInterfaceId ?? ''
  }
  const [trunk, branch] = [await make(), await make()]
  await ec2.send(new CreateTagsCommand({ Resources: [branch], Tags: [{ Key: 'vpcresources.k8s.aws/trunk-eni-id', Value: trunk }] }))
  return { trunk, branch }
}

export async function makeCluster({ aws }: Lab, name: string, vpcId: string, subnet: string): Promise<void> {
  const iam = new IAMClient(aws())
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  }
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }))
  const roleArn = Role?.Arn
  const eks = new EKSClient(aws())
  await createCluster(eks, { name, roleArn, resourcesVpcConfig: { subnetIds: [subnet] } }, vpcId)
  await eks.send(new CreateNodegroupCommand({ clusterName: name, nodegroupName: 'blue', subnets: [subnet], nodeRole: roleArn }))
}
