import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  DescribeInstancesCommand,
  EC2Client,
  ModifyInstanceMetadataOptionsCommand,
} from '@aws-sdk/client-ec2'
import { CreateAddonCommand, EKSClient } from '@aws-sdk/client-eks'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateAliasCommand, CreateKeyCommand, EnableKeyRotationCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { readFile } from 'node:fs/promises'
import type { NodeCoordinates } from '../coordinates.ts'
import { vpcCni } from '../changes/vpc-cni.ts'
import { policyText } from '../iam-principal.ts'
import { apply, deployment, namespaceOf, serviceAccount } from '../irsa/workloads.ts'
import type { Lab } from '../lab.ts'

/** What the blueprint of examples/mortise.yaml names and does not make: a secret, a bucket, a key, a role of people, two services. */
export async function makeCompany(lab: Lab, node: NodeCoordinates): Promise<string> {
  const vpc = await makeNetwork(lab, node)
  await Promise.all([makeData(lab), makeKinds(lab)])
  const sleeps = { container: { image: 'lab/probe:1', command: ['sleep', '100000'] }, spec: { terminationGracePeriodSeconds: 0 } }
  await apply(lab, [
    ...vpcCni({}),
    await interfaceWebhook(lab),
    namespaceOf('shop'),
    serviceAccount('shop', 'cart'),
    serviceAccount('shop', 'web'),
    deployment('shop', 'cart', 'cart', sleeps),
    deployment('shop', 'web', 'web', sleeps),
  ])
  for (const name of ['cart', 'web']) await lab.kubectl('rollout', 'status', `deployment/${name}`, '-n', 'shop', '--timeout=60s')
  return vpc
}

/** The node has a security group of its own. Answers the VPC. */
async function makeNetwork(lab: Lab, node: NodeCoordinates): Promise<string> {
  const [ec2, eks] = [new EC2Client(lab.aws()), new EKSClient(lab.aws())]
  const InstanceId = (await lab.kubectl('get', 'node', node.name, '-o', 'jsonpath={.spec.providerID}')).split('/').at(-1) ?? ''
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] }))
  const { VpcId, SubnetId } = Reservations[0]?.Instances?.[0] ?? {}
  const { GroupId = '' } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'nodes', Description: 'nodes', VpcId }))
  const { NetworkInterface } = await ec2.send(
    new CreateNetworkInterfaceCommand({ SubnetId, Groups: [GroupId], PrivateIpAddress: node.address }),
  )
  const { NetworkInterfaceId } = NetworkInterface ?? {}
  // As managed node groups give them.
  await ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpPutResponseHopLimit: 2 }))
  await ec2.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId, InstanceId, DeviceIndex: 0 }))
  await eks.send(new CreateAddonCommand({ clusterName: lab.clusterName, addonName: 'vpc-cni' }))
  return VpcId ?? ''
}

async function makeData(lab: Lab): Promise<void> {
  const root = { AWS: `arn:aws:iam::${lab.accountId}:root` }
  const kms = new KMSClient(lab.aws())
  const Policy = policyText([{ Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' }])
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy }))
  await kms.send(new EnableKeyRotationCommand({ KeyId: KeyMetadata?.KeyId }))
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/payments', TargetKeyId: KeyMetadata?.KeyId }))
  await new SecretsManagerClient(lab.aws()).send(new CreateSecretCommand({ Name: 'orders/smtp', SecretString: 'of no interest' }))
  await new S3Client({ ...lab.aws(), forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'shop-carts' }))
  const trust = policyText([{ Effect: 'Allow', Principal: root, Action: 'sts:AssumeRole' }])
  await new IAMClient(lab.aws()).send(new CreateRoleCommand({ RoleName: 'platform-team', AssumeRolePolicyDocument: trust }))
}

const kinds = ['vpcresources.k8s.aws', 'networking.k8s.aws', 'policy.networking.k8s.io', 'secrets-store.csi.x-k8s.io']

/** EKS has the first three from the start; the fourth comes with an add-on, which the emulator does not run. */
async function makeKinds(lab: Lab): Promise<void> {
  for (const name of kinds) await lab.kubectlApply(await readFile(new URL(`../crds/${name}.yaml`, import.meta.url), 'utf8'))
  await lab.kubectl('wait', '--for=condition=Established', 'crd/securitygrouppolicies.vpcresources.k8s.aws', '--timeout=30s')
}

/** EKS makes it with the cluster. */
const interfaceWebhook = async ({ certificateAuthority, webhook }: Lab) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'vpc-resource-mutating-webhook' },
  webhooks: [
    {
      name: 'mpod.vpc.k8s.aws',
      clientConfig: { url: `${webhook}/mutate-v1-pod`, caBundle: (await readFile(certificateAuthority)).toString('base64') },
      rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: '*' }],
      failurePolicy: 'Ignore',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
})
