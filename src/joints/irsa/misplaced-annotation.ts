import { Unread } from '#base/errors.ts'
import { perWorld } from '#joints/per-world.ts'
import { trustOf } from '#joints/trust.ts'
import { serviceAccountKey, workloadsByServiceAccount, type workloadKinds, type Workload } from '#joints/workloads.ts'
import type { Path } from '#model/place.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { environmentOf } from './identity.ts'
import { nearAnnotation } from './near-annotation.ts'
import { annotation, annotationPath, parseRoleArn, roleArnOf } from './service-account.ts'
import { tokenFor } from './token.ts'
import { roleVariable, seatsOf } from './webhook.ts'

type ServiceAccount = Resource<'k8s/ServiceAccount'>
type MisplacedReader = Reader<(typeof workloadKinds)[number] | 'k8s/ServiceAccount' | 'aws/eks/Cluster' | 'aws/iam/Role'>

/** The annotation that names a role, where the webhook does not look. */
export interface Misplaced {
  readonly on: 'the pod template' | 'the pod' | 'the workload' | 'another service account'
  readonly resource: Resource
  readonly path: Path
  readonly roleArn: string
}

/**
 * Where the workload's role was written by mistake. Undefined when its service account asks for a role itself, or asks with a misspelt key, or when the
 * containers name a role by hand.
 */
export function misplacedAnnotation(
  world: MisplacedReader,
  workload: Workload,
  serviceAccount: ServiceAccount | undefined,
): Misplaced | undefined {
  if (serviceAccount !== undefined && (roleArnOf(serviceAccount) !== undefined || nearAnnotation(serviceAccount) !== undefined))
    return undefined
  if (seatsOf(workload.template.spec).some(seat => environmentOf(seat.container).has(roleVariable))) return undefined
  return onWorkload(workload) ?? (serviceAccount === undefined ? undefined : onNamesake(world, workload, serviceAccount))
}

function onWorkload({ template, resource }: Workload): Misplaced | undefined {
  const isPod = resource.kind === 'k8s/Pod'
  const path = annotationPath(annotation.roleArn)
  const inTemplate = template.annotations[annotation.roleArn]
  if (inTemplate !== undefined && inTemplate !== '') {
    return {
      on: isPod ? 'the pod' : 'the pod template',
      resource: template.resource,
      path: [...template.root, ...path],
      roleArn: inTemplate,
    }
  }
  const onObject = resource.body.metadata.annotations?.[annotation.roleArn]
  if (onObject === undefined || onObject === '') return undefined
  return { on: 'the workload', resource: template.resource, path, roleArn: onObject }
}

/**
 * The service account of the same name in another namespace, when it is certain that this one was meant: no workload uses that one, and the role trusts
 * this one and not that one. Equal names in several namespaces prove nothing by themselves.
 */
function onNamesake(world: MisplacedReader, workload: Workload, serviceAccount: ServiceAccount): Misplaced | undefined {
  const used = workloadsByServiceAccount(world)
  const key = namesakeKey(workload.cluster, workload.serviceAccountName)
  const unused = (askingByName(world).get(key) ?? []).filter(
    ({ body: { metadata } }) => !used.has(serviceAccountKey(workload.cluster, metadata.namespace, metadata.name)),
  )
  const [namesake] = unused
  if (namesake === undefined || unused.length > 1) return undefined
  const roleArn = roleArnOf(namesake)
  if (roleArn === undefined || !trusts(world, roleArn, serviceAccount) || trusts(world, roleArn, namesake)) return undefined
  return { on: 'another service account', resource: namesake as unknown as Resource, path: annotationPath(annotation.roleArn), roleArn }
}

const askingByName = perWorld((world: Reader<'k8s/ServiceAccount'>) =>
  Map.groupBy(
    world.seen('k8s/ServiceAccount').filter(serviceAccount => roleArnOf(serviceAccount) !== undefined),
    serviceAccount => namesakeKey('cluster' in serviceAccount.scope ? serviceAccount.scope.cluster : '', serviceAccount.body.metadata.name),
  ),
)

const namesakeKey = (cluster: string, name: string): string => `${cluster}\n${name}`

/** What cannot be judged is not trusted: the claim must be proved. */
function trusts(world: MisplacedReader, roleArn: string, serviceAccount: ServiceAccount): boolean {
  const parts = parseRoleArn(roleArn)
  if (parts === undefined) return false
  try {
    const role = world.find('aws/iam/Role', roleArn)
    return role !== undefined && trustOf(world, role, tokenFor(world, serviceAccount, parts)).allowed
  } catch (error) {
    if (error instanceof Unread) return false
    throw error
  }
}
