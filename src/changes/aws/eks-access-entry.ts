import type { AccessScope } from '@aws-sdk/client-eks'
import { UserError } from '#base/errors.ts'
import type { Target } from '#model/change.ts'
import { sameValue } from '#model/comparison.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Live, Writer } from '../writer.ts'
import { call, found, ownerTag, type AwsAccess } from './aws-access.ts'
import { eksOf, type Eks } from './clients.ts'

type Entry = Kinds['aws/eks/AccessEntry']

/**
 * The access entry of a principal, with the access policies that are associated with it. EKS ends its ARN with an id that it makes up: a plan names one
 * that does not exist yet without it, as `…:access-entry/prod/role/111122223333/admin`, and so it is read back.
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html
 */
export function accessEntryWriter(access: AwsAccess): Writer<'aws/eks/AccessEntry'> {
  const connected = eksOf(access)
  return {
    read: async target => read(await connected(), target),
    create: async (_target, body) => create(await connected(), body),
    update: async (_target, before, after) => update(await connected(), before.body, after),
    delete: async (_target, { body: { clusterName, principalArn } }) => {
      const { eks, commands } = await connected()
      await found('eks', 'DeleteAccessEntry', () => eks.send(new commands.DeleteAccessEntryCommand({ clusterName, principalArn })))
    },
  }
}

const ownId = /\/[0-9a-f]{8}-[0-9a-f-]{27,}$/

async function read(client: Eks, { id }: Target): Promise<Live<'aws/eks/AccessEntry'> | undefined> {
  const { eks, commands } = client
  const [, partition = 'aws'] = id.split(':')
  const [clusterName = '', type = '', account = '', ...rest] = id.slice(id.indexOf(':access-entry/')).replace(ownId, '').split('/').slice(1)
  const named = `arn:${partition}:iam::${account}:${type}/${rest.join('/')}`
  for (const principalArn of [named, ...(ownId.test(id) ? await principalsLike(client, clusterName, named) : [])]) {
    const input = { clusterName, principalArn }
    const answer = await found('eks', 'DescribeAccessEntry', () => eks.send(new commands.DescribeAccessEntryCommand(input)))
    const entry = answer?.accessEntry
    if (entry === undefined || (ownId.test(id) && entry.accessEntryArn !== id)) continue
    const { createdAt: _created, modifiedAt: _modified, ...body } = entry
    const whole = { ...body, accessEntryArn: id, associatedAccessPolicies: await policiesOf(client, clusterName, principalArn) }
    return { body: whole as unknown as Entry }
  }
  return undefined
}

/** The ARN of an entry leaves out the path of its role. */
async function principalsLike({ eks, commands }: Eks, clusterName: string, named: string): Promise<readonly string[]> {
  const found: string[] = []
  let nextToken: string | undefined
  do {
    const input = { clusterName, ...(nextToken === undefined ? {} : { nextToken }) }
    const page = await call('eks', 'ListAccessEntries', () => eks.send(new commands.ListAccessEntriesCommand(input)))
    found.push(...(page.accessEntries ?? []))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  const last = named.slice(named.lastIndexOf('/'))
  return found.filter(arn => arn !== named && arn.endsWith(last))
}

async function policiesOf({ eks, commands }: Eks, clusterName: string, principalArn: string) {
  const found: { readonly policyArn: string; readonly accessScope: AccessScope | undefined }[] = []
  let nextToken: string | undefined
  do {
    const input = { clusterName, principalArn, ...(nextToken === undefined ? {} : { nextToken }) }
    const page = await call('eks', 'ListAssociatedAccessPolicies', () => eks.send(new commands.ListAssociatedAccessPoliciesCommand(input)))
    found.push(...(page.associatedAccessPolicies ?? []).map(({ policyArn = '', accessScope }) => ({ policyArn, accessScope })))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  return found
}

async function create({ eks, commands }: Eks, body: Entry): Promise<void> {
  const { clusterName, principalArn, kubernetesGroups, username, type, tags } = body
  const input = {
    clusterName,
    principalArn,
    kubernetesGroups: [...(kubernetesGroups ?? [])],
    ...(username === undefined ? {} : { username }),
    ...(type === undefined ? {} : { type }),
    tags: { ...tags, [ownerTag.Key]: ownerTag.Value },
  }
  await call('eks', 'CreateAccessEntry', () => eks.send(new commands.CreateAccessEntryCommand(input)))
}

async function update({ eks, commands }: Eks, before: Entry, after: Entry): Promise<void> {
  const { clusterName, principalArn } = after
  const fixed = (['clusterName', 'principalArn', 'type', 'username'] as const).find(name => before[name] !== after[name])
  if (fixed !== undefined) throw new UserError('CHANGE_CONFLICT', `the ${fixed} of an access entry cannot change`, { help: 'plan again' })
  if (!sameValue(before.kubernetesGroups ?? [], after.kubernetesGroups ?? [])) {
    const input = { clusterName, principalArn, kubernetesGroups: [...(after.kubernetesGroups ?? [])] }
    await call('eks', 'UpdateAccessEntry', () => eks.send(new commands.UpdateAccessEntryCommand(input)))
  }
  const [had, has] = [scopesOf(before), scopesOf(after)]
  for (const [policyArn, accessScope] of has) {
    if (sameValue(had.get(policyArn), accessScope)) continue
    const input = { clusterName, principalArn, policyArn, accessScope: accessScope as AccessScope }
    await call('eks', 'AssociateAccessPolicy', () => eks.send(new commands.AssociateAccessPolicyCommand(input)))
  }
  for (const policyArn of [...had.keys()].filter(arn => !has.has(arn))) {
    const input = { clusterName, principalArn, policyArn }
    await call('eks', 'DisassociateAccessPolicy', () => eks.send(new commands.DisassociateAccessPolicyCommand(input)))
  }
}

const scopesOf = ({ associatedAccessPolicies = [] }: Entry): ReadonlyMap<string, unknown> =>
  new Map(associatedAccessPolicies.map(({ policyArn = '', accessScope }) => [policyArn, accessScope]))
