import { accessKinds, askAccess, type AccessReader } from '#joints/access.ts'
import { roleCaller } from '#joints/access-caller.ts'
import { addonProposals, type WantedAddon } from '#joints/addon-proposals.ts'
import { definePart } from '#joints/define-blueprint.ts'
import { choiceKinds, hasAgent, identityFor, type ChoiceReader } from '#joints/identity-choice.ts'
import type { Proposal } from '#joints/proposal.ts'
import { UserError } from '#base/errors.ts'
import type { BlueprintWorkload } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { agentName } from './agent.ts'
import { associationsIn } from './association.ts'
import { assertKnown, isDenied } from './decided.ts'
import { eksAuthFix, eksAuthQuestion } from './eks-auth.ts'
import { roleOfNode, type NodeReader } from './node-role.ts'

type Cluster = Resource<'aws/eks/Cluster'>

/**
 * What stands on every node for all associations of a cluster: the agent, and a role of the node that lets it ask. Before any pod needs it. Others than
 * workloads ask for them after their associations.
 */
export const agentParts = (workloads: readonly BlueprintWorkload[], isAsked = workloads.length > 0) =>
  !isAsked
    ? []
    : [
        definePart({
          about: 'the agent of Pod Identity',
          reads: choiceKinds,
          propose: (world, cluster) =>
            !isUsed(world, cluster, workloads) || hasAgent(world, cluster) ? [] : addonProposals(world, cluster, agentAddon),
        }),
        definePart({
          about: 'roles of nodes',
          reads: [...choiceKinds, ...accessKinds, 'aws/ec2/Instance'],
          propose: (world, cluster) => (isUsed(world, cluster, workloads) ? nodeRoles(world, cluster) : []),
        }),
      ]

const isUsed = (world: ChoiceReader, cluster: Cluster, workloads: readonly BlueprintWorkload[]): boolean =>
  associationsIn(world, cluster.body.name).length > 0 ||
  workloads.some(workload => identityFor(world, cluster, workload).identity === 'pod-identity')

const agentAddon: WantedAddon = {
  name: agentName,
  makes: 'pod-identity: agent',
  risk: 'A pod of it runs on every Linux node, in the network of the node, on port 80 of 169.254.170.23.',
}

/** The agent asks EKS with the role of its node. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html */
function nodeRoles(world: NodeReader & AccessReader & Reader<'k8s/Node'>, cluster: Cluster): readonly Proposal[] {
  const found = world.list('k8s/Node', { cluster: cluster.body.name }).flatMap(node => roleOfNode(world, node) ?? [])
  const byRole = new Map(found.map(at => [at.role.id, at]))
  return [...byRole.values()].flatMap(({ role, node }) => {
    const answer = askAccess(world, roleCaller(world, role), eksAuthQuestion(world, node))
    assertKnown(answer, role)
    if (!isDenied(answer)) return []
    const fix = eksAuthFix(role, answer)
    if (fix === undefined) {
      throw new UserError(
        'CANNOT_HOLD',
        `role ${role.body.RoleName} of node ${node.body.metadata.name} may not ask for the credentials of its pods: ${answer.decision.reason}`,
        {
          help: 'mend by hand what stands in the way, or declare identity: irsa',
        },
      )
    }
    return fix.changes.map(change => ({
      change: { ...change, risk: `The role is that of nodes. ${change.risk}` },
      title: `let nodes with role ${role.body.RoleName} ask for the credentials of their pods`,
      makes: 'pod-identity: node role',
    }))
  })
}
