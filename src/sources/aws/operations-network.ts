import type { AwsNetworkBodies } from '#model/kinds-aws-network.ts'
import { needs, on, type KindOperations } from './kind-operations.ts'

const clusters = [on('eks:DescribeCluster', 'cluster/*'), on('eks:ListClusters')]
const nodeGroups = [on('eks:ListNodegroups', 'cluster/*'), on('eks:DescribeNodegroup', 'nodegroup/*')]

/** What is in the VPCs of clusters: the clusters say which, and the VPCs whose they are. */
const inVpcs = (...actions: readonly string[]): KindOperations =>
  needs(...clusters, on('ec2:DescribeVpcs'), ...actions.map(action => on(action)))

/**
 * What reading the kinds of the network calls.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_servicequotas.html
 */
export const networkOperations: { readonly [K in keyof AwsNetworkBodies]: KindOperations } = {
  'aws/ec2/FlowLog': needs(...clusters, on('ec2:DescribeFlowLogs')),
  'aws/ec2/InternetGateway': inVpcs('ec2:DescribeInternetGateways'),
  'aws/ec2/LaunchTemplateVersion': needs(...clusters, ...nodeGroups, on('ec2:DescribeLaunchTemplateVersions')),
  'aws/ec2/ManagedPrefixList': needs(
    ...clusters,
    on('ec2:DescribeManagedPrefixLists'),
    // AWS's own lists are of the account `aws`, shared ones of those that share them.
    { ...on('ec2:GetManagedPrefixListEntries', 'prefix-list/*'), account: '*' },
  ),
  'aws/ec2/NatGateway': inVpcs('ec2:DescribeNatGateways'),
  'aws/ec2/NetworkAcl': inVpcs('ec2:DescribeNetworkAcls'),
  'aws/ec2/NetworkInterface': inVpcs('ec2:DescribeNetworkInterfaces'),
  'aws/ec2/RouteTable': inVpcs('ec2:DescribeRouteTables'),
  'aws/ec2/SecurityGroup': inVpcs('ec2:DescribeSecurityGroups', 'ec2:DescribeSecurityGroupRules'),
  'aws/ec2/Subnet': inVpcs('ec2:DescribeSubnets'),
  'aws/ec2/Vpc': needs(...clusters, on('ec2:DescribeVpcs'), on('ec2:DescribeVpcAttribute', 'vpc/*')),
  'aws/ec2/VpcPeeringConnection': inVpcs('ec2:DescribeVpcPeeringConnections'),
  'aws/eks/FargateProfile': needs(
    ...clusters,
    on('eks:ListFargateProfiles', 'cluster/*'),
    on('eks:DescribeFargateProfile', 'fargateprofile/*'),
  ),
  'aws/eks/Nodegroup': needs(...clusters, ...nodeGroups),
  'aws/servicequotas/Quota': needs(
    ...clusters,
    on('servicequotas:GetServiceQuota', 'vpc/*'),
    on('servicequotas:GetAWSDefaultServiceQuota'),
  ),
}
