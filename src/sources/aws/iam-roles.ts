import type { IAMClient, ListRolesResponse } from '@aws-sdk/client-iam'
import type { Resource } from '#model/resource.ts'
import type { Outcome } from './ask.ts'
import { nothing, together, unreadPart, type Part, type Refused } from './gathering.ts'
import type { AccountDetails } from './iam-details.ts'
import { inParallel } from './in-parallel.ts'
import { awsResource } from './resource.ts'
import type { Session } from './session.ts'

const kind = 'aws/iam/Role'
const atOnce = 4

/**
 * The account's roles: from its authorization details; where those are refused from iam:ListRoles, which has the trust policies but neither
 * permissions nor tags; where that is refused, too, only the roles that are wanted, one by one.
 */
export async function readRoles(session: Session, details: AccountDetails, wantedArns: readonly string[]): Promise<Part> {
  const where = { kind, scope: { account: session.account } } as const
  const detailed = details.resources.filter(resource => resource.kind === kind)
  if (details.refused === undefined) return { ...nothing, resources: detailed, read: [where] }
  const listed = await listRoles(session)
  if (listed.refused === undefined) {
    const ids = new Set(detailed.map(role => role.id))
    return { ...nothing, resources: [...detailed, ...listed.roles.filter(role => !ids.has(role.id))], read: [where] }
  }
  const seen = new Map([...listed.roles, ...detailed].map(role => [role.id, role]))
  const wanted = wantedArns.map(arn => parseRoleArn(arn)).filter(role => role !== undefined)
  const here = wanted.filter(
    ({ arn, account, partition }) => account === session.account && partition === session.partition && !seen.has(arn),
  )
  const single = await inParallel(here, atOnce, ({ arn, name }) => readRole(session, arn, name))
  // Where no role may be looked at, one missing permission is one reason, not one for each role.
  const said = single.every(isDenied) ? [] : single
  return together([{ ...nothing, resources: [...seen.values()] }, ...said, unreadPart(where, details.refused)])
}

const isDenied = ({ unread }: Part): boolean => unread.some(entry => entry.settle?.by === 'iam')

interface ListedRoles {
  readonly roles: readonly Resource[]
  readonly refused?: Refused
}

async function listRoles(session: Session): Promise<ListedRoles> {
  const { IAMClient, ListRolesCommand } = await import('@aws-sdk/client-iam')
  const iam: IAMClient = new IAMClient(session.clientOptions)
  const roles: Resource[] = []
  let marker: string | undefined
  do {
    const input = { MaxItems: 1000, ...(marker === undefined ? {} : { Marker: marker }) }
    const page: Outcome<ListRolesResponse> = await session.ask('iam', 'ListRoles', request =>
      iam.send(new ListRolesCommand(input), request),
    )
    if (page.is === 'missing') return { roles, refused: { is: 'failed', reason: 'iam:ListRoles answered NoSuchEntity' } }
    if (page.is !== 'ok') return { roles, refused: page }
    roles.push(
      ...(page.value.Roles ?? []).map(role => awsResource(kind, { account: session.account }, role, `iam:ListRoles ${role.RoleName}`)),
    )
    marker = page.value.IsTruncated === true ? page.value.Marker : undefined
  } while (marker !== undefined)
  return { roles }
}

async function readRole(session: Session, arn: string, name: string): Promise<Part> {
  const { GetRoleCommand, IAMClient } = await import('@aws-sdk/client-iam')
  const iam: IAMClient = new IAMClient(session.clientOptions)
  const where = { kind, scope: { account: session.account }, id: arn } as const
  const answer = await session.ask('iam', 'GetRole', request => iam.send(new GetRoleCommand({ RoleName: name }), request))
  if (answer.is === 'missing') return { ...nothing, read: [where] }
  if (answer.is !== 'ok') return unreadPart(where, answer, arn)
  const { Role: role } = answer.value
  if (role?.Arn === undefined) return unreadPart(where, { is: 'failed', reason: 'iam:GetRole gave no role' })
  const found = awsResource(kind, where.scope, role, `iam:GetRole ${name}`)
  // Names are unique whatever the path, so a role of this name under another path means that there is none with the wanted ARN.
  return { ...nothing, resources: [found], read: role.Arn === arn ? [] : [where] }
}

interface RoleArn {
  readonly arn: string
  readonly partition: string
  readonly account: string
  readonly name: string
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns */
function parseRoleArn(arn: string): RoleArn | undefined {
  const [, partition, account, name] = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]{1,64})$/.exec(arn) ?? []
  return partition === undefined || account === undefined || name === undefined ? undefined : { arn, partition, account, name }
}
