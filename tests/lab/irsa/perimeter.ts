import { CreateVpcEndpointCommand, DeleteVpcEndpointsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import {
  AttachPolicyCommand,
  CreateAccountCommand,
  CreatePolicyCommand,
  DeletePolicyCommand,
  DetachPolicyCommand,
  DisablePolicyTypeCommand,
  EnablePolicyTypeCommand,
  ListRootsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations'
import { policyText } from '../iam-principal.ts'
import type { Lab } from '../lab.ts'

type Undo = () => Promise<unknown>

const everything = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }
const tokensOf = (roleArn: string) => ({
  Effect: 'Deny',
  Principal: '*',
  Action: 'sts:AssumeRoleWithWebIdentity',
  Resource: roleArn,
})

/** An account that the lab's account made in its organization. */
export async function makeMember(lab: Lab, name: string): Promise<string> {
  const organizations = new OrganizationsClient(lab.aws())
  const { CreateAccountStatus } = await organizations.send(new CreateAccountCommand({ AccountName: name, Email: `${name}@example.com` }))
  const { AccountId } = CreateAccountStatus ?? {}
  if (AccountId === undefined) throw new Error('the organization made no account')
  return AccountId
}

/** A resource control policy on a member account that keeps tokens from one of its roles. Only read: ministack does not enforce it. */
export async function makeResourceControl(lab: Lab, member: string, roleArn: string): Promise<Undo> {
  const organizations = new OrganizationsClient(lab.aws())
  const { Roots: [root] = [] } = await organizations.send(new ListRootsCommand({}))
  const type = { RootId: root?.Id, PolicyType: 'RESOURCE_CONTROL_POLICY' } as const
  await organizations.send(new EnablePolicyTypeCommand(type))
  // AWS attaches this one itself as soon as the type is enabled.
  const undoFull = await attach('RCPFullAWSAccess', [everything], [root?.Id ?? '', member])
  const undoPerimeter = await attach('perimeter', [tokensOf(roleArn)], [member])
  return async () => {
    await undoPerimeter()
    await undoFull()
    await organizations.send(new DisablePolicyTypeCommand(type))
  }

  async function attach(Name: string, statements: readonly object[], targets: readonly string[]): Promise<Undo> {
    const made = { Name, Description: Name, Type: type.PolicyType, Content: policyText(statements) }
    const { Policy } = await organizations.send(new CreatePolicyCommand(made))
    const PolicyId = Policy?.PolicySummary?.Id
    for (const TargetId of targets) await organizations.send(new AttachPolicyCommand({ PolicyId, TargetId }))
    return async () => {
      for (const TargetId of targets) await organizations.send(new DetachPolicyCommand({ PolicyId, TargetId }))
      await organizations.send(new DeletePolicyCommand({ PolicyId }))
    }
  }
}

/** The STS endpoint of the cluster's VPC, which lets no token through to one role. */
export async function makeStsEndpoint(lab: Lab, roleArn: string): Promise<Undo> {
  const { cluster } = await new EKSClient(lab.aws()).send(new DescribeClusterCommand({ name: lab.clusterName }))
  const ec2 = new EC2Client(lab.aws())
  const made = {
    VpcId: cluster?.resourcesVpcConfig?.vpcId,
    ServiceName: `com.amazonaws.${lab.region}.sts`,
    VpcEndpointType: 'Interface',
    PrivateDnsEnabled: true,
    PolicyDocument: policyText([everything, tokensOf(roleArn)]),
  } as const
  const { VpcEndpoint } = await ec2.send(new CreateVpcEndpointCommand(made))
  const id = VpcEndpoint?.VpcEndpointId
  if (id === undefined) throw new Error('EC2 made no endpoint')
  return () => ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }))
}
