import type { Path } from '#model/place.ts'
import type { Kind, Kinds } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { perKinds } from './per-world.ts'

/** Kinds that own pods by a template. */
export const templateKinds = ['k8s/CronJob', 'k8s/DaemonSet', 'k8s/Deployment', 'k8s/Job', 'k8s/ReplicaSet', 'k8s/StatefulSet'] as const
/** What must be read to tie pods to the workload that owns them. */
export const workloadKinds = [...templateKinds, 'k8s/Pod'] as const

type WorkloadKind = (typeof workloadKinds)[number]
type WorkloadReader = Reader<WorkloadKind>
export type PodSpec = NonNullable<Kinds['k8s/Pod']['spec']>
export type Container = PodSpec['containers'][number]

/** A pod, or the template that pods are made from: what the webhook and the SDK see. */
export interface PodShape {
  readonly resource: Resource
  /** Where `metadata` and `spec` stand inside the resource: `[]` for a pod, `['spec', 'template']` for a Deployment. */
  readonly root: Path
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly spec: PodSpec
}

/** The thing that owns pods: a Deployment, StatefulSet, DaemonSet, CronJob, bare Job, bare ReplicaSet or bare Pod. Thirty pods of one Deployment are one workload. */
export interface Workload {
  readonly resource: Resource<WorkloadKind>
  /** `deploy/reader`, as kubectl takes it. */
  readonly name: string
  readonly namespace: string
  readonly cluster: string
  readonly template: PodShape
  readonly serviceAccountName: string
  /**
   * The pods it has now, finished and terminating ones left out.
   * @throws Unread when the pods of the namespace were not all read.
   */
  pods(): readonly Resource<'k8s/Pod'>[]
  /** The pods that happened to be read. Proves presence, never absence. */
  readonly seenPods: readonly Resource<'k8s/Pod'>[]
}

const shortNames: Readonly<Record<WorkloadKind, string>> = {
  'k8s/CronJob': 'cronjob',
  'k8s/DaemonSet': 'ds',
  'k8s/Deployment': 'deploy',
  'k8s/Job': 'job',
  'k8s/Pod': 'pod',
  'k8s/ReplicaSet': 'rs',
  'k8s/StatefulSet': 'sts',
}

/** Every workload of the world, in the order of cluster, namespace and name. Memoised per world. */
export const workloadsOf = perKinds(workloadKinds, (world: WorkloadReader): readonly Workload[] => {
  const owners = new Map<string, Resource<WorkloadKind>>()
  for (const kind of templateKinds) {
    for (const resource of world.seen(kind)) owners.set(ownerKey(resource, kind.slice(4), resource.body.metadata.name), resource)
  }
  const podsOf = new Map<Resource<WorkloadKind>, Resource<'k8s/Pod'>[]>()
  for (const pod of world.seen('k8s/Pod')) {
    if (isGone(pod)) continue
    const owner = topOwner(pod, owners)
    const pods = podsOf.get(owner)
    if (pods === undefined) podsOf.set(owner, [pod])
    else pods.push(pod)
  }
  const tops = new Set<Resource<WorkloadKind>>(podsOf.keys())
  for (const resource of owners.values()) if (topOwner(resource, owners) === resource) tops.add(resource)
  return [...tops]
    .map(resource => workload(world, resource, podsOf.get(resource) ?? []))
    .filter(isLive)
    .sort(byName)
})

/** A workload by the service account that its pods run as. */
export const workloadsByServiceAccount = perKinds(workloadKinds, (world: WorkloadReader): ReadonlyMap<string, readonly Workload[]> =>
  Map.groupBy(workloadsOf(world), item => serviceAccountKey(item.cluster, item.namespace, item.serviceAccountName)),
)

export const serviceAccountKey = (cluster: string, namespace: string, name: string): string => `${cluster}\n${namespace}/${name}`

/** The shape of one pod. */
export const podShape = (pod: Resource<'k8s/Pod'>): PodShape => shapeAt(pod, [], pod.body.metadata, pod.body.spec)

