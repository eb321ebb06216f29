import type { AwsKind } from '#model/kinds.ts'
import { networkForms } from './aws-forms-network.ts'
import { serviceForms, servicePolicies } from './aws-forms-services.ts'
import type { Form } from './conform.ts'

const policyNames: Form = { list: { fields: { PolicyName: 'text', PolicyArn: 'text' } } }
const inlinePolicies: Form = { list: { fields: { PolicyName: 'text' } } }
const boundary: Form = { fields: { PermissionsBoundaryArn: 'text' } }

const forms: Partial<Readonly<Record<AwsKind, Form>>> = {
  ...networkForms,
  'aws/ec2/Instance': {
    fields: {
      Arn: 'text',
      InstanceId: 'text',
      InstanceType: 'text',
      PrivateDnsName: 'text',
      SubnetId: 'text',
      VpcId: 'text',
      SecurityGroups: { list: { fields: { GroupId: 'text', GroupName: 'text' } } },
      IamInstanceProfile: { fields: { Arn: 'text' } },
      MetadataOptions: {
        fields: { HttpTokens: 'text', HttpPutResponseHopLimit: 'number', HttpEndpoint: 'text', HttpProtocolIpv6: 'text' },
      },
      Tags: { list: { fields: { Key: 'text', Value: 'text' } } },
    },
    required: ['Arn', 'InstanceId'],
  },
  'aws/ec2/VpcEndpoint': {
    fields: {
      Arn: 'text',
      VpcEndpointId: 'text',
      VpcEndpointType: 'text',
      ServiceName: 'text',
      VpcId: 'text',
      State: 'text',
      Groups: { list: { fields: { GroupId: 'text', GroupName: 'text' } } },
      SubnetIds: 'texts',
      NetworkInterfaceIds: 'texts',
      RouteTableIds: 'texts',
      PrivateDnsEnabled: 'flag',
    },
    required: ['Arn', 'VpcEndpointId'],
  },
  'aws/eks/AccessEntry': {
    fields: {
      accessEntryArn: 'text',
      clusterName: 'text',
      principalArn: 'text',
      kubernetesGroups: 'texts',
      username: 'text',
      type: 'text',
      associatedAccessPolicies: { list: { fields: { policyArn: 'text', accessScope: { fields: { type: 'text', namespaces: 'texts' } } } } },
    },
    required: ['accessEntryArn', 'clusterName', 'principalArn'],
  },
  'aws/eks/Addon': {
    fields: {
      addonArn: 'text',
      addonName: 'text',
      clusterName: 'text',
      addonVersion: 'text',
      status: 'text',
      serviceAccountRoleArn: 'text',
      podIdentityAssociations: 'texts',
      health: { fields: { issues: { list: { fields: { code: 'text', message: 'text', resourceIds: 'texts' } } } } },
    },
    required: ['addonArn', 'addonName', 'clusterName'],
  },
  'aws/eks/Cluster': {
    fields: {
      name: 'text',
      arn: 'text',
      version: 'text',
      status: 'text',
      identity: { fields: { oidc: { fields: { issuer: 'text' } } } },
      accessConfig: { fields: { authenticationMode: 'text', bootstrapClusterCreatorAdminPermissions: 'flag' } },
      resourcesVpcConfig: {
        fields: {
          vpcId: 'text',
          clusterSecurityGroupId: 'text',
          securityGroupIds: 'texts',
          subnetIds: 'texts',
          endpointPublicAccess: 'flag',
          endpointPrivateAccess: 'flag',
          publicAccessCidrs: 'texts',
        },
      },
      kubernetesNetworkConfig: { fields: { serviceIpv4Cidr: 'text', serviceIpv6Cidr: 'text', ipFamily: 'text' } },
      tags: 'labels',
    },
    required: ['name', 'arn'],
  },
  'aws/eks/PodIdentityAssociation': {
    fields: {
      associationArn: 'text',
      clusterName: 'text',
      namespace: 'text',
      serviceAccount: 'text',
      roleArn: 'text',
      targetRoleArn: 'text',
      externalId: 'text',
      ownerArn: 'text',
      disableSessionTags: 'flag',
    },
    required: ['associationArn', 'clusterName', 'namespace', 'serviceAccount'],
  },
  'aws/iam/Group': {
    fields: { Arn: 'text', GroupName: 'text', GroupPolicyList: inlinePolicies, AttachedManagedPolicies: policyNames },
    required: ['Arn', 'GroupName'],
  },
  'aws/iam/OpenIDConnectProvider': {
    fields: { Arn: 'text', Url: 'text', ClientIDList: 'texts', ThumbprintList: 'texts' },
    required: ['Arn'],
  },
  'aws/iam/Policy': {
    fields: { Arn: 'text', PolicyName: 'text', PolicyVersionList: { list: { fields: { VersionId: 'text', IsDefaultVersion: 'flag' } } } },
    required: ['Arn'],
  },
  'aws/iam/Role': {
    fields: {
      Arn: 'text',
      RoleName: 'text',
      Path: 'text',
      RolePolicyList: inlinePolicies,
      AttachedManagedPolicies: policyNames,
      PermissionsBoundary: boundary,
      InstanceProfileList: { list: { fields: { Arn: 'text', InstanceProfileName: 'text' } } },
    },
    required: ['Arn', 'RoleName'],
  },
  'aws/iam/ServiceLastAccessed': {
    fields: {
      Arn: 'text',
      JobStatus: 'text',
      ServicesLastAccessed: {
        list: { fields: { ServiceNamespace: 'text', LastAuthenticated: 'text', TotalAuthenticatedEntities: 'number' } },
      },
    },
    required: ['Arn'],
  },
  'aws/iam/User': {
    fields: {
      Arn: 'text',
      UserName: 'text',
      GroupList: 'texts',
      UserPolicyList: inlinePolicies,
      AttachedManagedPolicies: policyNames,
      PermissionsBoundary: boundary,
    },
    required: ['Arn', 'UserName'],
  },
  'aws/kms/Key': {
    fields: {
      Arn: 'text',
      KeyId: 'text',
      KeyManager: 'text',
      KeyState: 'text',
      Enabled: 'flag',
      Grants: { list: { fields: { GrantId: 'text', GranteePrincipal: 'text', RetiringPrincipal: 'text', Operations: 'texts' } } },
      Aliases: { list: { fields: { AliasName: 'text', AliasArn: 'text' } } },
    },
    required: ['Arn', 'KeyId'],
  },
  'aws/kms/KeyRotation': { fields: { Arn: 'text', KeyRotationEnabled: 'flag', RotationPeriodInDays: 'number' }, required: ['Arn'] },
  'aws/organizations/Organization': {
    fields: { Id: 'text', Arn: 'text', MasterAccountId: 'text', FeatureSet: 'text' },
    required: ['Id', 'Arn'],
  },
  'aws/organizations/Policy': { fields: { Id: 'text', Arn: 'text', Name: 'text', Type: 'text', AwsManaged: 'flag' }, required: ['Id'] },
  'aws/organizations/Target': {
    fields: {
      Id: 'text',
      Type: 'text',
      ParentId: 'text',
      OrganizationArn: 'text',
      ServiceControlPolicies: 'texts',
      ResourceControlPolicies: 'texts',
    },
    required: ['Id', 'Type'],
  },
  // Nulls of these two kinds say that there is no policy, so the fields that may hold one are not named here.
  'aws/s3/Bucket': { fields: { Arn: 'text', Name: 'text', BucketRegion: 'text' }, required: ['Arn', 'Name'] },
  'aws/secretsmanager/Secret': {
    fields: {
      ARN: 'text',
      Name: 'text',
      KmsKeyId: 'text',
      RotationEnabled: 'flag',
      ReplicationStatus: { list: { fields: { Region: 'text', Status: 'text', StatusMessage: 'text' } } },
    },
    required: ['ARN', 'Name'],
  },
}

