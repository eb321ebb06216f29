import { definePart, type JointBlueprint } from '#joints/define-blueprint.ts'
import { UserError } from '#base/errors.ts'
import type { BlueprintDetection } from '#model/blueprint.ts'
import { agentProof, type AgentReader } from './agent.ts'
import { managedTag } from './agent-wanted.ts'
import { detectorProposals } from './detector-proposals.ts'
import { endpointKinds, endpointSteps } from './endpoint-proposals.ts'
import type { Cluster } from './home.ts'

export default {
  joint: 'guardduty',
  parts: ({ detection }) => (detection === undefined || detection.guardduty.length === 0 ? [] : partsOf(detection)),
} satisfies JointBlueprint

const agentKinds = ['aws/eks/Addon', 'aws/eks/Cluster', 'k8s/DaemonSet'] as const

const partsOf = ({ guardduty: plans, where }: BlueprintDetection) => [
  definePart({
    about: 'GuardDuty',
    reads: [...agentKinds, 'aws/guardduty/Administrator', 'aws/guardduty/Detector'],
    propose(world, cluster) {
      // Whoever has the agent already, or keeps GuardDuty out by the tag, installs it.
      const isManaged = plans.includes('runtime') && !isExcluded(cluster) && agentProof(world, cluster) === undefined
      return detectorProposals(world, cluster, { plans, isManaged })
    },
  }),
  ...(plans.includes('runtime')
    ? [
        definePart({
          about: 'the agent of GuardDuty',
          reads: agentKinds,
          propose(world, cluster) {
            assertInstallable(world, cluster, where)
            return []
          },
        }),
        ...endpointSteps.map(propose => definePart({ about: 'the endpoint of GuardDuty', reads: endpointKinds, propose })),
      ]
    : []),
]

/** https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-eks.html */
const isExcluded = ({ body }: Cluster): boolean => body.tags?.[managedTag] === 'false'

/** @throws UserError `NOT_OURS` where somebody keeps GuardDuty from installing its agent, and nobody has installed it */
function assertInstallable(world: AgentReader, cluster: Cluster, where: string): void {
  if (!isExcluded(cluster) || agentProof(world, cluster) !== undefined) return
  throw new UserError('NOT_OURS', `cluster ${cluster.body.name} has tag ${managedTag}=false, so GuardDuty does not install its agent`, {
    where,
    help: 'Take the tag away, or install the add-on aws-guardduty-agent by hand: the endpoint that it needs is planned then.',
  })
}
