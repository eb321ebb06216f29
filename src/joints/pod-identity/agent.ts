import { decidingPod } from '#joints/pod-readiness.ts'
import { podsOn } from '#joints/pods-on-node.ts'
import type { Resource, Scope } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { associationsIn, seenAssociation, type AssociationReader } from './association.ts'

type Pod = Resource<'k8s/Pod'>
type Node = Resource<'k8s/Node'>
type DaemonSet = Resource<'k8s/DaemonSet'>

/** Of the add-on and of the Helm chart; hybrid nodes have a DaemonSet of their own beside it. */
export const agentName = 'eks-pod-identity-agent'
const nameLabels = ['app.kubernetes.io/name', 'app'] as const

const isAgent = (labels: Readonly<Record<string, string>> | undefined): boolean => nameLabels.some(label => labels?.[label] === agentName)

/** The agent's DaemonSets that were read. */
export const agentDaemonSets = (world: Reader<'k8s/DaemonSet'>, cluster: string): readonly DaemonSet[] =>
  world.seen('k8s/DaemonSet').filter(({ scope, body: { metadata, spec } }) => {
    const isHere = 'cluster' in scope && scope.cluster === cluster
    return isHere && (metadata.name.startsWith(agentName) || isAgent(spec?.template.metadata?.labels))
  })

const clusterOf = (scope: Scope): string => ('cluster' in scope ? scope.cluster : '')

/** The agent's pod on a node, if one was read; a ready one goes before others. */
export function agentOn(world: Reader<'k8s/Pod'>, node: Node): Pod | undefined {
  const agents = podsOn(world, node).filter(
    pod =>
      isAgent(pod.body.metadata.labels) ||
      pod.body.metadata.ownerReferences?.some(owner => owner.kind === 'DaemonSet' && owner.name.startsWith(agentName)) === true,
  )
  return decidingPod(agents)
}

/**
 * A pod on the node whose service account has an association; undefined when there is none.
 * @throws Unread when the pods or the associations were not all read, and none was seen.
 */
export function userOn(world: AssociationReader & Reader<'k8s/Pod'>, node: Node): Pod | undefined {
  const user = podsOn(world, node).find(pod => usesPodIdentity(world, pod))
  if (user !== undefined) return user
  assertPodsRead(world, node)
  associationsIn(world, clusterOf(node.scope))
  return undefined
}

const running = (pod: Pod): boolean =>
  !['Succeeded', 'Failed'].includes(pod.body.status?.phase ?? '') && pod.body.metadata.deletionTimestamp === undefined

const usesPodIdentity = (world: AssociationReader, pod: Pod): boolean =>
  running(pod) &&
  seenAssociation(world, {
    cluster: clusterOf(pod.scope),
    namespace: pod.body.metadata.namespace,
    name: pod.body.spec?.serviceAccountName ?? 'default',
  }) !== undefined

/**
 * @throws Unread when the pods of the cluster were not all read.
 */
export const assertPodsRead = (world: Reader<'k8s/Pod'>, node: Node): void => void world.list('k8s/Pod', { cluster: clusterOf(node.scope) })
