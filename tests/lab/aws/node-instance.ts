import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2'
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam'
import { identity } from '../versions.ts'
import { rootCredentials } from './account.ts'

const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

/** The instance that the node is, with the role of nodes. Answers its id. */
export async function runNodeInstance(endpoint: string, SubnetId: string | undefined, PrivateIpAddress: string): Promise<string> {
  const settings = { endpoint, region: identity.region, credentials: rootCredentials(identity.accountId) }
  const [iam, ec2] = [new IAMClient(settings), new EC2Client(settings)]
  const name = `${identity.clusterName}-node`
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }))
  for (const policy of ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly', 'AmazonEKS_CNI_Policy'])
    await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: `arn:aws:iam::aws:policy/${policy}` }))
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }))
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }))
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({
      ImageId: 'ami-00000000000000001',
      InstanceType: 'm5.large',
      MinCount: 1,
      MaxCount: 1,
      SubnetId,
      PrivateIpAddress,
      IamInstanceProfile: { Name: name },
      // No metadata service answers pods of the lab.
      MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: `kubernetes.io/cluster/${identity.clusterName}`, Value: 'owned' }] }],
    }),
  )
  iam.destroy()
  ec2.destroy()
  const [instance] = Instances
  if (instance?.InstanceId === undefined) throw new Error('the emulated EC2 gave the node no instance')
  return instance.InstanceId
}
