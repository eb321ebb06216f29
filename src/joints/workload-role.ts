import type { BlueprintWorkload } from '#model/blueprint.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { DeclaredReader } from './declared-reads.ts'
import type { Proposal } from './proposal.ts'
import { readDocument } from './read-document.ts'
import { roleProposals } from './role-proposals.ts'
import { trustProposals, type WantedTrust } from './trust-proposals.ts'
import { readsOf } from './workload-reads.ts'

/** Which role pods get, and how one way of giving it to them is let in. */
export interface GivenRole extends Pick<WantedTrust, 'trust' | 'joint' | 'isLetIn'> {
  readonly arn: string
}

/**
 * The role of a workload: it lets the pods have it, and lets them read what the workload declares.
 * @throws Unread when the role or what is read was not read, UserError `CANNOT_HOLD` when its trust policy denies them
 */
export function workloadRole(
  world: DeclaredReader & Reader<'aws/iam/Role'>,
  cluster: Resource<'aws/eks/Cluster'>,
  workload: BlueprintWorkload,
  { arn, trust, joint, isLetIn }: GivenRole,
): readonly Proposal[] {
  const { namespace, serviceAccount, where } = workload
  return [
    ...trustProposals(world, arn, { trust, whom: `${namespace}/${serviceAccount}`, joint, where, isLetIn }),
    ...roleProposals(world, {
      arn,
      trust,
      policy: readDocument(world, cluster, workload),
      joint,
      verb: readsOf(workload).length === 1 ? 'read it' : 'read them',
      risk: 'Whoever has the role may read what the policy names.',
    }),
  ]
}

/** The role that was proposed before. */
export function proposedRole(world: Reader<'aws/iam/Role'>, arn: string): Resource<'aws/iam/Role'> {
  const role = world.find('aws/iam/Role', arn)
  if (role === undefined) throw new Error('the role was proposed before')
  return role
}
