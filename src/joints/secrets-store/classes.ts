import { Unread } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import { perWorld } from '#joints/per-world.ts'
import { valueAt } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { providersIn, type InstalledReader } from './installed.ts'
import type { SecretMount } from './mounts.ts'
import { parseObjects, type ParsedObjects } from './objects.ts'

export type SecretProviderClass = Resource<'k8s/SecretProviderClass'>
export type ClassReader = Reader<'k8s/SecretProviderClass'>

/** What the region of classes that name none depends on. */
export const regionKinds = ['aws/eks/Cluster', 'k8s/DaemonSet', 'k8s/Node'] as const
export type RegionReader = InstalledReader & Reader<(typeof regionKinds)[number]>
export type ParsedReader = ClassReader & RegionReader

/**
 * The class that a volume names, in the namespace of its pod; undefined when there is none, or it names none.
 * @throws Unread when it was not read
 */
export function classOf(world: ClassReader, { workload, className }: SecretMount): SecretProviderClass | undefined {
  if (className === undefined || className === '') return undefined
  return world.find('k8s/SecretProviderClass', `${workload.namespace}/${className}`, { cluster: workload.cluster })
}

export const isAws = ({ body }: SecretProviderClass): boolean => body.spec?.provider === 'aws'

/** A class of the AWS provider that the provider takes, as one volume mounts it. */
export interface TakenClass {
  readonly mount: SecretMount
  readonly secretProviderClass: SecretProviderClass
  readonly parsed: ParsedObjects
  /** Where secrets are looked for; the second is that of failover. */
  readonly regions: readonly string[]
}

const taken = perWorld((_world: object) => new Map<SecretMount, TakenClass | undefined>())

/**
 * The class of a volume, read as the provider reads it; undefined when there is none, it is another provider's, or the provider refuses it: other checks say so.
 * @throws Unread when the class, or the region that it does not name, was not read
 */
export function takenClass(world: ParsedReader, mount: SecretMount): TakenClass | undefined {
  const known = taken(world)
  if (known.has(mount)) return known.get(mount)
  const secretProviderClass = classOf(world, mount)
  const found = secretProviderClass === undefined || !isAws(secretProviderClass) ? undefined : parsedFor(world, mount, secretProviderClass)
  known.set(mount, found)
  return found
}

function parsedFor(world: ParsedReader, mount: SecretMount, secretProviderClass: SecretProviderClass): TakenClass | undefined {
  const named = { ...secretProviderClass.body.spec?.parameters, ...mount.attributes }['region']
  const region = named === undefined || named === '' ? regionOf(world, mount.workload.cluster) : named
  const parsed = parseObjects(secretProviderClass.body, region, mount.attributes)
  if (parsed.faults.length > 0) return undefined
  return { mount, secretProviderClass, parsed, regions: [region, ...(parsed.failoverRegion === undefined ? [] : [parsed.failoverRegion])] }
}

export const regionLabel = 'topology.kubernetes.io/region'

/**
 * Where secrets of classes without a region are looked for: the provider's AWS_REGION, else that of the nodes, which is the cluster's.
 * https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/server/server.go (getRegionFromNode)
 * @throws Unread when nothing that was read tells
 */
export function regionOf(world: RegionReader, cluster: string): string {
  for (const { daemonSet, variable } of providersIn(world, cluster)) {
    const set = variable('AWS_REGION')
    if (set?.value !== undefined && set.value !== '') return set.value
    if (set !== undefined && set.value === undefined)
      throw new Unread({ kind: 'k8s/DaemonSet', id: daemonSet.id, reason: 'AWS_REGION comes from another object' })
  }
  const eks = eksCluster(world, cluster)
  const ofCluster = eks === undefined ? undefined : parseArn(eks.id)?.region
  if (ofCluster !== undefined) return ofCluster
  const isHere = ({ scope }: Resource) => 'cluster' in scope && scope.cluster === cluster
  const ofNodes = new Set(
    world
      .seen('k8s/Node')
      .filter(isHere)
      .flatMap(({ body }) => body.metadata.labels?.[regionLabel] ?? []),
  )
  const [only] = ofNodes
  if (only !== undefined && ofNodes.size === 1) return only
  throw new Unread(whyNoCluster(world, cluster))
}

/** Whether it depends on the region that it does not name whether the provider takes the class: ARNs and failover are of one. */
export function needsRegion({ body }: SecretProviderClass): boolean {
  const { region = '', failoverRegion = '', objects = '' } = body.spec?.parameters ?? {}
  return region === '' && (failoverRegion !== '' || objects.includes('arn:'))
}

/** A place inside the list of objects; of a text that stands elsewhere, the class. */
export function objectEvidence(secretProviderClass: SecretProviderClass, inner: readonly (string | number)[], label: string): Evidence {
  const path = ['spec', 'parameters', 'objects']
  if (valueAt(secretProviderClass.body, path) === undefined) return secretProviderClass.at(['metadata', 'name'], label)
  return secretProviderClass.inText(path, inner, label)
}
