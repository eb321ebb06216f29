import type { Workload } from '#joints/workloads.ts'
import { associationOf, seenAssociation, type AccountName, type Association, type AssociationReader } from './association.ts'

/** The service account that the workload's template names. */
export const accountNameOf = ({ cluster, namespace, serviceAccountName }: Workload): AccountName => ({
  cluster,
  namespace,
  name: serviceAccountName,
})

/**
 * The association of the workload's service account; undefined when there is none.
 * @throws Unread when the associations of its cluster were not all read.
 */
export const workloadAssociation = (world: AssociationReader, workload: Workload): Association | undefined =>
  associationOf(world, accountNameOf(workload))

export const seenWorkloadAssociation = (world: AssociationReader, workload: Workload): Association | undefined =>
  seenAssociation(world, accountNameOf(workload))
