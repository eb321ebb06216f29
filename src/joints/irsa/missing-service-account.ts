import { editDistance } from '#base/nearest.ts'
import type { Workload } from '#joints/workloads.ts'
import { setting } from '#model/change.ts'
import type { Path } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { mending } from './replace-pods.ts'

type ServiceAccount = Resource<'k8s/ServiceAccount'>

/** Where the workload names its service account; the older field says the same. */
export function namePath({ template }: Workload): Path {
  return [...template.root, 'spec', template.spec.serviceAccountName === undefined ? 'serviceAccount' : 'serviceAccountName']
}

/** The one service account of the namespace that was surely meant: a letter away, or the same but for an affix that says what it is. */
export function nearServiceAccount(world: Reader<'k8s/ServiceAccount'>, workload: Workload): ServiceAccount | undefined {
  const wanted = workload.serviceAccountName
  const near = inCluster(world, workload).filter(
    ({ body: { metadata } }) => metadata.namespace === workload.namespace && isNear(metadata.name, wanted),
  )
  return near.length === 1 ? near[0] : undefined
}

const isNear = (a: string, b: string): boolean => bare(a) === bare(b) || (Math.min(a.length, b.length) >= 5 && editDistance(a, b) === 1)

const bare = (name: string): string => name.replaceAll(/(?:^|-)(?:sa|service-?account)(?=-|$)/g, '').replaceAll(/[-.]/g, '')

/** Service accounts of that name in other namespaces, for the reader to compare. */
export const namesakes = (world: Reader<'k8s/ServiceAccount'>, workload: Workload): readonly Evidence[] =>
  inCluster(world, workload)
    .filter(({ body: { metadata } }) => metadata.name === workload.serviceAccountName && metadata.namespace !== workload.namespace)
    .slice(0, 1)
    .map(item => item.at(['metadata', 'namespace'], 'one of this name is in another namespace, and pods cannot use it'))

const inCluster = (world: Reader<'k8s/ServiceAccount'>, workload: Workload): readonly ServiceAccount[] =>
  world.seen('k8s/ServiceAccount').filter(({ scope }) => 'cluster' in scope && scope.cluster === workload.cluster)

/** Names the service account that was meant, or makes the one that is named. */
export function missingFix(workload: Workload, near: ServiceAccount | undefined): Fix {
  const changes = near === undefined ? undefined : naming(workload, near.body.metadata.name)
  if (near !== undefined && changes !== undefined)
    return { title: `run as service account ${near.body.metadata.name}`, safe: false, changes }
  const { namespace, serviceAccountName: name } = workload
  return { title: `create service account ${namespace}/${name}`, safe: false, changes: [creating(workload, { namespace, name })] }
}

const naming = (workload: Workload, name: string) =>
  mending(
    workload,
    [setting(workload.template.resource, namePath(workload), name)],
    [],
    `Pods of ${workload.name} may then do in the cluster and in AWS what ${name} may.`,
  )

const creating = ({ resource }: Workload, metadata: { readonly namespace: string; readonly name: string }) => ({
  target: { kind: 'k8s/ServiceAccount' as const, id: `${metadata.namespace}/${metadata.name}`, scope: resource.scope },
  edit: { do: 'create' as const, body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata } },
  permissions: ['create serviceaccounts'],
  risk: 'Pods can then be created. They get no AWS credentials until the service account asks for a role.',
})
