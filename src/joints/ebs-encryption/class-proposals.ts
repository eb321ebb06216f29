import type { Proposal } from '#joints/proposal.ts'
import { UserError } from '#base/errors.ts'
import type { BlueprintStorage } from '#model/blueprint.ts'
import { setting, targetOf, type Change } from '#model/change.ts'
import { isOwned, ownerLabels } from '#model/owner.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { keeperOf } from '#joints/keeper.ts'
import { defaultMarks, ebsDriverOf, encryptionAsked, keyParameter, type StorageClass } from './classes.ts'
import type { EbsDriver } from './drivers.ts'
import type { Home } from './home.ts'
import { keyNamed, parseKeyName, type Key } from './keys.ts'

/** A class that a blueprint declares. */
export interface DeclaredClass {
  readonly storage: BlueprintStorage
  readonly home: Home
  readonly driver: EbsDriver
  /** Without it: the account's key for EBS. */
  readonly key: Key | undefined
}

const makes = 'ebs-encryption: StorageClass'
const [defaultMark] = defaultMarks

/**
 * What is missing for the class to be there. A class cannot be changed: https://kubernetes.io/docs/concepts/storage/storage-classes/
 * @throws Unread when something was not read, UserError `BAD_BLUEPRINT` when a class of that name is somebody else's
 */
export function classProposals(world: Reader<'k8s/StorageClass' | 'aws/kms/Key'>, declared: DeclaredClass): readonly Proposal[] {
  const { storage, home } = declared
  const scope = { cluster: home.cluster.body.name }
  const target = { kind: 'k8s/StorageClass', id: storage.class, scope } as const
  const found = world.find('k8s/StorageClass', storage.class, scope)
  const create: Change = { target, edit: { do: 'create', body: classBody(declared) }, permissions: ['create storageclasses'], risk: '' }
  const creation = { change: create, title: `create StorageClass ${storage.class}`, makes }
  if (found === undefined) return [creation]
  const fault = faultOf(world, found, declared)
  if (fault === undefined) return []
  if (!isOwned(found.body))
    throw new UserError('BAD_BLUEPRINT', `StorageClass ${storage.class} is there, and ${fault}; a class cannot be changed`, {
      where: storage.where,
      help: 'name another class, or delete that one: its volumes stay as they are',
    })
  const remove: Change = {
    target,
    edit: { do: 'delete', body: found.body },
    permissions: ['delete storageclasses'],
    risk: 'Claims that name the class wait until it is made again; volumes that exist stay as they are.',
  }
  return [{ change: remove, title: `delete StorageClass ${storage.class}, which ${fault}`, makes }, creation]
}

function classBody({ storage, driver, key }: DeclaredClass) {
  return {
    metadata: {
      name: storage.class,
      labels: ownerLabels,
      ...(storage.isDefault === true ? { annotations: { [defaultMark]: 'true' } } : {}),
    },
    provisioner: driver,
    parameters: { type: 'gp3', encrypted: 'true', ...(key === undefined ? {} : { kmsKeyId: key.id }) },
    reclaimPolicy: 'Delete',
    allowVolumeExpansion: true,
    volumeBindingMode: 'WaitForFirstConsumer',
  }
}

/** What keeps a class from being the declared one; undefined when nothing does. */
function faultOf(world: Reader<'aws/kms/Key'>, found: StorageClass, { home, driver, key }: DeclaredClass): string | undefined {
  if (ebsDriverOf(found) !== driver) return `is of ${found.body.provisioner}`
  if (encryptionAsked(found) === undefined) return 'asks for no encryption'
  if (found.body.volumeBindingMode !== 'WaitForFirstConsumer') return 'binds volumes before their pods have a zone'
  const named = keyParameter(found)
  if (named === undefined) return key === undefined ? undefined : 'names no key'
  const name = parseKeyName(named.value, home)
  const used = name.is === 'malformed' ? undefined : keyNamed(world, name)
  return key !== undefined && used?.id === key.id ? undefined : `names key ${named.value}`
}

/**
 * What is missing for claims that name no class to get this one: its mark, and no other's. Of several the newest would be taken.
 * https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
 * @throws Unread when the classes were not read, UserError `NOT_OURS` when somebody keeps another one as the default
 */
export function defaultProposals(
  world: Reader<'k8s/StorageClass'>,
  { class: name }: BlueprintStorage,
  cluster: Resource<'aws/eks/Cluster'>,
): readonly Proposal[] {
  return world.list('k8s/StorageClass', { cluster: cluster.body.name }).flatMap(found => {
    const annotations = found.body.metadata.annotations ?? {}
    if (found.id === name) return annotations[defaultMark] === 'true' ? [] : [marking(found, defaultMark, 'true')]
    const marks = defaultMarks.filter(mark => annotations[mark] === 'true')
    const keeper = keeperOf(found)
    if (marks.length > 0 && keeper !== undefined)
      throw new UserError('NOT_OURS', `StorageClass ${found.id} is a default class too, and ${keeper} keeps it so`, {
        help: `There: let it be no default class, so that claims without a class get ${name}.`,
      })
    return marks.map(mark => marking(found, mark, 'false'))
  })
}

function marking(found: StorageClass, mark: string, value: 'true' | 'false'): Proposal {
  const isOn = value === 'true'
  const change: Change = {
    target: targetOf(found),
    edit: setting(found, ['metadata', 'annotations', mark], value),
    permissions: ['update storageclasses'],
    risk: `Mortise ${isOwned(found.body) ? 'made' : 'did not make'} this class. Claims without a class ${isOn ? 'get it' : 'no longer get it'} from now on.`,
  }
  return { change, title: `${isOn ? 'make' : 'no longer make'} StorageClass ${found.id} the default`, makes }
}
