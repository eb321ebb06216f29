import { accountProposals } from '#joints/account-proposals.ts'
import { declaredAccess, declaredAccessKinds } from '#joints/declared-access.ts'
import { definePart, type JointBlueprint } from '#joints/define-blueprint.ts'
import { choiceKinds, identityFor, needsRole } from '#joints/identity-choice.ts'
import { afterwards, inTurn } from '#joints/in-turn.ts'
import type { Proposal } from '#joints/proposal.ts'
import { restartProposals } from '#joints/restart-proposals.ts'
import { roleNameFor } from '#joints/role-name.ts'
import { proposedRole, workloadRole } from '#joints/workload-role.ts'
import type { Workload } from '#joints/workloads.ts'
import type { BlueprintWorkload } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { currentPods } from '../irsa/judged-shapes.ts'
import { parseRoleArn, roleArnOf as annotatedRole } from '../irsa/service-account.ts'
import { agentParts } from './agent-proposals.ts'
import { accountNameOf, associationOf, roleArnOf, type Association } from './association.ts'
import { associationProposal, podTrustFor } from './given-role.ts'
import { skipLabelOf } from './injection-repair.ts'
import { podLack, templateLack } from './injection.ts'
import { podTrustOf } from './pod-trust.ts'

const kinds = [...choiceKinds, ...declaredAccessKinds, 'k8s/Namespace'] as const
type BlueprintKind = (typeof kinds)[number]
type BlueprintReader = Reader<BlueprintKind>
type Cluster = Resource<'aws/eks/Cluster'>

const joint = 'pod-identity'

export default {
  joint,
  parts: ({ workloads }) => {
    const needing = workloads.filter(needsRole)
    const each = (proposed: typeof proposals) =>
      needing.map(workload =>
        definePart({
          about: `${workload.namespace}/${workload.serviceAccount}`,
          reads: kinds,
          propose: (world, cluster) => proposed(world, cluster, workload),
        }),
      )
    // All roles first: they propagate at once, and none is waited for alone.
    return [...agentParts(needing), ...each(roleFirst), ...each(proposals)]
  },
} satisfies JointBlueprint

function roleFirst(world: BlueprintReader, cluster: Cluster, workload: BlueprintWorkload): readonly Proposal[] {
  if (identityFor(world, cluster, workload).identity !== 'pod-identity') return []
  const roleArn = roleArnFor(world, cluster, workload)
  return inTurn<BlueprintKind>(
    world,
    now => accountProposals(now, cluster, workload, joint),
    now => ownRole(now, cluster, workload, roleArn),
    now => declaredAccess(now, cluster, workload, proposedRole(now, roleArn), joint),
  )
}

/**
 * What is missing for a service account to read what it shall, by EKS Pod Identity; nothing when the joint holds.
 * @throws Unread when what it depends on was not read, UserError when a thing of that name is somebody else's
 */
function proposals(world: BlueprintReader, cluster: Cluster, workload: BlueprintWorkload): readonly Proposal[] {
  const choice = identityFor(world, cluster, workload)
  if (choice.identity !== 'pod-identity') return []
  const roleArn = roleArnFor(world, cluster, workload)
  return inTurn<BlueprintKind>(
    world,
    now => roleFirst(now, cluster, workload),
    now => associating(now, cluster, workload, roleArn, choice.because),
    now => restartProposals(now, accountNameOf(cluster, workload), joint, withoutAssociation),
  )
}

/** The role that it is associated with or, from this account, annotated with: who moves from one way to the other keeps the role. Else one of its own. */
function roleArnFor(world: BlueprintReader, cluster: Cluster, workload: BlueprintWorkload): string {
  const association = associationOf(world, accountNameOf(cluster, workload))
  if (association !== undefined) return roleArnOf(association)
  const account = world.find('k8s/ServiceAccount', `${workload.namespace}/${workload.serviceAccount}`, { cluster: cluster.body.name })
  const annotated = account === undefined ? undefined : annotatedRole(account)
  const own = roleNameFor(cluster.id, workload).roleArn
  return annotated !== undefined && parseRoleArn(annotated)?.account === parseRoleArn(own)?.account ? annotated : own
}

function ownRole(world: BlueprintReader, cluster: Cluster, workload: BlueprintWorkload, arn: string): readonly Proposal[] {
  const trust = podTrustFor(cluster.id, workload)
  const association = associated(world, cluster, workload, arn)
  return workloadRole(world, cluster, workload, {
    arn,
    trust,
    joint,
    isLetIn: (now, role) => podTrustOf(now, association, role).denied === undefined,
  })
}

/** The association as it is or will be. */
function associated(world: BlueprintReader, cluster: Cluster, workload: BlueprintWorkload, roleArn: string): Association {
  const then = afterwards(world, associating(world, cluster, workload, roleArn))
  const association = associationOf(then, accountNameOf(cluster, workload))
  if (association === undefined) throw new Error('the association was proposed')
  return association
}

function associating(
  world: BlueprintReader,
  cluster: Cluster,
  workload: BlueprintWorkload,
  roleArn: string,
  because?: string,
): readonly Proposal[] {
  if (associationOf(world, accountNameOf(cluster, workload)) !== undefined) return []
  return [{ ...associationProposal(cluster, workload, roleArn), ...(because === undefined ? {} : { because }) }]
}

/** Pods without what the webhook injects; none where it would not inject it into new ones either. */
const withoutAssociation = (workload: Workload): readonly Resource<'k8s/Pod'>[] =>
  templateLack(workload) !== undefined || skipLabelOf(workload) !== undefined
    ? []
    : currentPods(workload).filter(pod => podLack(workload, pod) !== undefined)
