import { compileGlob, globMatches } from '#iam/glob.ts'
import type { BlueprintWorkload, Identity } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { addonOf } from './addon-proposals.ts'
import { scopeInside } from './clusters.ts'
import { roleArnOf } from './irsa/service-account.ts'
import { agentDaemonSets, agentName } from './pod-identity/agent.ts'
import { accountNameOf, associationOf, type AssociationReader } from './pod-identity/association.ts'
import { computeOf, unsupportedNode, unsupportedShape } from './pod-identity/compute.ts'
import { podShape, serviceAccountKey, workloadKinds, workloadsByServiceAccount } from './workloads.ts'

/** What must be read to choose how pods get their role. */
export const choiceKinds = [
  ...workloadKinds,
  'aws/eks/Addon',
  'aws/eks/Cluster',
  'aws/eks/FargateProfile',
  'aws/eks/PodIdentityAssociation',
  'k8s/Node',
  'k8s/ServiceAccount',
] as const

export type ChoiceReader = AssociationReader & Reader<(typeof choiceKinds)[number]>

/** How pods of a service account get their role, and why, where Mortise chose. */
export interface IdentityChoice {
  readonly identity: Identity
  readonly because?: string
}

/** Whether a workload needs a role at all: one that only declares flows gets none. */
export const needsRole = ({ identity, reads, mounts }: BlueprintWorkload): boolean =>
  identity !== undefined || reads.length > 0 || mounts.length > 0

/**
 * What is declared; else what the service account already uses; else Pod Identity where its agent runs or can be added and the pods' compute has it; else
 * IRSA, which works everywhere.
 * @throws Unread when it turns on something that was not read
 */
export function identityFor(world: ChoiceReader, cluster: Resource<'aws/eks/Cluster'>, workload: BlueprintWorkload): IdentityChoice {
  if (workload.identity !== undefined) return { identity: workload.identity }
  const { namespace, serviceAccount: name } = workload
  const account = `${namespace}/${name}`
  if (associationOf(world, accountNameOf(cluster, workload)) !== undefined)
    return { identity: 'pod-identity', because: `pod-identity, since ${account} has an association already` }
  const existing = world.find('k8s/ServiceAccount', account, { cluster: cluster.body.name })
  if (existing !== undefined && roleArnOf(existing) !== undefined)
    return { identity: 'irsa', because: `irsa, since ${account} is annotated with a role already` }
  const elsewhere = computeWithoutAgent(world, cluster, workload)
  if (elsewhere !== undefined) return { identity: 'irsa', because: `irsa, since ${elsewhere}, where EKS Pod Identity is not offered` }
  return { identity: 'pod-identity', because: `pod-identity, since ${whereAgent(world, cluster)}` }
}

/** Whether nodes of the cluster have the agent, or the add-on that brings it. */
export function hasAgent(
  world: Reader<'aws/eks/Addon' | 'aws/eks/Cluster' | 'k8s/DaemonSet'>,
  cluster: Resource<'aws/eks/Cluster'>,
): boolean {
  const { name, computeConfig } = cluster.body
  if (computeConfig?.enabled === true || agentDaemonSets(world, name).length > 0) return true
  if (addonOf(world, cluster, agentName) !== undefined) return true
  // Only where all of them were read is there none.
  world.list('k8s/DaemonSet', { cluster: name })
  return false
}

function whereAgent(world: ChoiceReader, cluster: Resource<'aws/eks/Cluster'>): string {
  if (cluster.body.computeConfig?.enabled === true) return 'nodes of Auto Mode have its agent built in'
  return hasAgent(world, cluster) ? 'the cluster has its agent' : 'its agent can be added to the cluster'
}

/**
 * Why pods of the workload have no agent beside them; undefined when they have one. Fargate and Windows have none.
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html#pod-id-restrictions
 */
function computeWithoutAgent(world: ChoiceReader, cluster: Resource<'aws/eks/Cluster'>, workload: BlueprintWorkload): string | undefined {
  const { name } = cluster.body
  const used = workloadsByServiceAccount(world).get(serviceAccountKey(name, workload.namespace, workload.serviceAccount)) ?? []
  const found = used
    .flatMap(({ template, seenPods }) => [template, ...seenPods.map(podShape)].map(shape => unsupportedShape(shape)))
    .concat(used.flatMap(({ seenPods }) => seenPods.map(pod => unsupportedNode(world, pod))))
    .find(item => item !== undefined)
  if (found !== undefined) return `its pods run on ${found.compute === 'fargate' ? 'Fargate' : 'Windows'}`
  const labels = workload.pods === undefined ? used.map(({ template }) => template.labels) : [workload.pods]
  const profile = world
    .where('aws/eks/FargateProfile', 'cluster', name, scopeInside(cluster))
    .find(({ body }) => (body.selectors ?? []).some(selector => mayMatch(selector, workload.namespace, labels)))
  if (profile !== undefined) return `Fargate profile ${profile.body.fargateProfileName} takes its pods`
  const computes = world.list('k8s/Node', { cluster: name }).map(computeOf)
  return computes.length > 0 && computes.every(compute => compute === 'fargate' || compute === 'windows')
    ? 'the cluster has nodes of Fargate or Windows alone'
    : undefined
}

interface FargateSelector {
  readonly namespace?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** Pods that nobody has seen may have any labels. https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html#fargate-profile-wildcards */
function mayMatch(
  { namespace = '', labels: wanted = {} }: FargateSelector,
  own: string,
  labels: readonly Readonly<Record<string, string>>[],
): boolean {
  if (!matches(namespace, own)) return false
  const fits = (of: Readonly<Record<string, string>>) =>
    Object.entries(wanted).every(([key, value]) => key in of && matches(value, of[key] ?? ''))
  return labels.length === 0 || labels.some(fits)
}

const matches = (pattern: string, text: string): boolean => globMatches(compileGlob(pattern), text)
