import { Unread, UserError, type UnreadFact } from '#base/errors.ts'
import { planOf, type Plan, type Step } from '#changes/plan.ts'
import { eksCluster, whyNoCluster } from '#joints/clusters.ts'
import { podIdentityBlueprintKinds, podIdentityProposals } from '#joints/pod-identity/blueprint.ts'
import type { Proposal } from '#joints/proposal.ts'
import type { Blueprint, BlueprintWorkload } from '#model/blueprint.ts'
import { applyChanges } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import type { World } from '#model/world.ts'
import { readBlueprint } from '#sources/files/read-blueprint.ts'
import { readWorld, type ReadResult, type WorldInput } from './read-world.ts'

export interface Planned extends ReadResult {
  readonly plan: Plan
  /** What could not be planned, since something was not read: nothing unread is planned over. */
  readonly unread: readonly { readonly workload: string; readonly fact: UnreadFact }[]
}

/**
 * What is missing between what a blueprint declares and the world, as changes in the order in which they can be made. An empty plan means that it
 * holds.
 * @throws UserError `BAD_BLUEPRINT`
 */
export async function plan(input: WorldInput, file: string): Promise<Planned> {
  const blueprint = await readBlueprint(file)
  const read = await readWorld({ ...input, cluster: input.cluster ?? blueprint.cluster }, podIdentityBlueprintKinds)
  const cluster = eksCluster(read.world, blueprint.cluster)
  if (cluster === undefined) {
    const { reason } = whyNoCluster(read.world, blueprint.cluster)
    throw new UserError('NO_CLUSTER', `the EKS cluster ${blueprint.cluster} is not known: ${reason}`, {
      help: 'read the live account, or add the output of aws eks describe-cluster',
    })
  }
  const unread: { workload: string; fact: UnreadFact }[] = []
  const proposals = proposed(blueprint, read.world, cluster, unread)
  const { readAt } = read.world
  return {
    ...read,
    unread,
    plan: planOf({ cluster: blueprint.cluster, ...(readAt === undefined ? {} : { readAt }), steps: proposals.map(stepOf) }),
  }
}

/** Each workload is planned for the world as the ones before it leave it. */
function proposed(
  blueprint: Blueprint,
  world: World,
  cluster: Resource<'aws/eks/Cluster'>,
  unread: { workload: string; fact: UnreadFact }[],
): readonly Proposal[] {
  const all: Proposal[] = []
  let now = world
  for (const workload of blueprint.workloads) {
    try {
      const proposals = proposalsFor(now, cluster, workload)
      now = applyChanges(
        now,
        proposals.map(({ change }) => change),
      )
      all.push(...proposals)
    } catch (error) {
      if (!(error instanceof Unread)) throw error
      unread.push({ workload: `${workload.namespace}/${workload.serviceAccount}`, fact: error.fact })
    }
  }
  return all
}

function proposalsFor(world: World, cluster: Resource<'aws/eks/Cluster'>, workload: BlueprintWorkload): readonly Proposal[] {
  if (workload.identity === 'irsa') {
    throw new UserError('NOT_PLANNED', 'plans with identity: irsa are not there yet', {
      where: workload.where,
      help: 'use pod-identity, or leave identity out',
    })
  }
  return podIdentityProposals(world, cluster, workload)
}

const stepOf = ({ change, title, makes, wait }: Proposal): Step => ({ change, title, makes, ...(wait === undefined ? {} : { wait }) })
