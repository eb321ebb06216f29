import type { EntityType, GetAccountAuthorizationDetailsResponse, IAMClient } from '@aws-sdk/client-iam'
import type { AwsKind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import { scopeOfArn } from '#model/world.ts'
import type { Outcome } from './ask.ts'
import type { Refused } from './gathering.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

/** What iam:GetAccountAuthorizationDetails gives; all of it unless `refused` says why it stopped. */
export interface AccountDetails {
  readonly resources: readonly Resource[]
  readonly refused?: Refused
}

/** How the call names each kind. Of policies only the account's own: AWS's are read as far as they are attached. */
const entities: { readonly [K in AwsKind]?: EntityType } = {
  'aws/iam/Group': 'Group',
  'aws/iam/Policy': 'LocalManagedPolicy',
  'aws/iam/Role': 'Role',
  'aws/iam/User': 'User',
}

/** Which of these kinds the call gives. */
export const detailedKinds = (kinds: ReadonlySet<AwsKind>): readonly AwsKind[] => [...kinds].filter(kind => entities[kind] !== undefined)

/** IAM's largest page; it may send fewer. */
const pageSize = 1000
const operation = 'GetAccountAuthorizationDetails'

/** A handful of calls where GetRole and its companions would need several for each role. */
export async function readAccountDetails(session: Session, kinds: readonly AwsKind[]): Promise<AccountDetails> {
  const { GetAccountAuthorizationDetailsCommand, IAMClient } = await import('@aws-sdk/client-iam')
  const iam: IAMClient = new IAMClient(session.clientOptions)
  const filter = kinds.flatMap(kind => entities[kind] ?? [])
  const resources: Resource[] = []
  let marker: string | undefined
  do {
    const input = { Filter: filter, MaxItems: pageSize, ...(marker === undefined ? {} : { Marker: marker }) }
    const page: Outcome<GetAccountAuthorizationDetailsResponse> = await session.ask('iam', operation, request =>
      iam.send(new GetAccountAuthorizationDetailsCommand(input), request),
    )
    if (page.is === 'missing') return { resources, refused: { is: 'failed', reason: `iam:${operation} answered NoSuchEntity` } }
    if (page.is !== 'ok') return { resources, refused: page }
    resources.push(...resourcesOf(page.value, session.account))
    marker = page.value.IsTruncated === true ? page.value.Marker : undefined
  } while (marker !== undefined)
  return { resources }
}

function resourcesOf(page: GetAccountAuthorizationDetailsResponse, account: string): readonly Resource[] {
  const of = <Detail extends { readonly Arn?: string | undefined }>(
    kind: AwsKind,
    list: readonly Detail[] | undefined,
    name: (detail: Detail) => string | undefined,
  ) =>
    (list ?? []).flatMap(detail =>
      detail.Arn === undefined
        ? []
        : [awsResource(kind, scopeOfArn(detail.Arn) ?? { account }, detail, `iam:${operation} ${name(detail)}`)],
    )
  return [
    ...of('aws/iam/Role', page.RoleDetailList, role => role.RoleName),
    ...of('aws/iam/User', page.UserDetailList, user => user.UserName),
    ...of('aws/iam/Group', page.GroupDetailList, group => group.GroupName),
    ...of('aws/iam/Policy', page.Policies, policy => policy.PolicyName),
  ]
}