/** The fields that joints rely on, with the types of the AWS API. */
export const awsForm = (kind: AwsKind): Form => forms[kind] ?? serviceForms[kind] ?? { fields: {} }

type Pattern = readonly (string | '*')[]

/** Where policy documents stand in the body of a kind that has some; `*` is every item of a list. */
const policies: Partial<Readonly<Record<AwsKind, readonly Pattern[]>>> = {
  'aws/ec2/VpcEndpoint': [['PolicyDocument']],
  'aws/eks/PodIdentityAssociation': [['policy']],
  'aws/iam/Group': [['GroupPolicyList', '*', 'PolicyDocument']],
  'aws/iam/Policy': [['PolicyVersionList', '*', 'Document']],
  'aws/iam/Role': [
    ['AssumeRolePolicyDocument'],
    ['RolePolicyList', '*', 'PolicyDocument'],
    ['InstanceProfileList', '*', 'Roles', '*', 'AssumeRolePolicyDocument'],
  ],
  'aws/iam/User': [['UserPolicyList', '*', 'PolicyDocument']],
  'aws/kms/Key': [['Policy']],
  'aws/organizations/Policy': [['Content']],
  'aws/s3/Bucket': [['Policy']],
  'aws/secretsmanager/Secret': [['ResourcePolicy']],
}

export const policyPlaces = (kind: AwsKind): readonly Pattern[] => policies[kind] ?? servicePolicies[kind] ?? []
