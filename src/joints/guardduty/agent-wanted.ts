import type { Reader } from '#model/world.ts'
import { agentProof, type AgentReader } from './agent.ts'
import { activeDetector, agentManagement, runtimeMonitoring, type Detector, type Feature } from './detector.ts'
import type { Cluster } from './home.ts'

export const wantedKinds = ['aws/eks/Addon', 'aws/eks/Cluster', 'aws/guardduty/Detector', 'k8s/DaemonSet'] as const

/** Why nobody has put the agent into a cluster that runtime monitoring is on for, and who would. */
export interface Absent {
  readonly detector: Detector
  readonly feature: Feature
  /** GuardDuty is told to install the agent on every cluster. */
  readonly isManaged: boolean
  /** `true` takes a cluster in that is not managed, `false` takes it out. */
  readonly tag: string | undefined
}

/** https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-eks.html#eksrunmon-approach-to-monitor-eks-clusters */
export const managedTag = 'GuardDutyManaged'

/**
 * The agent is missing: runtime monitoring is on and the cluster has neither add-on nor DaemonSet. A text: why that is not so, or no matter.
 * @throws Unread when that is not known
 */
export function absentAgent(world: AgentReader & Reader<'aws/guardduty/Detector'>, cluster: Cluster): Absent | string {
  const detector = activeDetector(world, cluster)
  if (detector === undefined) return 'GuardDuty is off in the region'
  const feature = runtimeMonitoring(detector)
  if (feature === undefined) return 'runtime monitoring is off'
  if (agentProof(world, cluster) !== undefined) return 'the cluster has the agent'
  const { isOn: isManaged } = agentManagement(detector, feature)
  return { detector, feature, isManaged, tag: cluster.body.tags?.[managedTag] }
}