function workload(world: WorkloadReader, resource: Resource<WorkloadKind>, seenPods: readonly Resource<'k8s/Pod'>[]): Workload {
  const { namespace, name } = resource.body.metadata
  const cluster = clusterOf(resource)
  const template = templateOf(resource)
  return {
    resource,
    name: `${shortNames[resource.kind]}/${name}`,
    namespace,
    cluster,
    template,
    serviceAccountName: template.spec.serviceAccountName ?? template.spec.serviceAccount ?? 'default',
    seenPods,
    pods() {
      world.list('k8s/Pod', { cluster, namespace })
      return seenPods
    },
  }
}

function templateOf(resource: Resource<WorkloadKind>): PodShape {
  if (isKind(resource, 'k8s/Pod')) return podShape(resource)
  if (isKind(resource, 'k8s/CronJob')) {
    const template = resource.body.spec?.jobTemplate.spec?.template
    return shapeAt(resource, ['spec', 'jobTemplate', 'spec', 'template'], template?.metadata, template?.spec)
  }
  const template = (resource as Resource<Exclude<WorkloadKind, 'k8s/Pod' | 'k8s/CronJob'>>).body.spec?.template
  return shapeAt(resource, ['spec', 'template'], template?.metadata, template?.spec)
}

interface PodMetadata {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

const shapeAt = (resource: Resource<WorkloadKind>, root: Path, metadata: PodMetadata | undefined, spec: PodSpec | undefined): PodShape => ({
  resource,
  root,
  labels: metadata?.labels ?? {},
  annotations: metadata?.annotations ?? {},
  spec: spec ?? { containers: [] },
})

/** Follows owner references up to the last owner that was read; a pod whose owners were not read stands for itself. */
function topOwner(resource: Resource<WorkloadKind>, owners: ReadonlyMap<string, Resource<WorkloadKind>>): Resource<WorkloadKind> {
  const reference = resource.body.metadata.ownerReferences?.find(owner => owner.controller === true)
  if (reference === undefined) return resource
  const owner = owners.get(ownerKey(resource, reference.kind, reference.name)) ?? skippedOwner(resource, reference, owners)
  return owner === undefined ? resource : topOwner(owner, owners)
}

/** A ReplicaSet is named after its Deployment and the pods' template hash, so the Deployment is found even where ReplicaSets were not read. */
function skippedOwner(
  resource: Resource<WorkloadKind>,
  reference: { readonly kind: string; readonly name: string },
  owners: ReadonlyMap<string, Resource<WorkloadKind>>,
): Resource<WorkloadKind> | undefined {
  const hash = resource.body.metadata.labels?.['pod-template-hash']
  if (reference.kind !== 'ReplicaSet' || hash === undefined || !reference.name.endsWith(`-${hash}`)) return undefined
  return owners.get(ownerKey(resource, 'Deployment', reference.name.slice(0, -hash.length - 1)))
}

function isGone(pod: Resource<'k8s/Pod'>): boolean {
  const phase = pod.body.status?.phase
  return phase === 'Succeeded' || phase === 'Failed' || pod.body.metadata.deletionTimestamp !== undefined
}

/** A finished Job, or a ReplicaSet that was scaled away, runs nothing any more. */
function isLive(item: Workload): boolean {
  if (item.seenPods.length > 0) return true
  if (isKind(item.resource, 'k8s/ReplicaSet')) return item.resource.body.spec?.replicas !== 0
  if (!isKind(item.resource, 'k8s/Job')) return true
  return !(item.resource.body.status?.conditions ?? []).some(c => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True')
}

const isKind = <K extends Kind>(
  resource: Resource<Kind> | Resource<WorkloadKind>,
  kind: K,
): resource is Resource<K> & Resource<WorkloadKind> => resource.kind === kind

function clusterOf(resource: Resource<WorkloadKind>): string {
  if ('cluster' in resource.scope) return resource.scope.cluster
  throw new Error(`${resource.kind} ${resource.id} is in no cluster`)
}

const ownerKey = (near: Resource<WorkloadKind>, kind: string, name: string): string =>
  `${clusterOf(near)}\n${kind}\n${near.body.metadata.namespace}/${name}`

const byName = (a: Workload, b: Workload): number => {
  const [left, right] = [a, b].map(item => `${item.cluster}\n${item.namespace}\n${item.name}`) as [string, string]
  return left < right ? -1 : left > right ? 1 : 0
}
