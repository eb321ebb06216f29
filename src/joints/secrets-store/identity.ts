import { webIdentityMechanism } from '#joints/access-irsa.ts'
import type { Mechanism, MechanismReader } from '#joints/access-mechanism.ts'
import { podIdentityMechanism } from '#joints/access-pod-identity.ts'
import { perWorld } from '#joints/per-world.ts'
import type { Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { annotation, annotationPath, defaultAudience, roleArnOf } from '../irsa/service-account.ts'
import { associationOf, type Association, type AssociationReader } from '../pod-identity/association.ts'
import type { TakenClass } from './classes.ts'

export const identityKinds = ['aws/eks/Cluster', 'aws/eks/PodIdentityAssociation', 'k8s/ServiceAccount'] as const
export type IdentityReader = AssociationReader & Reader<(typeof identityKinds)[number]>

export type ServiceAccount = Resource<'k8s/ServiceAccount'>

/** @throws Unread when it was not read */
export const serviceAccountOf = (
  world: Reader<'k8s/ServiceAccount'>,
  { namespace, serviceAccountName, resource: { scope } }: Workload,
): ServiceAccount | undefined => world.find('k8s/ServiceAccount', `${namespace}/${serviceAccountName}`, scope)

/** @throws Unread when the associations of the cluster were not all read */
export const ownAssociation = (
  world: AssociationReader,
  { cluster, namespace, serviceAccountName: name }: Workload,
): Association | undefined => associationOf(world, { cluster, namespace, name })

const known = perWorld((_world: object) => new Map<string, Mechanism | undefined>())

/**
 * The session that the provider asks for: by `usePodIdentity` that of the association, else that of the annotation, whichever of the two the pods themselves use.
 * Undefined when there is no such association or annotation: another check says so.
 * https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/server/server.go (resolveCredentials)
 * @throws Unread when the service account or the associations were not read
 */
export function providerSession(
  world: MechanismReader,
  { mount: { workload }, parsed: { usePodIdentity } }: TakenClass,
): Mechanism | undefined {
  const { cluster, namespace, serviceAccountName } = workload
  const key = [cluster, namespace, serviceAccountName, usePodIdentity].join('\n')
  const answers = known(world)
  if (answers.has(key)) return answers.get(key)
  const session = usePodIdentity ? byAssociation(world, workload) : byAnnotation(world, workload)
  answers.set(key, session)
  return session
}

function byAssociation(world: MechanismReader, workload: Workload): Mechanism | undefined {
  const association = ownAssociation(world, workload)
  return association === undefined ? undefined : podIdentityMechanism(world, association, undefined, [])
}

function byAnnotation(world: MechanismReader, workload: Workload): Mechanism | undefined {
  const serviceAccount = serviceAccountOf(world, workload)
  const roleArn = serviceAccount === undefined ? undefined : roleArnOf(serviceAccount)
  if (serviceAccount === undefined || roleArn === undefined) return undefined
  return webIdentityMechanism(world, {
    scope: workload.resource.scope,
    namespace: workload.namespace,
    serviceAccountName: workload.serviceAccountName,
    roleArn,
    // Whatever the annotation for pods says: token_parser.go knows this one.
    audience: defaultAudience,
    steps: [{ text: 'IRSA', at: serviceAccount.at(annotationPath(annotation.roleArn), 'the provider asks for this role') }],
  })
}
