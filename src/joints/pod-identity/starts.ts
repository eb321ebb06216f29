import { Unread } from '#base/errors.ts'
import { eksCluster } from '#joints/clusters.ts'
import { attempts } from '#joints/attempts.ts'
import type { ChainStart } from '#joints/define.ts'
import {
  podShape,
  serviceAccountKey,
  workloadsByServiceAccount,
  workloadsOf,
  type Workload,
  type workloadKinds,
} from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { webhookStart } from '../irsa/webhook-configuration.ts'
import { associationsIn, type Association } from './association.ts'
import { nodeNames } from './compute.ts'
import { carriesPodIdentity } from './injection.ts'
import { roleOfNode, type NodeReader } from './node-role.ts'
import { seenWorkloadAssociation, workloadAssociation } from './workload-association.ts'

type StartReader = NodeReader & Reader<(typeof workloadKinds)[number] | 'k8s/MutatingWebhookConfiguration' | 'k8s/ServiceAccount'>

/**
 * The workloads that use Pod Identity, then the associations of service accounts that no workload uses. Where a source asked for a cluster's associations
 * and got none, the cluster itself is a start, and its links say so. Where nobody asked, only what pods carry is a start.
 */
export function podIdentityStarts(world: StartReader): readonly ChainStart[] {
  return [...workloadsOf(world).flatMap(workload => workloadStart(world, workload) ?? []), ...unusedStarts(world), ...unreadStarts(world)]
}

function workloadStart(world: StartReader, workload: Workload): ChainStart | undefined {
  const association = seenWorkloadAssociation(world, workload)
  if (association === undefined && ![workload.template, ...workload.seenPods.map(podShape)].some(({ spec }) => carriesPodIdentity(spec)))
    return undefined
  const { unread, attempt } = attempts()
  const scope = workload.resource.scope
  const serviceAccount = attempt('k8s/ServiceAccount', () =>
    world.find('k8s/ServiceAccount', `${workload.namespace}/${workload.serviceAccountName}`, scope),
  )
  if (association === undefined) attempt('aws/eks/PodIdentityAssociation', () => workloadAssociation(world, workload))
  attempt('k8s/Node', () => void workload.pods())
  const nodes = nodeNames(workload).flatMap(name => attempt('k8s/Node', () => world.find('k8s/Node', name, scope)) ?? [])
  const roles = nodes.flatMap(node => attempt('aws/iam/Role', () => roleOfNode(world, node))?.role ?? [])
  const webhook = webhookStart(world, workload.cluster)
  const through = [
    ...(association === undefined ? [] : [association]),
    ...nodes,
    ...new Set(roles),
    ...(webhook.through ?? []),
  ] as readonly unknown[] as readonly Resource[]
  const account = serviceAccount === undefined ? {} : { serviceAccount }
  return { ...startAt(world, workload.cluster), workload, ...account, through, unread: [...unread, ...(webhook.unread ?? [])] }
}

/** An association for a service account that surely does not exist, and that nothing uses, is no chain: a check of its own speaks of it. */
function unusedStarts(world: StartReader): readonly ChainStart[] {
  const used = workloadsByServiceAccount(world)
  return world.seen('aws/eks/PodIdentityAssociation').flatMap(association => {
    const { clusterName, namespace, serviceAccount: name } = association.body
    if (used.has(serviceAccountKey(clusterName, namespace, name))) return []
    const found = accountOf(world, association)
    if (found === undefined) return []
    const start = { ...startAt(world, clusterName), through: [association as unknown as Resource] }
    return [found === 'unread' ? start : { ...start, serviceAccount: found }]
  })
}

function accountOf(world: StartReader, { body }: Association): Resource<'k8s/ServiceAccount'> | 'unread' | undefined {
  try {
    return world.find('k8s/ServiceAccount', `${body.namespace}/${body.serviceAccount}`, { cluster: body.clusterName })
  } catch (error) {
    if (error instanceof Unread) return 'unread'
    throw error
  }
}

function unreadStarts(world: StartReader): readonly ChainStart[] {
  return world.seen('aws/eks/Cluster').flatMap(cluster => {
    if (eksCluster(world, cluster.body.name) === undefined) return []
    try {
      associationsIn(world, cluster.body.name)
      return []
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      const wasAsked = error.fact.settle?.by !== 'user'
      return wasAsked
        ? [{ ...startAt(world, cluster.body.name), unread: [{ kind: 'aws/eks/PodIdentityAssociation' as const, fact: error.fact }] }]
        : []
    }
  })
}

function startAt(world: StartReader, clusterName: string): Pick<ChainStart, 'clusterName' | 'cluster'> {
  const cluster = eksCluster(world, clusterName)
  return { clusterName, ...(cluster === undefined ? {} : { cluster }) }
}
