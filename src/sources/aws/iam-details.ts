import type { EntityType, GetAccountAuthorizationDetailsResponse, IAMClient, ManagedPolicyDetail, RoleDetail } from '@aws-sdk/client-iam'
import type { Resource } from '#model/resource.ts'
import type { Outcome } from './ask.ts'
import type { Refused } from './gathering.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

/** Roles and policies as iam:GetAccountAuthorizationDetails gives them; all of them unless `refused` says why it stopped. */
export interface AccountDetails {
  readonly roles: readonly Resource[]
  readonly policies: readonly Resource[]
  readonly refused?: Refused
}

/** IAM's largest page; it may send fewer. */
const pageSize = 1000
const operation = 'GetAccountAuthorizationDetails'

/** A handful of calls where GetRole and its companions would need several for each role. */
export async function readAccountDetails(session: Session, entities: readonly EntityType[]): Promise<AccountDetails> {
  const { GetAccountAuthorizationDetailsCommand, IAMClient } = await import('@aws-sdk/client-iam')
  const iam: IAMClient = new IAMClient(session.clientOptions)
  const roles: Resource[] = []
  const policies: Resource[] = []
  let marker: string | undefined
  do {
    const input = { Filter: [...entities], MaxItems: pageSize, ...(marker === undefined ? {} : { Marker: marker }) }
    const page: Outcome<GetAccountAuthorizationDetailsResponse> = await session.ask('iam', operation, request =>
      iam.send(new GetAccountAuthorizationDetailsCommand(input), request),
    )
    if (page.is === 'missing') return { roles, policies, refused: { is: 'failed', reason: `iam:${operation} answered NoSuchEntity` } }
    if (page.is !== 'ok') return { roles, policies, refused: page }
    const scope = { account: session.account }
    roles.push(
      ...(page.value.RoleDetailList ?? []).filter(named).map(role => awsResource('aws/iam/Role', scope, role, `iam:${operation} ${role.RoleName}`)),
    )
    policies.push(
      ...(page.value.Policies ?? [])
        .filter(known)
        .map(policy => awsResource('aws/iam/Policy', scope, policy, `iam:${operation} ${policy.PolicyName}`)),
    )
    marker = page.value.IsTruncated === true ? page.value.Marker : undefined
  } while (marker !== undefined)
  return { roles, policies }
}

const named = (role: RoleDetail) => role.Arn !== undefined
const known = (policy: ManagedPolicyDetail) => policy.Arn !== undefined
