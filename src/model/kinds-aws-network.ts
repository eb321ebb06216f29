import type {
  AttributeBooleanValue,
  FlowLog,
  InternetGateway,
  LaunchTemplateVersion,
  ResponseLaunchTemplateData,
  ManagedPrefixList,
  NatGateway,
  NetworkAcl,
  NetworkInterface,
  PrefixListEntry,
  RouteTable,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  Vpc,
  VpcPeeringConnection,
} from '@aws-sdk/client-ec2'
import type { FargateProfile, Nodegroup } from '@aws-sdk/client-eks'
import type { ServiceQuota } from '@aws-sdk/client-service-quotas'
import type { AwsFactsTable } from './aws-kind-facts.ts'
import type { Wire } from './wire.ts'

/** An item of ec2:DescribeSecurityGroups. References to groups of peered VPCs, and to groups that are gone, stand as EC2 gives them. */
export type SecurityGroupBody = Wire<SecurityGroup> & {
  readonly SecurityGroupArn: string
  readonly GroupId: string
  /** Every rule of the group as ec2:DescribeSecurityGroupRules tells it, one for each source or destination, with its id. Absent: not read. */
  readonly Rules?: readonly Wire<SecurityGroupRule>[]
}

/** An item of ec2:DescribeNetworkInterfaces, and the ARN that EC2 leaves out. */
export type NetworkInterfaceBody = Wire<NetworkInterface> & { readonly Arn: string; readonly NetworkInterfaceId: string }

/** An item of ec2:DescribeSubnets. A subnet that another account shares has that account in its ARN. */
export type SubnetBody = Wire<Subnet> & { readonly SubnetArn: string; readonly SubnetId: string }

/** An item of ec2:DescribeVpcs, and the ARN that EC2 leaves out. */
export type VpcBody = Wire<Vpc> & {
  readonly Arn: string
  readonly VpcId: string
  /** ec2:DescribeVpcAttribute. Absent: not read. */
  readonly EnableDnsSupport?: Wire<AttributeBooleanValue>
  readonly EnableDnsHostnames?: Wire<AttributeBooleanValue>
}

/** An item of ec2:DescribeNetworkAcls, and the ARN that EC2 leaves out. */
export type NetworkAclBody = Wire<NetworkAcl> & { readonly Arn: string; readonly NetworkAclId: string }

/** An item of ec2:DescribeRouteTables, and the ARN that EC2 leaves out. */
export type RouteTableBody = Wire<RouteTable> & { readonly Arn: string; readonly RouteTableId: string }

/** An item of ec2:DescribeNatGateways, and the ARN that EC2 leaves out. */
export type NatGatewayBody = Wire<NatGateway> & { readonly Arn: string; readonly NatGatewayId: string }

/** An item of ec2:DescribeInternetGateways, and the ARN that EC2 leaves out. */
export type InternetGatewayBody = Wire<InternetGateway> & { readonly Arn: string; readonly InternetGatewayId: string }

/** An item of ec2:DescribeVpcPeeringConnections, and the ARN that EC2 leaves out: that of the account and region which asked for the peering. */
export type VpcPeeringConnectionBody = Wire<VpcPeeringConnection> & { readonly Arn: string; readonly VpcPeeringConnectionId: string }

/** An item of ec2:DescribeManagedPrefixLists. AWS's own are of the account `aws`, shared ones of the account that shares them. */
export type ManagedPrefixListBody = Wire<ManagedPrefixList> & {
  readonly PrefixListArn: string
  readonly PrefixListId: string
  /** ec2:GetManagedPrefixListEntries. Absent: not read. */
  readonly Entries?: readonly Wire<PrefixListEntry>[]
}

/** An item of ec2:DescribeFlowLogs, and the ARN that EC2 leaves out. */
export type FlowLogBody = Wire<FlowLog> & { readonly Arn: string; readonly FlowLogId: string }

/**
 * An item of ec2:DescribeLaunchTemplateVersions, without the user data: that is a script, which may hold anything. It has no ARN, so its `Id` is ours:
 * see `regionalId`. Only the versions that node groups use.
 */
export type LaunchTemplateVersionBody = Wire<Omit<LaunchTemplateVersion, 'LaunchTemplateData'>> & {
  readonly Id: string
  readonly LaunchTemplateId: string
  readonly VersionNumber: number
  readonly LaunchTemplateData?: Wire<Omit<ResponseLaunchTemplateData, 'UserData'>>
}

/** `nodegroup` of eks:DescribeNodegroup. */
export type NodegroupBody = Wire<Nodegroup> & {
  readonly nodegroupArn: string
  readonly nodegroupName: string
  readonly clusterName: string
}

/** `fargateProfile` of eks:DescribeFargateProfile. */
export type FargateProfileBody = Wire<FargateProfile> & {
  readonly fargateProfileArn: string
  readonly fargateProfileName: string
  readonly clusterName: string
}

/**
 * `Quota` of servicequotas:GetServiceQuota, or of GetAWSDefaultServiceQuota where the account has no value of its own; the ARN then names the
 * account all the same. Only quotas of VPC: security groups for each network interface (`L-2AFB9258`), rules for each security group (`L-0EA8095F`).
 */
export type QuotaBody = Wire<ServiceQuota> & { readonly QuotaArn: string; readonly QuotaCode: string }

