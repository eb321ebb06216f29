import { UserError } from '#base/errors.ts'
import type { Target } from '#model/change.ts'
import type { Kinds } from '#model/kinds.ts'
import type { Live, Writer } from '../writer.ts'
import { call, found, ownerTag, type AwsAccess } from './aws-access.ts'
import { eksOf, type Eks } from './clients.ts'

type Association = Kinds['aws/eks/PodIdentityAssociation']

interface Named {
  readonly clusterName: string
  readonly namespace: string
  readonly serviceAccount: string
}

/**
 * The association of a service account. One that does not exist yet has no ARN: a plan names it by what EKS allows once in a cluster, as
 * `…:podidentityassociation/prod/payments/reader`, and so it is read back.
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html
 */
export function associationWriter(access: AwsAccess): Writer<'aws/eks/PodIdentityAssociation'> {
  const connected = eksOf(access)
  return {
    read: async target => read(await connected(), target),
    create: async (_target, body) => create(await connected(), body),
    update: async (_target, before, after) => update(await connected(), before.body, after),
    delete: async (_target, before) => remove(await connected(), before.body),
  }
}

async function read({ eks, commands }: Eks, target: Target): Promise<Live<'aws/eks/PodIdentityAssociation'> | undefined> {
  const parts = target.id.slice(target.id.indexOf(':podidentityassociation/')).split('/').slice(1)
  const associationId = parts.length === 3 ? await idOf({ eks, commands }, namedIn(parts)) : parts[1]
  if (associationId === undefined) return undefined
  const input = { clusterName: parts[0], associationId }
  const answer = await found('eks', 'DescribePodIdentityAssociation', () =>
    eks.send(new commands.DescribePodIdentityAssociationCommand(input)),
  )
  const association = answer?.association
  if (association === undefined) return undefined
  const { policy, createdAt: _created, modifiedAt: _modified, ...rest } = association
  const named = parts.length === 3 ? { associationArn: target.id } : {}
  return {
    body: { ...rest, ...named, ...(policy === undefined ? {} : { policy: JSON.parse(policy) as unknown }) } as unknown as Association,
  }
}

function namedIn([clusterName = '', namespace = '', serviceAccount = '']: readonly string[]): Named {
  return { clusterName, namespace, serviceAccount }
}

async function idOf({ eks, commands }: Eks, named: Named): Promise<string | undefined> {
  const answer = await found('eks', 'ListPodIdentityAssociations', () => eks.send(new commands.ListPodIdentityAssociationsCommand(named)))
  return answer?.associations?.[0]?.associationId
}

async function create({ eks, commands }: Eks, body: Association): Promise<void> {
  const { clusterName, namespace, serviceAccount, roleArn, targetRoleArn, disableSessionTags } = body
  const input = {
    clusterName,
    namespace,
    serviceAccount,
    roleArn,
    ...(targetRoleArn === undefined ? {} : { targetRoleArn }),
    ...(disableSessionTags === undefined ? {} : { disableSessionTags }),
    tags: { ...body.tags, [ownerTag.Key]: ownerTag.Value },
  }
  await call('eks', 'CreatePodIdentityAssociation', () => eks.send(new commands.CreatePodIdentityAssociationCommand(input)))
}

async function update({ eks, commands }: Eks, before: Association, after: Association): Promise<void> {
  const fixed = (['clusterName', 'namespace', 'serviceAccount'] as const).find(name => before[name] !== after[name])
  if (fixed !== undefined) throw new UserError('CHANGE_CONFLICT', `the ${fixed} of an association cannot change`, { help: 'plan again' })
  const { clusterName, associationId, roleArn, targetRoleArn, disableSessionTags } = after
  const input = {
    clusterName,
    associationId,
    roleArn,
    ...(targetRoleArn === undefined ? {} : { targetRoleArn }),
    ...(disableSessionTags === undefined ? {} : { disableSessionTags }),
  }
  await call('eks', 'UpdatePodIdentityAssociation', () => eks.send(new commands.UpdatePodIdentityAssociationCommand(input)))
}

async function remove({ eks, commands }: Eks, { clusterName, associationId }: Association): Promise<void> {
  await found('eks', 'DeletePodIdentityAssociation', () =>
    eks.send(new commands.DeletePodIdentityAssociationCommand({ clusterName, associationId })),
  )
}
