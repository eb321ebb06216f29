import { eksCluster } from '#joints/clusters.ts'
import { defineJoint, type ChainStart } from '#joints/define.ts'
import { serviceAccountKey, workloadKinds, workloadsByServiceAccount, workloadsOf, type Workload } from '#joints/workloads.ts'
import { Unread } from '#base/errors.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import issuerMissing from './issuer-missing/check.ts'
import providerAudienceMissing from './provider-audience-missing/check.ts'
import providerMissing from './provider-missing/check.ts'
import roleMissing from './role-missing/check.ts'
import { roleArnOf } from './service-account.ts'
import trustActionMismatch from './trust-action-mismatch/check.ts'
import trustDoesNotMatch from './trust-does-not-match/check.ts'
import trustLiteralWildcard from './trust-literal-wildcard/check.ts'
import trustSubjectUnderAudience from './trust-subject-under-audience/check.ts'
import trustWrongIssuer from './trust-wrong-issuer/check.ts'

type StartReader = Reader<(typeof workloadKinds)[number] | 'k8s/ServiceAccount' | 'aws/eks/Cluster'>

/** A denied trust has one cause, so at most one of them fires. */
const trustChecks = [trustDoesNotMatch, trustActionMismatch, trustWrongIssuer, trustSubjectUnderAudience, trustLiteralWildcard]

export default defineJoint({
  id: 'irsa',
  title: 'IAM roles for service accounts',
  reads: [...workloadKinds, 'k8s/ServiceAccount', 'aws/eks/Cluster'],
  links: [
    { id: 'service-account', title: 'service account', checks: [] },
    { id: 'webhook', title: 'webhook', checks: [] },
    { id: 'injection', title: 'injection', checks: [] },
    { id: 'token', title: 'token', checks: [] },
    { id: 'credentials', title: 'credentials', checks: [] },
    { id: 'issuer', title: 'issuer', checks: [issuerMissing] },
    { id: 'provider', title: 'provider', checks: [providerMissing, providerAudienceMissing] },
    { id: 'role', title: 'role', checks: [roleMissing] },
    { id: 'trust', title: 'trust', checks: trustChecks },
    { id: 'guardrails', title: 'guardrails', checks: [] },
    { id: 'network', title: 'network to STS', checks: [] },
    { id: 'session', title: 'session', checks: [] },
    { id: 'permissions', title: 'permissions', checks: [] },
  ],
  safe: [],

  starts(world) {
    return [...workloadStarts(world), ...unusedServiceAccounts(world)]
  },
})

function workloadStarts(world: StartReader): ChainStart[] {
  return workloadsOf(world).flatMap(workload => {
    const serviceAccount = readServiceAccount(world, workload)
    if (serviceAccount === 'unread') return [startAt(world, workload.cluster, { workload })]
    if (serviceAccount === undefined) return [startAt(world, workload.cluster, { workload })]
    return asksForRole(serviceAccount) ? [startAt(world, workload.cluster, { workload, serviceAccount })] : []
  })
}

const asksForRole = (serviceAccount: Resource<'k8s/ServiceAccount'>): boolean => roleArnOf(serviceAccount) !== undefined

function readServiceAccount(world: StartReader, workload: Workload): Resource<'k8s/ServiceAccount'> | undefined | 'unread' {
  try {
    return world.find('k8s/ServiceAccount', `${workload.namespace}/${workload.serviceAccountName}`, workload.resource.scope)
  } catch (error) {
    if (error instanceof Unread) return 'unread'
    throw error
  }
}

function unusedServiceAccounts(world: StartReader): ChainStart[] {
  const used = workloadsByServiceAccount(world)
  return world.seen('k8s/ServiceAccount').flatMap(serviceAccount => {
    const cluster = 'cluster' in serviceAccount.scope ? serviceAccount.scope.cluster : ''
    const { namespace, name } = serviceAccount.body.metadata
    if (!asksForRole(serviceAccount) || used.has(serviceAccountKey(cluster, namespace, name))) return []
    return [startAt(world, cluster, { serviceAccount })]
  })
}

function startAt(world: StartReader, clusterName: string, start: Omit<ChainStart, 'clusterName' | 'cluster'>): ChainStart {
  const cluster = eksCluster(world, clusterName)
  return { clusterName, ...(cluster === undefined ? {} : { cluster }), ...start }
}
