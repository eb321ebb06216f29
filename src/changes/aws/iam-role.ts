import type { Target } from '#model/change.ts'
import { sameValue } from '#model/comparison.ts'
import type { RoleBody } from '#model/kinds.ts'
import type { Live, Writer } from '../writer.ts'
import { call, found, lastOf, ownerTag, type AwsAccess } from './aws-access.ts'
import { iamOf, type Iam } from './clients.ts'

/** Roles with their trust policy, inline policies, attached policies and boundary, as iam:GetAccountAuthorizationDetails gives them. */
export function roleWriter(access: AwsAccess): Writer<'aws/iam/Role'> {
  const connected = iamOf(access)
  return {
    read: async target => read(await connected(), target),
    create: async (target, body) => create(await connected(), target, body),
    update: async (target, before, after) => write(await connected(), lastOf(target.id), before.body, after),
    delete: async (target, before) => remove(await connected(), lastOf(target.id), before.body),
  }
}

async function read({ iam, commands }: Iam, { id }: Target): Promise<Live<'aws/iam/Role'> | undefined> {
  const RoleName = lastOf(id)
  const answer = await found('iam', 'GetRole', () => iam.send(new commands.GetRoleCommand({ RoleName })))
  const role = answer?.Role
  if (role === undefined) return undefined
  const attached = await pages(Marker =>
    call('iam', 'ListAttachedRolePolicies', () => iam.send(new commands.ListAttachedRolePoliciesCommand({ RoleName, ...Marker }))),
  )
  const names = await pages(Marker =>
    call('iam', 'ListRolePolicies', () => iam.send(new commands.ListRolePoliciesCommand({ RoleName, ...Marker }))),
  )
  const inline = await Promise.all(
    names
      .flatMap(page => page.PolicyNames ?? [])
      .map(PolicyName => call('iam', 'GetRolePolicy', () => iam.send(new commands.GetRolePolicyCommand({ RoleName, PolicyName })))),
  )
  const body = {
    ...role,
    CreateDate: role.CreateDate?.toISOString(),
    AssumeRolePolicyDocument: decoded(role.AssumeRolePolicyDocument),
    RolePolicyList: inline.map(({ PolicyName, PolicyDocument }) => ({ PolicyName, PolicyDocument: decoded(PolicyDocument) })),
    AttachedManagedPolicies: attached.flatMap(page => page.AttachedPolicies ?? []),
  }
  return { body: body as unknown as RoleBody }
}

async function pages<T extends { readonly IsTruncated?: boolean | undefined; readonly Marker?: string | undefined }>(
  page: (marker: { readonly Marker?: string }) => Promise<T>,
): Promise<readonly T[]> {
  const all: T[] = []
  let marker: { readonly Marker?: string } = {}
  for (;;) {
    const one = await page(marker)
    all.push(one)
    if (one.IsTruncated !== true || one.Marker === undefined) return all
    marker = { Marker: one.Marker }
  }
}

/** IAM percent-encodes documents. */
const decoded = (document: string | undefined): unknown => (document === undefined ? undefined : JSON.parse(decodeURIComponent(document)))

async function create(client: Iam, { id }: Target, body: RoleBody): Promise<void> {
  const { iam, commands } = client
  const RoleName = lastOf(id)
  const Path = id.slice(id.indexOf(':role/') + ':role'.length, id.length - RoleName.length)
  const input = {
    RoleName,
    Path,
    AssumeRolePolicyDocument: JSON.stringify(body.AssumeRolePolicyDocument),
    Tags: [...(body.Tags ?? []).map(({ Key, Value }) => ({ Key, Value })).filter(({ Key }) => Key !== ownerTag.Key), ownerTag],
    ...(body.PermissionsBoundary?.PermissionsBoundaryArn === undefined
      ? {}
      : { PermissionsBoundary: body.PermissionsBoundary.PermissionsBoundaryArn }),
  }
  await call('iam', 'CreateRole', () => iam.send(new commands.CreateRoleCommand(input)))
  const bare = { ...body, RolePolicyList: [], AttachedManagedPolicies: [] }
  await write(client, RoleName, bare, body)
}

/** One call for each part that differs. */
async function write({ iam, commands }: Iam, RoleName: string, before: RoleBody, after: RoleBody): Promise<void> {
  if (!sameValue(before.AssumeRolePolicyDocument, after.AssumeRolePolicyDocument)) {
    const PolicyDocument = JSON.stringify(after.AssumeRolePolicyDocument)
    await call('iam', 'UpdateAssumeRolePolicy', () => iam.send(new commands.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })))
  }
  const [had, has] = [inlineOf(before), inlineOf(after)]
  for (const [PolicyName, document] of has) {
    if (sameValue(had.get(PolicyName), document)) continue
    const PolicyDocument = JSON.stringify(document)
    await call('iam', 'PutRolePolicy', () => iam.send(new commands.PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })))
  }
  for (const PolicyName of [...had.keys()].filter(name => !has.has(name))) {
    await call('iam', 'DeleteRolePolicy', () => iam.send(new commands.DeleteRolePolicyCommand({ RoleName, PolicyName })))
  }
  const [wasAttached, isAttached] = [attachedTo(before), attachedTo(after)]
  for (const PolicyArn of [...isAttached].filter(arn => !wasAttached.has(arn))) {
    await call('iam', 'AttachRolePolicy', () => iam.send(new commands.AttachRolePolicyCommand({ RoleName, PolicyArn })))
  }
  for (const PolicyArn of [...wasAttached].filter(arn => !isAttached.has(arn))) {
    await call('iam', 'DetachRolePolicy', () => iam.send(new commands.DetachRolePolicyCommand({ RoleName, PolicyArn })))
  }
}

const inlineOf = ({ RolePolicyList = [] }: RoleBody): ReadonlyMap<string, unknown> =>
  new Map(RolePolicyList.map(({ PolicyName = '', PolicyDocument }) => [PolicyName, PolicyDocument]))

const attachedTo = ({ AttachedManagedPolicies = [] }: RoleBody): ReadonlySet<string> =>
  new Set(AttachedManagedPolicies.flatMap(({ PolicyArn }) => PolicyArn ?? []))

/** A role goes only when nothing is attached to it any more. */
async function remove(client: Iam, RoleName: string, body: RoleBody): Promise<void> {
  await write(client, RoleName, body, { ...body, RolePolicyList: [], AttachedManagedPolicies: [] })
  await found('iam', 'DeleteRole', () => client.iam.send(new client.commands.DeleteRoleCommand({ RoleName })))
}
