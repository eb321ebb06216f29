import type { AwsKind } from '#model/kinds.ts'
import { compare } from '#model/world.ts'

/** One IAM action, and the resources that it can be narrowed to: an ARN without partition, account and region, as `role/*` of `iam`. */
interface Operation {
  readonly action: string
  /** Absent: IAM supports no resource for the action, so only `*` allows it. */
  readonly resource?: string
}

interface KindOperations {
  readonly needs: readonly Operation[]
  /** What is tried when a need is denied, in this order. It gives less. */
  readonly instead: readonly Operation[]
}

/**
 * What reading each kind calls. `sts:GetCallerIdentity`, which every read begins with, needs no permission.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html
 */
export const awsOperations: { readonly [K in AwsKind]: KindOperations } = {
  'aws/eks/Cluster': {
    needs: [{ action: 'eks:DescribeCluster', resource: 'cluster/*' }, { action: 'eks:ListClusters' }],
    instead: [],
  },
  'aws/iam/OpenIDConnectProvider': {
    needs: [{ action: 'iam:GetOpenIDConnectProvider', resource: 'oidc-provider/*' }, { action: 'iam:ListOpenIDConnectProviders' }],
    instead: [],
  },
  'aws/iam/Policy': {
    needs: [{ action: 'iam:GetAccountAuthorizationDetails' }],
    instead: [],
  },
  'aws/iam/Role': {
    needs: [{ action: 'iam:GetAccountAuthorizationDetails' }],
    instead: [{ action: 'iam:ListRoles' }, { action: 'iam:GetRole', resource: 'role/*' }],
  },
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

function resourceArn({ action, resource }: Operation, { partition = 'aws', account = '*' }: PolicyPlace): string {
  if (resource === undefined) return '*'
  const service = action.slice(0, action.indexOf(':'))
  return `arn:${partition}:${service}:${service === 'iam' ? '' : '*'}:${account}:${resource}`
}

/** A Sid may hold only letters and digits. */
function statementId(resource: string): string {
  if (resource === '*') return 'MortiseList'
  const type = resource.split(':').at(-1)?.split('/')[0] ?? ''
  return `MortiseRead${type
    .split('-')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}`
}
