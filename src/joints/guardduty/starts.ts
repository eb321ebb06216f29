import { Unread, type UnreadFact } from '#base/errors.ts'
import { eksCluster } from '#joints/clusters.ts'
import type { ChainStart } from '#joints/define.ts'
import type { Kind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { daemonSetId } from './agent.ts'
import { detectorOf } from './detector.ts'
import { homeOf, insideOf, type Cluster } from './home.ts'

type StartReader = Reader<
  'aws/eks/Cluster' | 'aws/guardduty/Detector' | 'aws/guardduty/Filter' | 'aws/guardduty/PublishingDestination' | 'k8s/DaemonSet'
>

/** Every EKS cluster, with the detector of its region and what that has; and every agent whose EKS cluster was not read. */
export function guardDutyStarts(world: StartReader): readonly ChainStart[] {
  const agents = world
    .seen('k8s/DaemonSet')
    .filter(({ id, scope }) => id === daemonSetId && 'cluster' in scope && eksCluster(world, scope.cluster) === undefined)
  return [
    ...world.seen('aws/eks/Cluster').map(cluster => startOf(world, cluster)),
    ...agents.map(agent => ({ clusterName: 'cluster' in agent.scope ? agent.scope.cluster : '', through: [agent as Resource] })),
  ]
}

function startOf(world: StartReader, cluster: Cluster): ChainStart {
  const unread: { kind: Kind; fact: UnreadFact }[] = []
  const attempt = <T>(kind: Kind, ask: () => T, otherwise: T): T => {
    try {
      return ask()
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      unread.push({ kind, fact: error.fact })
      return otherwise
    }
  }
  const detector = attempt('aws/guardduty/Detector', () => detectorOf(world, cluster), undefined)
  const id = detector?.body.DetectorId
  const ofDetector = (kind: 'aws/guardduty/Filter' | 'aws/guardduty/PublishingDestination'): readonly Resource[] =>
    id === undefined
      ? []
      : (attempt(kind, () => world.where(kind, 'detector', id, homeOf(cluster)), []) as readonly unknown[] as readonly Resource[])
  const agent = attempt('k8s/DaemonSet', () => agentSeen(world, insideOf(world, cluster).cluster), [])
  const parts = [...ofDetector('aws/guardduty/PublishingDestination'), ...ofDetector('aws/guardduty/Filter')]
  return {
    clusterName: cluster.body.name,
    // First, so that the chain is drawn as the cluster's; the agent, so that whoever asks about it is told of the chain.
    through: [cluster, ...(detector === undefined ? [] : [detector as Resource]), ...parts, ...agent],
    unread,
  }
}

/** No check of the chain speaks about the DaemonSet itself, so that one that was not read is no matter here. */
const agentSeen = (world: Reader<'k8s/DaemonSet'>, inside: string): readonly Resource[] =>
  world.seen('k8s/DaemonSet').filter(({ id, scope }) => id === daemonSetId && 'cluster' in scope && scope.cluster === inside)
