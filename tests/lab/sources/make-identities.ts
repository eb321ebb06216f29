import { CreateVpcEndpointCommand, DescribeVpcsCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2'
import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  CreateAddonCommand,
  CreatePodIdentityAssociationCommand,
  DeleteAddonCommand,
  EKSClient,
} from '@aws-sdk/client-eks'
import {
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateAliasCommand, CreateGrantCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateSecretCommand, PutResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Lab } from '../lab.ts'

/** Names of what stands in the account. */
export interface Identities {
  readonly roleArn: string
  readonly keyArn: string
  readonly policy: unknown
  /** Takes away the one thing that others plan to make. */
  removeAddon(): Promise<void>
}

const addonName = 'eks-pod-identity-agent'
const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
const policy = { Version: '2012-10-17', Statement: [statement] }
const document = JSON.stringify(policy)
/** S3 refuses policies for everyone, as AWS does. */
const sharedWith = (AWS: string) => JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Principal: { AWS } }] })

/** One of each AWS kind that the identity joints read. */
export async function makeIdentities(lab: Lab): Promise<Identities> {
  const roleArn = await makeIam(lab)
  await makeEks(lab, roleArn)
  await makeEc2(lab)
  const keyArn = await makeKey(lab, roleArn)
  await makeHoldings(lab, keyArn, sharedWith(roleArn))
  const { clusterName } = lab
  const removeAddon = async () => void (await new EKSClient(lab.aws()).send(new DeleteAddonCommand({ clusterName, addonName })))
  return { roleArn, keyArn, policy, removeAddon }
}

async function makeIam(lab: Lab): Promise<string> {
  const iam = new IAMClient(lab.aws())
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
  }
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'kinds-pod', AssumeRolePolicyDocument: JSON.stringify(trust) }))
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'kinds-pod', PolicyArn: 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy' }))
  await iam.send(new CreateUserCommand({ UserName: 'kinds-user' }))
  await iam.send(new PutUserPolicyCommand({ UserName: 'kinds-user', PolicyName: 'read', PolicyDocument: document }))
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url: 'https://oidc.kinds.example', ClientIDList: ['sts.amazonaws.com'] }))
  await iam.send(new CreateGroupCommand({ GroupName: 'kinds-group' }))
  return Role?.Arn ?? ''
}

async function makeEks({ aws, clusterName }: Lab, roleArn: string): Promise<void> {
  const eks = new EKSClient(aws())
  const association = { clusterName, namespace: 'kinds', serviceAccount: 'reader', roleArn, policy: document, disableSessionTags: true }
  await eks.send(new CreatePodIdentityAssociationCommand(association))
  await eks.send(new CreateAccessEntryCommand({ clusterName, principalArn: roleArn }))
  const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy'
  await eks.send(
    new AssociateAccessPolicyCommand({
      clusterName,
      principalArn: roleArn,
      policyArn,
      accessScope: { type: 'namespace', namespaces: ['kinds'] },
    }),
  )
  await eks.send(new CreateAddonCommand({ clusterName, addonName }))
}

async function makeEc2({ aws, clusterName, region }: Lab): Promise<void> {
  const ec2 = new EC2Client(aws())
  const Tags = [{ Key: `kubernetes.io/cluster/${clusterName}`, Value: 'owned' }]
  await ec2.send(
    new RunInstancesCommand({ ImageId: 'ami-1', MinCount: 1, MaxCount: 1, TagSpecifications: [{ ResourceType: 'instance', Tags }] }),
  )
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}))
  await ec2.send(
    new CreateVpcEndpointCommand({ VpcId: Vpcs?.[0]?.VpcId, ServiceName: `com.amazonaws.${region}.sts`, VpcEndpointType: 'Interface' }),
  )
}

async function makeKey({ aws }: Lab, GranteePrincipal: string): Promise<string> {
  const kms = new KMSClient(aws())
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/kinds', TargetKeyId: KeyMetadata?.KeyId }))
  await kms.send(new CreateGrantCommand({ KeyId: KeyMetadata?.KeyId, GranteePrincipal, Operations: ['Decrypt'] }))
  return KeyMetadata?.Arn ?? ''
}

async function makeHoldings({ aws }: Lab, KmsKeyId: string, shared: string): Promise<void> {
  const secrets = new SecretsManagerClient(aws())
  for (const Name of ['kinds-shared', 'kinds-plain'])
    await secrets.send(new CreateSecretCommand({ Name, KmsKeyId, SecretString: 'never-to-be-read' }))
  await secrets.send(new PutResourcePolicyCommand({ SecretId: 'kinds-shared', ResourcePolicy: shared }))
  const s3 = new S3Client({ ...aws(), forcePathStyle: true })
  for (const Bucket of ['kinds-shared', 'kinds-plain']) await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'kinds-shared', Policy: shared }))
}
