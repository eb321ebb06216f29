import { UserError } from '#base/errors.ts'
import type { Target } from '#model/change.ts'
import type { Kinds } from '#model/kinds.ts'
import { sameValue } from '#model/comparison.ts'
import type { Live, Writer } from '../writer.ts'
import { call, found, ownerTag, type AwsAccess } from './aws-access.ts'
import { eksOf, type Eks } from './clients.ts'

type Addon = Kinds['aws/eks/Addon']

/**
 * The add-on of a name in a cluster. EKS ends its ARN with an id that it makes up: a plan names one that does not exist yet without it, as
 * `…:addon/prod/vpc-cni`, and so it is read back.
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAddon.html
 */
export function addonWriter(access: AwsAccess): Writer<'aws/eks/Addon'> {
  const connected = eksOf(access)
  return {
    read: async target => read(await connected(), target),
    create: async (_target, body) => create(await connected(), body),
    update: async (_target, before, after) => update(await connected(), before.body, after),
    delete: async (_target, before) => remove(await connected(), before.body),
    isReady: ({ body }) => isReady(body),
  }
}

async function read({ eks, commands }: Eks, { id }: Target): Promise<Live<'aws/eks/Addon'> | undefined> {
  const [clusterName, addonName, own] = id.slice(id.indexOf(':addon/')).split('/').slice(1)
  const input = { clusterName, addonName }
  const answer = await found('eks', 'DescribeAddon', () => eks.send(new commands.DescribeAddonCommand(input)))
  const addon = answer?.addon
  if (addon === undefined) return undefined
  const { createdAt: _created, modifiedAt: _modified, ...rest } = addon
  return { body: { ...rest, ...(own === undefined ? { addonArn: id } : {}) } as unknown as Addon }
}

async function create({ eks, commands }: Eks, body: Addon): Promise<void> {
  const { clusterName, addonName, addonVersion, tags } = body
  const input = {
    clusterName,
    addonName,
    ...(addonVersion === undefined ? {} : { addonVersion }),
    ...settingsOf(body),
    tags: { ...tags, [ownerTag.Key]: ownerTag.Value },
  }
  await call('eks', 'CreateAddon', () => eks.send(new commands.CreateAddonCommand(input)))
}

/** What an update says; a role of its own is kept only when it is said again. */
const settingsOf = ({ configurationValues, serviceAccountRoleArn }: Addon) => ({
  ...(configurationValues === undefined || configurationValues === '' ? {} : { configurationValues }),
  ...(serviceAccountRoleArn === undefined || serviceAccountRoleArn === '' ? {} : { serviceAccountRoleArn }),
})

const fixed = ['clusterName', 'addonName', 'podIdentityAssociations'] as const

/** `PRESERVE`: what somebody else set in the add-on's objects stays. https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAddon.html */
async function update({ eks, commands }: Eks, before: Addon, after: Addon): Promise<void> {
  const kept = fixed.find(name => !sameValue(before[name] ?? [], after[name] ?? []))
  if (kept !== undefined) throw new UserError('CHANGE_CONFLICT', `the ${kept} of an add-on cannot change so`, { help: 'plan again' })
  const { clusterName, addonName, addonVersion } = after
  const input = {
    clusterName,
    addonName,
    ...(addonVersion === undefined || addonVersion === before.addonVersion ? {} : { addonVersion }),
    // Left out, values stay as they are: none are an empty object.
    configurationValues: '{}',
    ...settingsOf(after),
    resolveConflicts: 'PRESERVE' as const,
  }
  await call('eks', 'UpdateAddon', () => eks.send(new commands.UpdateAddonCommand(input)))
}

async function remove({ eks, commands }: Eks, { clusterName, addonName }: Addon): Promise<void> {
  await found('eks', 'DeleteAddon', () => eks.send(new commands.DeleteAddonCommand({ clusterName, addonName })))
}

/** @throws UserError `ADDON_FAILED` with what EKS says of it */
function isReady({ addonName, status, health }: Addon): boolean {
  if (status !== 'CREATE_FAILED' && status !== 'UPDATE_FAILED') return status === 'ACTIVE'
  const issues = (health?.issues ?? []).map(({ code = '', message = '' }) => `${code}: ${message}`)
  throw new UserError('ADDON_FAILED', `add-on ${addonName} is ${status}${issues.length === 0 ? '' : `: ${issues.join('; ')}`}`, {
    help: 'mend what EKS names, then apply again',
  })
}
