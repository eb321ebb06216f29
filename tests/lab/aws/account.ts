import { DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2'
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

/** Puts into the account what every EKS user has: the cluster and the role it runs under. */
export async function seedAccount(endpoint: string): Promise<void> {
  const settings = { endpoint, region: identity.region, credentials: rootCredentials(identity.accountId) }
  const iam = new IAMClient(settings)
  const eks = new EKSClient(settings)
  const roleName = `${identity.clusterName}-cluster`
  await iam.send(new CreateRoleCommand({ RoleName: roleName, AssumeRolePolicyDocument: JSON.stringify(clusterRoleTrust) }))
  const { vpcId, subnetIds } = await defaultVpc(new EC2Client(settings))
  const cluster = {
    name: identity.clusterName,
    version: versions.kubernetes.split('.').slice(0, 2).join('.'),
    roleArn: `arn:aws:iam::${identity.accountId}:role/${roleName}`,
    resourcesVpcConfig: { subnetIds, endpointPublicAccess: true, endpointPrivateAccess: true },
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
  } as const
  await createCluster(eks, cluster, vpcId)
  const isActive = async () => {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: identity.clusterName }))
    return cluster?.status === 'ACTIVE' ? true : undefined
  }
  await poll(isActive, { what: 'the EKS cluster to be ACTIVE', timeoutMilliseconds: 10_000 })
  iam.destroy()
  eks.destroy()
}

/** The VPC that every account has in a region. */
async function defaultVpc(ec2: EC2Client): Promise<{ readonly vpcId: string; readonly subnetIds: string[] }> {
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }))
  const vpcId = Vpcs?.[0]?.VpcId ?? ''
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }))
  ec2.destroy()
  return { vpcId, subnetIds: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []) }
}
