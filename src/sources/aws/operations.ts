import type { AwsKind } from '#model/kinds.ts'
import { compare } from '#model/world.ts'
import { needs, on, type KindOperations, type Operation } from './kind-operations.ts'
import { networkOperations } from './operations-network.ts'
import { serviceOperations } from './operations-services.ts'

const details = on('iam:GetAccountAuthorizationDetails')
const clusters = [on('eks:DescribeCluster', 'cluster/*'), on('eks:ListClusters')]
const keys = [
  on('kms:DescribeKey', 'key/*'),
  on('kms:GetKeyPolicy', 'key/*'),
  on('kms:ListGrants', 'key/*'),
  on('kms:ListAliases'),
  on('kms:ListKeys'),
]
const organization = [on('organizations:DescribeOrganization'), on('organizations:ListParents'), on('organizations:ListPoliciesForTarget')]

/**
 * What reading each kind calls. `sts:GetCallerIdentity`, which every read begins with, needs no permission.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html
 */
export const awsOperations: { readonly [K in AwsKind]: KindOperations } = {
  'aws/ec2/Instance': needs(on('ec2:DescribeInstances')),
  'aws/ec2/VpcEndpoint': needs(on('ec2:DescribeVpcEndpoints')),
  'aws/eks/AccessEntry': needs(
    ...clusters,
    on('eks:ListAccessEntries', 'cluster/*'),
    on('eks:DescribeAccessEntry', 'access-entry/*'),
    on('eks:ListAssociatedAccessPolicies', 'access-entry/*'),
  ),
  'aws/eks/Addon': needs(...clusters, on('eks:ListAddons', 'cluster/*'), on('eks:DescribeAddon', 'addon/*')),
  'aws/eks/Cluster': needs(...clusters),
  'aws/eks/PodIdentityAssociation': needs(
    ...clusters,
    on('eks:ListPodIdentityAssociations', 'cluster/*'),
    on('eks:DescribePodIdentityAssociation', 'podidentityassociation/*'),
  ),
  'aws/iam/Group': needs(details),
  'aws/iam/OpenIDConnectProvider': needs(on('iam:GetOpenIDConnectProvider', 'oidc-provider/*'), on('iam:ListOpenIDConnectProviders')),
  'aws/iam/Policy': needs(
    details,
    { ...on('iam:GetPolicy', 'policy/*'), account: 'aws' },
    { ...on('iam:GetPolicyVersion', 'policy/*'), account: 'aws' },
  ),
  'aws/iam/Role': { ...needs(details), instead: [on('iam:ListRoles'), on('iam:GetRole', 'role/*')] },
  'aws/iam/ServiceLastAccessed': needs(on('iam:GenerateServiceLastAccessedDetails', 'role/*'), on('iam:GetServiceLastAccessedDetails')),
  'aws/iam/User': needs(details),
  'aws/kms/Key': needs(...keys),
  'aws/kms/KeyRotation': needs(...keys, on('kms:GetKeyRotationStatus', 'key/*')),
  'aws/organizations/Organization': needs(on('organizations:DescribeOrganization')),
  'aws/organizations/Policy': needs(...organization, on('organizations:DescribePolicy')),
  'aws/organizations/Target': needs(...organization),
  'aws/s3/Bucket': needs(
    on('s3:GetBucketOwnershipControls', '*'),
    on('s3:GetBucketPolicy', '*'),
    on('s3:GetBucketPublicAccessBlock', '*'),
    on('s3:ListAllMyBuckets'),
  ),
  'aws/secretsmanager/Secret': needs(
    on('secretsmanager:DescribeSecret', 'secret:*'),
    on('secretsmanager:GetResourcePolicy', 'secret:*'),
    on('secretsmanager:ListSecrets'),
  ),
  ...networkOperations,
  ...serviceOperations,
}

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

interface PolicyStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: string | readonly string[]
}

/** Where the policy is meant for. The account defaults to any, the partition to the commercial one. */
export interface PolicyPlace {
  readonly partition?: string
  readonly account?: string
}

/**
 * The least-privilege IAM policy that reading these kinds needs: first the actions that IAM can narrow to resources, one statement for each
 * resource, then those that it cannot. Sorted, so that it can be compared.
 */
export function awsPermissions(kinds: readonly AwsKind[], place: PolicyPlace = {}): PolicyDocument {
  const operations: readonly Operation[] = [...new Set(kinds)].flatMap(kind => awsOperations[kind].needs)
  const byResource = Map.groupBy(operations, operation => resourceArn(operation, place))
  const statements = [...byResource].map(([resource, group]) => ({
    resource,
    actions: [...new Set(group.map(({ action }) => action))].sort(compare),
  }))
  return {
    Version: '2012-10-17',
    Statement: statements
      .sort((a, b) => Number(a.resource === '*') - Number(b.resource === '*') || compare(a.resource, b.resource))
      .map(({ resource, actions }) => ({ Sid: statementId(resource), Effect: 'Allow', Action: actions, Resource: resource })),
  }
}

function resourceArn({ action, resource, account: owner }: Operation, { partition = 'aws', account = '*' }: PolicyPlace): string {
  if (resource === undefined) return '*'
  const service = action.slice(0, action.indexOf(':'))
  // The ARNs of buckets name neither.
  if (service === 's3') return `arn:${partition}:s3:::${resource}`
  return `arn:${partition}:${service}:${service === 'iam' ? '' : '*'}:${owner ?? account}:${resource}`
}

/** Services whose ARNs name no type. */
const ofUnnamedType: Readonly<Record<string, string>> = { s3: 'Bucket', servicequotas: 'Quota', sns: 'Topic', sqs: 'Queue' }

/** A Sid may hold only letters and digits. */
function statementId(resource: string): string {
  if (resource === '*') return 'MortiseList'
  const [, , service = '', , , type = ''] = resource.split(/[:/]/)
  const unnamed = ofUnnamedType[service]
  if (unnamed !== undefined) return `MortiseRead${unnamed}`
  // EKS has clusters as well.
  return `MortiseRead${`${service === 'rds' ? 'rds-' : ''}${type}`
    .split('-')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}`
}
