import type { UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { Statement } from '#iam/document.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { tried } from './access-documents.ts'
import { storeNeedsKinds } from './access-declared-stores.ts'
import type { Needed } from './access-minimal.ts'
import { driversIn } from './secrets-store/installed.ts'
import { readingStatements } from './secrets-store/least-privilege.ts'
import { mountedNeeds } from './secrets-store/mounted-needs.ts'
import { mountsOf, type SecretMount } from './secrets-store/mounts.ts'
import { describesSecrets } from './secrets-store/rotation.ts'
import { serviceAccountKey, workloadsByServiceAccount } from './workloads.ts'

/** What objects of the cluster say that a service account needs. */
export interface Declared {
  readonly needed: readonly Needed[]
  /** What was not read and could add to it. */
  readonly unread: readonly UnreadFact[]
}

export const declaredKinds = [
  ...storeNeedsKinds,
  'aws/ec2/EbsEncryptionByDefault',
  'aws/ec2/Volume',
  'aws/eks/Cluster',
  'k8s/Node',
  'k8s/PersistentVolume',
  'k8s/SecretProviderClass',
  'k8s/StorageClass',
] as const

export type DeclaredReader = Reader<(typeof declaredKinds)[number]>

/** Whose needs, and where it works. */
export interface Place {
  readonly cluster: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly partition: string
  /** Of the role: a name without an ARN is looked for here. */
  readonly account: string
}

interface Found {
  readonly arns: readonly string[]
  readonly keys: readonly string[]
  readonly unread: readonly UnreadFact[]
}

/**
 * The secrets and parameters that the volumes of its workloads mount: the provider fetches them as the pod's service account.
 * https://github.com/aws/secrets-store-csi-driver-provider-aws#usage
 */
export function mountedSecrets(world: DeclaredReader, place: Place): Declared {
  const own = workloadsByServiceAccount(world).get(serviceAccountKey(place.cluster, place.namespace, place.serviceAccount)) ?? []
  const mounts = own.flatMap(workload => mountsOf(world, workload))
  if (mounts.length === 0) return { needed: [], unread: [] }
  const byClass = Map.groupBy(mounts, ({ className = '', attributes }) => JSON.stringify([className, attributes]))
  const described = tried(() => describesSecrets(driversIn(world, place.cluster)[0]))
  // Describing tells no value; without it drivers that ask for it would never renew what is mounted.
  const describes = described.is === 'unread' || described.value
  const parts = [...byClass.values()].map(same => ofClass(world, place, same, describes))
  return {
    needed: parts.flatMap(part => part.needed),
    unread: [...parts.flatMap(part => part.unread), ...(described.is === 'unread' ? [described.fact] : [])],
  }
}

function ofClass(world: DeclaredReader, place: Place, mounts: readonly SecretMount[], describes: boolean): Declared {
  const { needs, unread } = mountedNeeds(world, mounts.slice(0, 1), place)
  const names = [...new Set(mounts.map(({ workload }) => workload.name))].join(', ')
  const why = `${names} mounts SecretProviderClass ${mounts[0]?.className ?? ''}`
  const needed = readingStatements(needs, describes).map(({ Sid: _, ...statement }) => ({
    statement,
    reason: statement.Action === 'kms:Decrypt' ? `${why}, and what it mounts is encrypted with this key` : why,
  }))
  return { needed, unread }
}

const noRegion = (id: string): UnreadFact => ({
  kind: 'k8s/SecretProviderClass',
  id,
  reason: 'it names no region, and the region of the cluster was not read',
  settle: { by: 'iam', action: 'eks:DescribeCluster' },
})

function regionOf(world: DeclaredReader, cluster: string): string | undefined {
  const known = world.seen('aws/eks/Cluster').find(({ body }) => body.name === cluster)
  return known === undefined ? undefined : parseArn(known.id)?.region
}

const allow = (actions: readonly string[], resources: readonly string[]): Statement => ({
  Effect: 'Allow',
  Action: actions.length === 1 ? (actions[0] ?? '') : actions,
  Resource: resources.length === 1 ? (resources[0] ?? '') : resources,
})

const keyUnread = (kind: string, id: string, action: string): UnreadFact => ({
  kind,
  id,
  reason: 'with which key it is encrypted was not read',
  settle: { by: 'iam', action, resource: id },
})

/** The key as IAM knows it: an alias is none, and of keys that AWS manages nobody needs a permission. */
function keyArns(world: DeclaredReader, named: string | undefined, owner: string): Pick<Found, 'keys' | 'unread'> {
  if (named === undefined || /(?:^|:)alias\/aws\//.test(named)) return { keys: [], unread: [] }
  const key = keyNamed(world, named, owner)
  if (key !== undefined) return { keys: key.body.KeyManager === 'AWS' ? [] : [key.id], unread: [] }
  if (/^arn:[^:]*:kms:[^:]*:\d{12}:key\//.test(named)) return { keys: [named], unread: [] }
  const parts = parseArn(owner)
  const isId = /^(?:mrk-)?[0-9a-f-]{32,36}$/.test(named) && parts !== undefined
  if (isId) return { keys: [`arn:${parts.partition}:kms:${parts.region}:${parts.account}:key/${named}`], unread: [] }
  return {
    keys: [],
    unread: [
      { kind: 'aws/kms/Key', id: named, reason: 'which key it names was not read', settle: { by: 'iam', action: 'kms:ListAliases' } },
    ],
  }
}

function keyNamed(world: DeclaredReader, named: string, owner: string): Resource<'aws/kms/Key'> | undefined {
  const parts = parseArn(owner)
  const isThere = ({ id }: Resource<'aws/kms/Key'>): boolean => {
    const own = parseArn(id)
    return own !== undefined && parts !== undefined && own.account === parts.account && own.region === parts.region
  }
  return world
    .seen('aws/kms/Key')
    .find(
      key =>
        key.id === named ||
        (isThere(key) && key.body.KeyId === named) ||
        (key.body.Aliases ?? []).some(alias => alias.AliasArn === named || (isThere(key) && alias.AliasName === named)),
    )
}

/**
 * The keys of volumes that the EBS CSI driver makes and attaches: those of its StorageClasses, of the region's default, and of the volumes that there are.
 * https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/install.md#set-up-driver-permissions
 */
export function volumeKeys(world: DeclaredReader, place: Place): Declared {
  const region = regionOf(world, place.cluster)
  if (region === undefined) return { needed: [], unread: [noRegion(place.cluster)] }
  const owner = `arn:${place.partition}:ec2:${region}:${place.account}:volume/`
  const sources = [ofClasses(world, place), ofVolumes(world, place), ofDefault(world, place.account, region)]
  const found = sources.flatMap(({ named }) => named.map(({ key, why }) => ({ why, ...keyArns(world, key, owner) })))
  const reasons = new Map<string, string>()
  for (const { keys, why } of found) for (const key of keys) if (!reasons.has(key)) reasons.set(key, why)
  const keys = [...reasons.keys()]
  const domain = place.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  const reason = [...new Set(reasons.values())].join('; ')
  const use = 'kms:Decrypt kms:GenerateDataKeyWithoutPlaintext kms:DescribeKey kms:ReEncryptFrom kms:ReEncryptTo'.split(' ')
  const needed: readonly Needed[] =
    keys.length === 0
      ? []
      : [
          { statement: { ...allow(use, keys), Condition: { StringEquals: { 'kms:ViaService': `ec2.${region}.${domain}` } } }, reason },
          {
            statement: { ...allow(['kms:CreateGrant'], keys), Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
            reason: `${reason}: EC2 gets a grant when a volume is attached`,
          },
        ]
  return { needed, unread: [...sources.flatMap(({ unread }) => unread), ...found.flatMap(({ unread }) => unread)] }
}

interface NamedKeys {
  readonly named: readonly { readonly key: string; readonly why: string }[]
  readonly unread: readonly UnreadFact[]
}

function ofClasses(world: DeclaredReader, { cluster }: Place): NamedKeys {
  const classes = tried(() => world.list('k8s/StorageClass', { cluster }))
  if (classes.is === 'unread') return { named: [], unread: [classes.fact] }
  const named = classes.value.flatMap(({ body }) => {
    const key = parameterIn(body.parameters, 'kmsKeyId')
    return body.provisioner !== 'ebs.csi.aws.com' || key === undefined || key === ''
      ? []
      : [{ key, why: `StorageClass ${body.metadata.name} names the key` }]
  })
  return { named, unread: [] }
}

/** The driver takes the names of its parameters in any case. */
const parameterIn = (parameters: Readonly<Record<string, string>> | undefined, name: string): string | undefined =>
  Object.entries(parameters ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]

function ofVolumes(world: DeclaredReader, { cluster, partition, account }: Place): NamedKeys {
  const volumes = tried(() => world.list('k8s/PersistentVolume', { cluster }))
  if (volumes.is === 'unread') return { named: [], unread: [volumes.fact] }
  const parts = volumes.value.flatMap((volume): readonly NamedKeys[] => {
    const { csi } = volume.body.spec ?? {}
    if (csi?.driver !== 'ebs.csi.aws.com') return []
    const known = world.seen('aws/ec2/Volume').find(({ body }) => body.VolumeId === csi.volumeHandle)
    if (known === undefined) {
      const region = regionOf(world, cluster) ?? ''
      const id = `arn:${partition}:ec2:${region}:${account}:volume/${csi.volumeHandle}`
      return [{ named: [], unread: [keyUnread('aws/ec2/Volume', id, 'ec2:DescribeVolumes')] }]
    }
    const { KmsKeyId: key } = known.body
    return key === undefined ? [] : [{ named: [{ key, why: `volume ${csi.volumeHandle} is encrypted with it` }], unread: [] }]
  })
  return { named: parts.flatMap(part => part.named), unread: parts.flatMap(part => part.unread) }
}

function ofDefault(world: DeclaredReader, account: string, region: string): NamedKeys {
  const found = tried(() => world.list('aws/ec2/EbsEncryptionByDefault', { account, region }))
  if (found.is === 'unread') return { named: [], unread: [found.fact] }
  const named = found.value.flatMap(({ body }) =>
    body.EbsEncryptionByDefault === true && body.KmsKeyId !== undefined
      ? [{ key: body.KmsKeyId, why: 'new volumes are encrypted with it by default' }]
      : [],
  )
  return { named, unread: [] }
}
