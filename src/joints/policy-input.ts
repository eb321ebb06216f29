import { Unread, type UnreadFact } from '#base/errors.ts'
import type { Listed, PolicyInput } from '#network/input.ts'
import type { Kind, Kinds, KubernetesKind } from '#model/kinds.ts'
import type { Reader, Within, World } from '#model/world.ts'
import { policyEngineKinds, policyEngineOf } from './policy-engine.ts'
import type { PlannedPod } from './planned-pods.ts'

/** Kinds of policies, whichever engine enforces them. */
export const policyKinds = [
  'k8s/AdminNetworkPolicy',
  'k8s/ApplicationNetworkPolicy',
  'k8s/BaselineAdminNetworkPolicy',
  'k8s/NetworkPolicy',
  'k8s/networking.k8s.aws/ClusterNetworkPolicy',
  'k8s/policy.networking.k8s.io/ClusterNetworkPolicy',
] as const

const clusterKinds = ['k8s/EndpointSlice', 'k8s/Namespace', 'k8s/Node', 'k8s/Pod', 'k8s/Service', ...policyKinds] as const

/** Everything that decides what policies alone let pass. */
export const policyInputKinds = [...policyEngineKinds, ...clusterKinds] as const
export type PolicyInputReader = Reader<(typeof policyInputKinds)[number]>

/**
 * What the policies of one cluster are compiled from. Lists say what they may lack, so that what was not read is never taken for what does not exist.
 * @param planned pods of workloads that have none yet
 */
export function policyInput(world: PolicyInputReader, cluster: string, planned: readonly PlannedPod[]): PolicyInput {
  const { engine, mode } = policyEngineOf(world, cluster)
  const list = <K extends (typeof clusterKinds)[number]>(kind: K) => listedInCluster(world, kind, cluster)
  const pods = list('k8s/Pod')
  return {
    engine,
    mode,
    services: list('k8s/Service'),
    endpointSlices: list('k8s/EndpointSlice'),
    namespaces: list('k8s/Namespace'),
    pods: { ...pods, all: [...pods.all, ...planned.map(({ body }) => body)] },
    nodes: list('k8s/Node'),
    networkPolicies: list('k8s/NetworkPolicy'),
    applicationNetworkPolicies: list('k8s/ApplicationNetworkPolicy'),
    awsClusterNetworkPolicies: list('k8s/networking.k8s.aws/ClusterNetworkPolicy'),
    clusterNetworkPolicies: list('k8s/policy.networking.k8s.io/ClusterNetworkPolicy'),
    adminNetworkPolicies: list('k8s/AdminNetworkPolicy'),
    baselineAdminNetworkPolicies: list('k8s/BaselineAdminNetworkPolicy'),
  }
}

/** Of one cluster, and nothing of others. */
export function listedInCluster<K extends KubernetesKind>(
  world: Pick<Reader<K>, 'seen' | 'list'>,
  kind: K,
  cluster: string,
): Listed<Kinds[K]> {
  const missing = missingIn(world, kind, { cluster })
  const all = world.seen(kind).filter(({ scope }) => 'cluster' in scope && scope.cluster === cluster)
  return { all: all.map(({ body }) => body), ...(missing === undefined ? {} : { missing }) }
}

/** Why a list may be incomplete; undefined when it is not. */
export function missingIn(world: object, kind: Kind, within: Within): UnreadFact | undefined {
  try {
    ;(world as Pick<World, 'list'>).list(kind, within)
    return undefined
  } catch (error) {
    if (error instanceof Unread) return error.fact
    throw error
  }
}