/** Kind to body. */
export interface AwsNetworkBodies {
  'aws/ec2/FlowLog': FlowLogBody
  'aws/ec2/InternetGateway': InternetGatewayBody
  'aws/ec2/LaunchTemplateVersion': LaunchTemplateVersionBody
  'aws/ec2/ManagedPrefixList': ManagedPrefixListBody
  'aws/ec2/NatGateway': NatGatewayBody
  'aws/ec2/NetworkAcl': NetworkAclBody
  'aws/ec2/NetworkInterface': NetworkInterfaceBody
  'aws/ec2/RouteTable': RouteTableBody
  'aws/ec2/SecurityGroup': SecurityGroupBody
  'aws/ec2/Subnet': SubnetBody
  'aws/ec2/Vpc': VpcBody
  'aws/ec2/VpcPeeringConnection': VpcPeeringConnectionBody
  'aws/eks/FargateProfile': FargateProfileBody
  'aws/eks/Nodegroup': NodegroupBody
  'aws/servicequotas/Quota': QuotaBody
}

const vpc = ({ VpcId }: { readonly VpcId?: string | undefined }) => VpcId

interface Associated {
  readonly Associations?: readonly { readonly SubnetId?: string | undefined }[] | undefined
}

/** The subnets that it is associated with by name. */
const associatedSubnet = ({ Associations = [] }: Associated) => Associations.flatMap(({ SubnetId }) => SubnetId ?? [])

/** Every address that traffic of the interface may bear inside the VPC: IPv4 and IPv6 as EC2 spells them, prefixes left out. */
function privateIp({ PrivateIpAddress, PrivateIpAddresses = [], Ipv6Addresses = [] }: NetworkInterfaceBody): readonly string[] {
  const v4 = [PrivateIpAddress, ...PrivateIpAddresses.map(address => address.PrivateIpAddress)]
  return [...v4, ...Ipv6Addresses.map(address => address.Ipv6Address)].flatMap(address => address ?? [])
}

const clusterAndName = (clusterName: string, name: string) => `${clusterName}\n${name}`

export const awsNetworkKinds: AwsFactsTable<AwsNetworkBodies> = {
  'aws/ec2/FlowLog': {
    id: body => body.Arn,
    global: false,
    // A VPC, a subnet, a network interface or a transit gateway.
    indexes: { id: body => body.FlowLogId, resource: body => body.ResourceId },
  },
  'aws/ec2/InternetGateway': {
    id: body => body.Arn,
    global: false,
    indexes: { id: body => body.InternetGatewayId, vpc: ({ Attachments = [] }) => Attachments.flatMap(({ VpcId }) => VpcId ?? []) },
  },
  'aws/ec2/LaunchTemplateVersion': { id: body => body.Id, global: false },
  'aws/ec2/ManagedPrefixList': {
    id: body => body.PrefixListArn,
    global: false,
    indexes: { id: body => body.PrefixListId, name: body => body.PrefixListName },
  },
  'aws/ec2/NatGateway': {
    id: body => body.Arn,
    global: false,
    indexes: { id: body => body.NatGatewayId, subnet: body => body.SubnetId, vpc },
  },
  'aws/ec2/NetworkAcl': { id: body => body.Arn, global: false, indexes: { id: body => body.NetworkAclId, subnet: associatedSubnet, vpc } },
  'aws/ec2/NetworkInterface': {
    id: body => body.Arn,
    global: false,
    indexes: {
      group: ({ Groups = [] }) => Groups.flatMap(({ GroupId }) => GroupId ?? []),
      id: body => body.NetworkInterfaceId,
      instance: body => body.Attachment?.InstanceId,
      privateIp,
      subnet: body => body.SubnetId,
      // The VPC resource controller sets it on the branch interfaces of pods.
      trunk: ({ TagSet = [] }) => TagSet.flatMap(({ Key, Value }) => (Key === 'vpcresources.k8s.aws/trunk-eni-id' ? (Value ?? []) : [])),
      vpc,
    },
  },
  'aws/ec2/RouteTable': {
    id: body => body.Arn,
    global: false,
    indexes: {
      id: body => body.RouteTableId,
      // The VPC whose main table it is: for the subnets that are associated with none.
      mainOf: ({ VpcId, Associations = [] }) => (Associations.some(({ Main }) => Main === true) ? VpcId : undefined),
      subnet: associatedSubnet,
      vpc,
    },
  },
  'aws/ec2/SecurityGroup': { id: body => body.SecurityGroupArn, global: false, indexes: { id: body => body.GroupId, vpc } },
  'aws/ec2/Subnet': { id: body => body.SubnetArn, global: false, indexes: { id: body => body.SubnetId, vpc } },
  'aws/ec2/Vpc': { id: body => body.Arn, global: false, indexes: { id: body => body.VpcId, vpc } },
  'aws/ec2/VpcPeeringConnection': {
    id: body => body.Arn,
    global: false,
    indexes: {
      id: body => body.VpcPeeringConnectionId,
      vpc: body => [body.AccepterVpcInfo?.VpcId, body.RequesterVpcInfo?.VpcId].flatMap(id => id ?? []),
    },
  },
  'aws/eks/FargateProfile': {
    id: body => body.fargateProfileArn,
    global: false,
    indexes: { cluster: body => body.clusterName, name: body => clusterAndName(body.clusterName, body.fargateProfileName) },
  },
  'aws/eks/Nodegroup': {
    id: body => body.nodegroupArn,
    global: false,
    indexes: { cluster: body => body.clusterName, name: body => clusterAndName(body.clusterName, body.nodegroupName) },
  },
  'aws/servicequotas/Quota': { id: body => body.QuotaArn, global: false, indexes: { code: body => body.QuotaCode } },
}
