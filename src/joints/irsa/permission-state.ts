import type { UnreadFact } from '#base/errors.ts'
import { parseArn } from '#iam/arn.ts'
import { accessKinds } from '#joints/access.ts'
import { webIdentityMechanism } from '#joints/access-irsa.ts'
import { mechanismKinds, type MechanismReader } from '#joints/access-mechanism.ts'
import type { Caller } from '#joints/access-caller.ts'
import { baselineOf, type Baseline } from '#joints/baselines.ts'
import { eksCluster } from '#joints/clusters.ts'
import { perWorld } from '#joints/per-world.ts'
import { serviceAccountKey, workloadKinds, workloadsByServiceAccount } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import { followedHere, isFollowed } from '../secrets-store/followed-needs.ts'
import type { NeedsReader } from '../secrets-store/mounted-needs.ts'
import type { MountReader } from '../secrets-store/mounts.ts'
import { storeKinds } from '../secrets-store/secret-stores.ts'
import type { StoreNeedsReader } from '../secrets-store/store-needs.ts'
import { homeOf } from '../secrets-store/stored.ts'
import { controllerNeeds } from './controller-needs.ts'
import { judgeNeed, type JudgedNeed, type Need } from './need.ts'
import { anySession } from './pod-role.ts'
import { policyNeeds } from './policy-needs.ts'
import { annotation, annotationPath, audienceOf, roleArnOf } from './service-account.ts'

type ServiceAccount = Resource<'k8s/ServiceAccount'>

/** What it takes to know what pods need, what of it they mount, and how the engine answers. */
export const permissionKinds = [
  ...new Set([
    ...workloadKinds,
    ...accessKinds,
    ...mechanismKinds,
    ...storeKinds,
    'k8s/ExternalSecret',
    'k8s/SecretProviderClass',
    'aws/ssm/Parameter',
  ] as const),
]
export type PermissionReader = MechanismReader & MountReader & NeedsReader & StoreNeedsReader

/** What a service account's pods need in AWS, and how the engine answers each of it. */
export interface Permissions {
  readonly caller: Caller
  readonly role: Resource<'aws/iam/Role'>
  readonly baseline: Baseline | undefined
  readonly judged: readonly JudgedNeed[]
}

export type PermissionState =
  | { readonly is: 'skip'; readonly why: string }
  | { readonly is: 'unknown'; readonly fact: UnreadFact }
  | ({ readonly is: 'judged' } & Permissions)

const known = perWorld((_world: object) => new Map<ServiceAccount, PermissionState>())

/**
 * Worked out once for a service account, whichever check asks first.
 * @throws Unread when the role was not read: what it names is not known then.
 */
export function permissionState(world: PermissionReader, serviceAccount: ServiceAccount): PermissionState {
  const state = known(world).get(serviceAccount) ?? judge(world, serviceAccount)
  known(world).set(serviceAccount, state)
  return state
}

/** Why nothing is asked: no policy and no list tells what the pods do. */
export const nothingDeclared = 'nothing tells what its pods need'

function judge(world: PermissionReader, serviceAccount: ServiceAccount): PermissionState {
  const roleArn = roleArnOf(serviceAccount)
  if (roleArn === undefined) return { is: 'skip', why: 'the service account names no role' }
  const { namespace, name } = serviceAccount.body.metadata
  const cluster = 'cluster' in serviceAccount.scope ? serviceAccount.scope.cluster : ''
  if (associated(world).has(serviceAccountKey(cluster, namespace, name)))
    return { is: 'skip', why: 'a Pod Identity association goes before the annotation' }
  const baseline = baselineOf(namespace, name)
  const here = { text: 'IRSA', at: serviceAccount.at(annotationPath(annotation.roleArn), 'this service account asks for the role') }
  const input = {
    scope: serviceAccount.scope,
    namespace,
    serviceAccountName: name,
    roleArn,
    audience: audienceOf(serviceAccount),
    steps: [here],
  }
  const { session } = webIdentityMechanism(world, input)
  if (session.is === 'refused') return { is: 'skip', why: `its pods get no session: ${session.reason}` }
  const role = world.find('aws/iam/Role', roleArn)
  if (role === undefined) return { is: 'skip', why: 'the role does not exist' }
  const workloads = workloadsByServiceAccount(world).get(serviceAccountKey(cluster, namespace, name)) ?? []
  const home = homeOf(roleArn)
  const ofMount = home === undefined ? () => false : isFollowed(world, { cluster, namespace, name }, workloads, home)
  const named = policyNeeds(world, anySession(world, role))
  const needs = [...ofController(world, baseline, roleArn, cluster), ...named.filter(need => !ofMount(need))]
  if (needs.length === 0 && baseline === undefined) return { is: 'skip', why: named.length > 0 ? followedHere : nothingDeclared }
  if (session.is === 'unknown') return { is: 'unknown', fact: session.fact }
  const { caller } = session
  const judged = needs.map(need => judgeNeed(world, caller, need))
  return { is: 'judged', caller, role, baseline, judged }
}

const associated = perWorld(
  (world: MechanismReader): ReadonlySet<string> =>
    new Set(
      world
        .seen('aws/eks/PodIdentityAssociation')
        .map(({ body }) => serviceAccountKey(body.clusterName, body.namespace, body.serviceAccount)),
    ),
)

/** In the account of the role: that of the cluster, for a controller that works on the cluster. */
function ofController(world: MechanismReader, baseline: Baseline | undefined, roleArn: string, cluster: string): readonly Need[] {
  const { partition, account } = parseArn(roleArn) ?? {}
  const region = parseArn(eksCluster(world, cluster)?.id ?? '')?.region
  if (baseline === undefined || partition === undefined || account === undefined || region === undefined) return []
  return controllerNeeds(baseline, { partition, account, region, cluster })
}
