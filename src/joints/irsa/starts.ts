import { Unread } from '#base/errors.ts'
import { eksCluster } from '#joints/clusters.ts'
import type { ChainStart } from '#joints/define.ts'
import {
  podShape,
  serviceAccountKey,
  workloadsByServiceAccount,
  workloadsOf,
  type PodSpec,
  type workloadKinds,
  type Workload,
} from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { seenAssociation } from '../pod-identity/association.ts'
import { environmentOf } from './identity.ts'
import { misplacedAnnotation, type Misplaced } from './misplaced-annotation.ts'
import { nearAnnotation } from './near-annotation.ts'
import { roleArnOf } from './service-account.ts'
import { hasVolume, roleVariable, seatsOf, tokenFileVariable, tokenVolume } from './webhook.ts'
import { webhookStart } from './webhook-configuration.ts'
import { isDefault, serviceAccountOf } from './workload-service-account.ts'

/** Associations are looked at where another joint had them read; this one does not ask for them, and is none the wiser without. */
type StartReader = Reader<
  | (typeof workloadKinds)[number]
  | 'k8s/MutatingWebhookConfiguration'
  | 'k8s/ServiceAccount'
  | 'aws/eks/Cluster'
  | 'aws/eks/PodIdentityAssociation'
  | 'aws/iam/Role'
>
type ServiceAccount = Resource<'k8s/ServiceAccount'>

/** The workloads that use IRSA or were meant to, then the service accounts that ask for a role and that no workload uses. */
export function irsaStarts(world: StartReader): readonly ChainStart[] {
  const claimed = new Set<Resource>()
  const workloads = workloadsOf(world).flatMap(workload => {
    const start = workloadStart(world, workload)
    if (start === undefined) return []
    if (start.misplaced?.on === 'another service account') claimed.add(start.misplaced.resource)
    return [
      startAt(world, workload.cluster, {
        workload,
        ...(start.serviceAccount === undefined ? {} : { serviceAccount: start.serviceAccount }),
      }),
    ]
  })
  return [...workloads, ...unusedStarts(world, claimed)]
}

interface WorkloadStart {
  readonly serviceAccount?: ServiceAccount
  readonly misplaced?: Misplaced
}

/** Undefined: the workload has nothing to do with IRSA. What could not be decided is a start, and its links say so. */
function workloadStart(world: StartReader, workload: Workload): WorkloadStart | undefined {
  if (usesAssociation(world, workload)) return undefined
  const serviceAccount = readServiceAccount(world, workload)
  if (serviceAccount === 'unread') return {}
  if (serviceAccount === undefined && !isDefault(workload)) return {}
  const own = serviceAccount === undefined ? {} : { serviceAccount }
  if (serviceAccount !== undefined && asksForRole(serviceAccount)) return own
  if (carriesInjection(workload)) return own
  const misplaced = misplacedAnnotation(world, workload, serviceAccount)
  return misplaced === undefined ? undefined : { ...own, misplaced }
}

const asksForRole = (serviceAccount: ServiceAccount): boolean =>
  roleArnOf(serviceAccount) !== undefined || nearAnnotation(serviceAccount) !== undefined

function readServiceAccount(world: StartReader, workload: Workload): ServiceAccount | undefined | 'unread' {
  try {
    return serviceAccountOf(world, workload)
  } catch (error) {
    if (error instanceof Unread) return 'unread'
    throw error
  }
}

/**
 * The webhook injects for an association alone, whatever the annotation says (pkg/handler/handler.go, buildPodPatchConfig). What is written by hand
 * goes before both.
 */
function usesAssociation(world: StartReader, { cluster, namespace, serviceAccountName: name, template }: Workload): boolean {
  if (seenAssociation(world, { cluster, namespace, name }) === undefined) return false
  // A pod of its own shows what was injected when it was made, which is not written by hand.
  const isByHand = isInjected(template.spec) && !(template.resource.kind === 'k8s/Pod' && hasVolume(template.spec, tokenVolume))
  return !isByHand
}

/** What the webhook adds, or what somebody wrote in its place. */
const carriesInjection = ({ template, seenPods }: Workload): boolean =>
  [template.spec, ...seenPods.map(pod => podShape(pod).spec)].some(isInjected)

function isInjected(spec: PodSpec): boolean {
  if (hasVolume(spec, tokenVolume)) return true
  return seatsOf(spec).some(({ container }) => {
    const environment = environmentOf(container)
    return environment.has(roleVariable) && environment.has(tokenFileVariable)
  })
}

function unusedStarts(world: StartReader, claimed: ReadonlySet<Resource>): ChainStart[] {
  const used = workloadsByServiceAccount(world)
  return world.seen('k8s/ServiceAccount').flatMap(serviceAccount => {
    const cluster = 'cluster' in serviceAccount.scope ? serviceAccount.scope.cluster : ''
    const { namespace, name } = serviceAccount.body.metadata
    const isUsed =
      used.has(serviceAccountKey(cluster, namespace, name)) ||
      claimed.has(serviceAccount) ||
      seenAssociation(world, { cluster, namespace, name }) !== undefined
    return isUsed || !asksForRole(serviceAccount) ? [] : [startAt(world, cluster, { serviceAccount })]
  })
}

function startAt(world: StartReader, clusterName: string, start: Omit<ChainStart, 'clusterName' | 'cluster'>): ChainStart {
  const cluster = eksCluster(world, clusterName)
  return { clusterName, ...(cluster === undefined ? {} : { cluster }), ...webhookStart(world, clusterName), ...start }
}
