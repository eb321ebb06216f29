import type {
  DescribeFlowLogsResult,
  DescribeInternetGatewaysResult,
  DescribeManagedPrefixListsResult,
  DescribeNatGatewaysResult,
  DescribeNetworkAclsResult,
  DescribeNetworkInterfacesResult,
  DescribeRouteTablesResult,
  DescribeSecurityGroupsResult,
  DescribeSubnetsResult,
  DescribeVpcPeeringConnectionsResult,
  DescribeVpcsResult,
  FlowLog,
  InternetGateway,
  ManagedPrefixList,
  NatGateway,
  NetworkAcl,
  NetworkInterface,
  RouteTable,
  SecurityGroup,
  Subnet,
  Vpc,
  VpcPeeringConnection,
} from '@aws-sdk/client-ec2'
import type { Listing } from './ec2-listing.ts'

// EC2's lists of the network. `most` is what the API reference of each allows: with it, a list of 1,000 items takes 1,000 / most calls.

export const flowLogs: Listing<DescribeFlowLogsResult, FlowLog> = {
  kind: 'aws/ec2/FlowLog',
  operation: 'DescribeFlowLogs',
  vpcFilters: [],
  most: 1000,
  ask: ({ session, ec2, sdk }, { Filters: Filter, ...input }) =>
    session.ask('ec2', 'DescribeFlowLogs', request => ec2.send(new sdk.DescribeFlowLogsCommand({ Filter, ...input }), request)),
  itemsOf: page => page.FlowLogs,
}

export const internetGateways: Listing<DescribeInternetGatewaysResult, InternetGateway> = {
  kind: 'aws/ec2/InternetGateway',
  operation: 'DescribeInternetGateways',
  vpcFilters: ['attachment.vpc-id'],
  most: 1000,
  ask: ({ session, ec2, sdk }, input) =>
    session.ask('ec2', 'DescribeInternetGateways', request => ec2.send(new sdk.DescribeInternetGatewaysCommand(input), request)),
  itemsOf: page => page.InternetGateways,
}

export const managedPrefixLists: Listing<DescribeManagedPrefixListsResult, ManagedPrefixList> = {
  kind: 'aws/ec2/ManagedPrefixList',
  operation: 'DescribeManagedPrefixLists',
  vpcFilters: [],
  most: 100,
  ask: ({ session, ec2, sdk }, input) =>
    session.ask('ec2', 'DescribeManagedPrefixLists', request => ec2.send(new sdk.DescribeManagedPrefixListsCommand(input), request)),
  itemsOf: page => page.PrefixLists,
}

export const natGateways: Listing<DescribeNatGatewaysResult, NatGateway> = {
  kind: 'aws/ec2/NatGateway',
  operation: 'DescribeNatGateways',
  vpcFilters: ['vpc-id'],
  most: 1000,
  ask: ({ session, ec2, sdk }, { Filters: Filter, ...input }) =>
    session.ask('ec2', 'DescribeNatGateways', request => ec2.send(new sdk.DescribeNatGatewaysCommand({ Filter, ...input }), request)),
  itemsOf: page => page.NatGateways,
}

export const networkAcls: Listing<DescribeNetworkAclsResult, NetworkAcl> = {
  kind: 'aws/ec2/NetworkAcl',
  operation: 'DescribeNetworkAcls',
  vpcFilters: ['vpc-id'],
  most: 1000,
  ask: ({ session, ec2, sdk }, input) =>
    session.ask('ec2', 'DescribeNetworkAcls', request => ec2.send(new sdk.DescribeNetworkAclsCommand(input), request)),
  itemsOf: page => page.NetworkAcls,
}

export const networkInterfaces: Listing<DescribeNetworkInterfacesResult, NetworkInterface> = {
  kind: 'aws/ec2/NetworkInterface',
  operation: 'DescribeNetworkInterfaces',
  vpcFilters: ['vpc-id'],
  most: 1000,
  ask: ({ session, ec2, sdk }, input) =>
    session.ask('ec2', 'DescribeNetworkInterfaces', request => ec2.send(new sdk.DescribeNetworkInterfacesCommand(input), request)),
  itemsOf: page => page.NetworkInterfaces,
}

export const routeTables: Listing<DescribeRouteTablesResult, RouteTable> = {
  kind: 'aws/ec2/RouteTable',
  operation: 'DescribeRouteTables',
  vpcFilters: ['vpc-id'],
  most: 100,
  ask: ({ session, ec2, sdk }, input) =>
    session.ask('ec2', 'DescribeRouteTables', request => ec2.send(new sdk.DescribeRouteTablesCommand(input), request)),
  itemsOf: page => page.RouteTables,
}

export const securityGroups: Listing<DescribeSecurityGroupsResult, SecurityGroup> = {
  kind: 'aws/ec2/SecurityGroup',
  operation: 'DescribeSecurityGroups',
  vpcFilters: ['vpc-id'],
  most: 1000,
  ask: ({ session, ec2, sdk }, input) =>
    session.ask('ec2', 'DescribeSecurityGroups', request => ec2.send(new sdk.DescribeSecurityGroupsCommand(input), request)),
  itemsOf: page => page.SecurityGroups,
}

export const subnets: Listing<DescribeSubnetsResult, Subnet> = {
  kind: 'aws/ec2/Subnet',
  operation: 'DescribeSubnets',
  vpcFilters: ['vpc-id'],
  most: 1000,
  ask: ({ session, ec2, sdk }, input) =>
    session.ask('ec2', 'DescribeSubnets', request => ec2.send(new sdk.DescribeSubnetsCommand(input), request)),
  itemsOf: page => page.Subnets,
}

export const vpcs: Listing<DescribeVpcsResult, Vpc> = {
  kind: 'aws/ec2/Vpc',
  operation: 'DescribeVpcs',
  vpcFilters: ['vpc-id'],
  most: 1000,
  ask: ({ session, ec2, sdk }, input) =>
    session.ask('ec2', 'DescribeVpcs', request => ec2.send(new sdk.DescribeVpcsCommand(input), request)),
  itemsOf: page => page.Vpcs,
}

export const vpcPeeringConnections: Listing<DescribeVpcPeeringConnectionsResult, VpcPeeringConnection> = {
  kind: 'aws/ec2/VpcPeeringConnection',
  operation: 'DescribeVpcPeeringConnections',
  // EC2 joins filters with "and", so either side takes a call of its own.
  vpcFilters: ['requester-vpc-info.vpc-id', 'accepter-vpc-info.vpc-id'],
  most: 1000,
  ask: ({ session, ec2, sdk }, input) =>
    session.ask('ec2', 'DescribeVpcPeeringConnections', request => ec2.send(new sdk.DescribeVpcPeeringConnectionsCommand(input), request)),
  itemsOf: page => page.VpcPeeringConnections,
}
