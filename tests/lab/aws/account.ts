import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2'
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import type { AwsCredentials } from '../coordinates.ts'
import { poll } from '../process/poll.ts'
import { identity, versions } from '../versions.ts'
import { createCluster } from './create-cluster.ts'

/** The root user of an account: ministack takes an access key of twelve digits for the root of that account. */
export const rootCredentials = (accountId: string): AwsCredentials => ({
  accessKeyId: accountId,
  secretAccessKey: 'root',
})

const clusterRoleTrust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
}

interface Network {
  readonly vpcId: string
  readonly subnetIds: readonly string[]
}

/**
 * Puts into the account what every EKS user has: the cluster and the role it runs under. Answers where the cluster is: in the default VPC, or where the
 * node and its pods have their addresses.
 */
export async function seedAccount(endpoint: string, addresses: readonly string[] = []): Promise<Network> {
  const settings = { endpoint, region: identity.region, credentials: rootCredentials(identity.accountId) }
  const iam = new IAMClient(settings)
  const eks = new EKSClient(settings)
  const roleName = `${identity.clusterName}-cluster`
  await iam.send(new CreateRoleCommand({ RoleName: roleName, AssumeRolePolicyDocument: JSON.stringify(clusterRoleTrust) }))
  const ec2 = new EC2Client(settings)
  const network = await (addresses.length === 0 ? defaultVpc(ec2) : vpcOf(ec2, addresses))
  const cluster = {
    name: identity.clusterName,
    version: versions.kubernetes.split('.').slice(0, 2).join('.'),
    roleArn: `arn:aws:iam::${identity.accountId}:role/${roleName}`,
    resourcesVpcConfig: { subnetIds: [...network.subnetIds], endpointPublicAccess: true, endpointPrivateAccess: true },
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' as const },
  }
  await createCluster(eks, cluster, network.vpcId)
  const isActive = async () => {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: identity.clusterName }))
    return cluster?.status === 'ACTIVE' ? true : undefined
  }
  await poll(isActive, { what: 'the EKS cluster to be ACTIVE', timeoutMilliseconds: 10_000 })
  for (const client of [iam, eks, ec2]) client.destroy()
  return network
}

/** The VPC that every account has in a region. */
async function defaultVpc(ec2: EC2Client): Promise<Network> {
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }))
  const vpcId = Vpcs?.[0]?.VpcId ?? ''
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }))
  return { vpcId, subnetIds: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []) }
}

/** One VPC with a subnet for each of these blocks, and a way out of it. */
async function vpcOf(ec2: EC2Client, blocks: readonly string[]): Promise<Network> {
  // Wider than EC2 allows: the emulator gives a VPC one block, and nodes and pods of the lab stand far apart.
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/8' }))
  const VpcId = Vpc?.VpcId ?? ''
  for (const attribute of [{ EnableDnsSupport: { Value: true } }, { EnableDnsHostnames: { Value: true } }])
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId, ...attribute }))
  const subnets = await Promise.all(
    blocks.map(CidrBlock => ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone: `${identity.region}a` }))),
  )
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}))
  const { InternetGatewayId } = InternetGateway ?? {}
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }))
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }))
  const { RouteTableId } = RouteTables[0] ?? {}
  await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId }))
  return { vpcId: VpcId, subnetIds: subnets.flatMap(({ Subnet }) => Subnet?.SubnetId ?? []) }
}
