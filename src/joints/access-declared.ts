import type { UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import type { Statement } from '#iam/document.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { tried } from './access-documents.ts'
import type { Needed } from './access-minimal.ts'
import { parseObjects, type MountedObject, type ObjectType } from './secrets-store/objects.ts'
import { workloadKinds, workloadsOf, type Workload } from './workloads.ts'

/** What objects of the cluster say that a service account needs. */
export interface Declared {
  readonly needed: readonly Needed[]
  /** What was not read and could add to it. */
  readonly unread: readonly UnreadFact[]
}

export const declaredKinds = [
  ...workloadKinds,
  'aws/ec2/EbsEncryptionByDefault',
  'aws/ec2/Volume',
  'aws/eks/Cluster',
  'aws/kms/Key',
  'aws/secretsmanager/Secret',
  'aws/ssm/Parameter',
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
  const own = workloadsOf(world).filter(
    ({ cluster, namespace, serviceAccountName }) =>
      cluster === place.cluster && namespace === place.namespace && serviceAccountName === place.serviceAccount,
  )
  const names = new Map(own.flatMap(workload => classesOf(workload).map(name => [name, workload] as const)))
  const parts = [...names].map(([name, workload]) => ofClass(world, place, name, workload))
  return { needed: parts.flatMap(part => part.needed), unread: parts.flatMap(part => part.unread) }
}

const classesOf = ({ template }: Workload): readonly string[] =>
  (template.spec?.volumes ?? []).flatMap(({ csi }) =>
    csi?.driver === 'secrets-store.csi.k8s.io' ? (csi.volumeAttributes?.['secretProviderClass'] ?? []) : [],
  )

function ofClass(world: DeclaredReader, place: Place, name: string, workload: Workload): Declared {
  const id = `${place.namespace}/${name}`
  const found = tried(() => world.find('k8s/SecretProviderClass', id, { cluster: place.cluster }))
  if (found.is === 'unread') return { needed: [], unread: [found.fact] }
  if (found.value === undefined || found.value.body.spec?.provider !== 'aws') return { needed: [], unread: [] }
  const own = regionOf(world, place.cluster)
  const parsed = parseObjects(found.value.body, own)
  const region = parsed.region ?? own
  if (region === undefined) return { needed: [], unread: [noRegion(id)] }
  const regions = parsed.failoverRegion === undefined ? [region] : [region, parsed.failoverRegion]
  return together(
    regions.flatMap((each, index) =>
      (['secretsmanager', 'ssmparameter'] as const).map(type => {
        const named = parsed.objects
          .filter(object => object.type === type)
          .map(object => (index === 1 && object.failoverName !== undefined ? object.failoverName : object.objectName))
        return readingOf(world, place, { type, region: each, names: named, why: `${workload.name} mounts SecretProviderClass ${name}` })
      }),
    ),
  )
}

const together = (parts: readonly Declared[]): Declared => ({
  needed: parts.flatMap(part => part.needed),
  unread: parts.flatMap(part => part.unread),
})

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

interface Reading {
  readonly type: ObjectType
  readonly region: string
  readonly names: readonly MountedObject['objectName'][]
  readonly why: string
}

function readingOf(world: DeclaredReader, place: Place, reading: Reading): Declared {
  const { type, region, names, why } = reading
  if (names.length === 0) return { needed: [], unread: [] }
  const found = names.map(name =>
    type === 'secretsmanager' ? secretNamed(world, place, region, name) : parameterNamed(world, place, region, name),
  )
  const arns = [...new Set(found.flatMap(each => each.arns))]
  const keys = [...new Set(found.flatMap(each => each.keys))]
  const [service, actions] =
    type === 'secretsmanager'
      ? (['secretsmanager', ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret']] as const)
      : (['ssm', ['ssm:GetParameters']] as const)
  const domain = place.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  const decrypt: readonly Needed[] =
    keys.length === 0
      ? []
      : [
          {
            statement: {
              ...allow(['kms:Decrypt'], keys),
              Condition: { StringEquals: { 'kms:ViaService': `${service}.${region}.${domain}` } },
            },
            reason: `${why}, and what it mounts is encrypted with this key`,
          },
        ]
  return { needed: [{ statement: allow(actions, arns), reason: why }, ...decrypt], unread: found.flatMap(each => each.unread) }
}

const allow = (actions: readonly string[], resources: readonly string[]): Statement => ({
  Effect: 'Allow',
  Action: actions.length === 1 ? (actions[0] ?? '') : actions,
  Resource: resources.length === 1 ? (resources[0] ?? '') : resources,
})

/**
 * The ARN of a secret ends in six characters that nobody knows beforehand. Without a key of its own it has `aws/secretsmanager`, which whoever may read the
 * secret may use. https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
function secretNamed(world: DeclaredReader, { partition, account }: Place, region: string, name: string): Found {
  const arn = name.startsWith('arn:') ? name : `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`
  const known = world
    .seen('aws/secretsmanager/Secret')
    .find(({ id }) => id === arn || (id.startsWith(`${arn}-`) && id.length === arn.length + 7))
  if (known === undefined) {
    const isWhole = name.startsWith('arn:') && /-[A-Za-z0-9]{6}$/.test(name)
    return {
      arns: isWhole ? [arn] : [`${arn}-??????`],
      keys: [],
      unread: [keyUnread('aws/secretsmanager/Secret', arn, 'secretsmanager:DescribeSecret')],
    }
  }
  return { arns: [known.id], ...keyArns(world, known.body.KmsKeyId, known.id) }
}

const keyUnread = (kind: string, id: string, action: string): UnreadFact => ({
  kind,
  id,
  reason: 'with which key it is encrypted was not read',
  settle: { by: 'iam', action, resource: id },
})

/** Parameters are named with or without a slash before them, and their ARNs have one between. A version or label after a colon is no part of the ARN. */
function parameterNamed(world: DeclaredReader, { partition, account }: Place, region: string, name: string): Found {
  const plain = name.replace(/^\//, '').split(':', 1)[0] ?? ''
  const arn = name.startsWith('arn:')
    ? name.split(':').slice(0, 6).join(':')
    : `arn:${partition}:ssm:${region}:${account}:parameter/${plain}`
  const known = world.seen('aws/ssm/Parameter').find(({ id }) => id === arn)
  if (known === undefined) return { arns: [arn], keys: [], unread: [keyUnread('aws/ssm/Parameter', arn, 'ssm:DescribeParameters')] }
  return known.body.Type === 'SecureString'
    ? { arns: [arn], ...keyArns(world, known.body.KeyId, arn) }
    : { arns: [arn], keys: [], unread: [] }
}

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
