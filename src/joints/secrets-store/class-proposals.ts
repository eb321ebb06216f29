import type { Proposal } from '#joints/proposal.ts'
import { UserError } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { Identity } from '#model/blueprint.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import { isOwned, ownerLabels } from '#model/owner.ts'
import type { Resource } from '#model/resource.ts'
import { regionOf, type ParsedReader } from './classes.ts'
import type { DeclaredFolder } from './declared-mounts.ts'
import { parseObjects } from './objects.ts'

/** What a class depends on besides the folder that it is for. */
export interface ClassPlace {
  readonly cluster: Resource<'aws/eks/Cluster'>
  readonly namespace: string
  readonly identity: Identity
}

const makes = 'secrets-store: SecretProviderClass'
const permissions = (verb: string) => [`${verb} secretproviderclasses`]

/**
 * What is missing for the class of a folder to be there.
 * @throws Unread when something was not read, UserError `NOT_OURS` when a class of that name is somebody else's
 */
export function classProposals(world: ParsedReader, place: ClassPlace, declared: DeclaredFolder): readonly Proposal[] {
  const { cluster, namespace } = place
  const { className } = declared
  const scope = { cluster: cluster.body.name }
  const id = `${namespace}/${className}`
  const spec = classSpec(world, place, declared)
  const found = world.find('k8s/SecretProviderClass', id, scope)
  if (found === undefined) {
    const body = { metadata: { name: className, namespace, labels: ownerLabels }, spec }
    const change: Change = {
      target: { kind: 'k8s/SecretProviderClass', id, scope },
      edit: { do: 'create', body },
      permissions: permissions('create'),
      risk: '',
    }
    return [{ change, title: `create SecretProviderClass ${id}`, makes }]
  }
  if (isSameClass(found, spec)) return []
  if (!isOwned(found.body))
    throw new UserError('NOT_OURS', `SecretProviderClass ${id} is there, and mounts something else`, {
      where: declared.where,
      help: 'Rename it, or name another folder in the blueprint: classes are named after service account and folder.',
    })
  const change: Change = {
    target: targetOf(found),
    edit: setting(found, ['spec'], spec),
    permissions: permissions('update'),
    risk: 'Pods that run keep what is mounted until the driver renews it.',
  }
  return [{ change, title: `change SecretProviderClass ${id}`, makes }]
}

type ClassSpec = NonNullable<Resource<'k8s/SecretProviderClass'>['body']['spec']>

/** Secrets by name; the region only where the provider would look in another one. https://github.com/aws/secrets-store-csi-driver-provider-aws#secretproviderclass-options */
function classSpec(world: ParsedReader, { cluster, identity }: ClassPlace, { mounts }: DeclaredFolder): ClassSpec {
  const region = parseArn(cluster.id)?.region ?? ''
  const names = mounts.map(({ secret }) => secret).toSorted()
  return {
    provider: 'aws',
    parameters: {
      ...(regionOf(world, cluster.body.name) === region ? {} : { region }),
      ...(identity === 'pod-identity' ? { usePodIdentity: 'true' } : {}),
      objects: names.map(name => `- objectName: ${JSON.stringify(name)}\n  objectType: secretsmanager\n`).join(''),
    },
  }
}

/** As the provider reads them: neither the layout of the text nor its order counts. */
function isSameClass(found: Resource<'k8s/SecretProviderClass'>, wanted: ClassSpec): boolean {
  const [now, then] = [found.body, { ...found.body, spec: wanted }].map(body => {
    const { objects, faults, region, failoverRegion, usePodIdentity, translate } = parseObjects(body, undefined)
    const list = objects.map(({ index: _index, inner: _inner, ...object }) => JSON.stringify(object)).toSorted()
    return JSON.stringify({ provider: body.spec?.provider, list, faults, region, failoverRegion, usePodIdentity, translate })
  })
  return now === then
}
