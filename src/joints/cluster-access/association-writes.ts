import type { Resource } from '#model/resource.ts'
import { may, type Role, type Search, type Yes } from './escalation.ts'
import type { Bearer } from './role-bearers.ts'
import type { RoleMayReader } from './role-may.ts'

/** The names of EKS that iam:PassedToService may carry. */
export const passedToEks = ['pods.eks.amazonaws.com', 'eks.amazonaws.com'] as const

/** A new association for a service account of the cluster, or another role in the one that gives the bearer this. */
export function mayAssociate(
  world: RoleMayReader,
  search: Search,
  role: Role,
  bearer: Bearer,
  cluster: Resource<'aws/eks/Cluster'>,
): Yes | undefined {
  const created = may(world, search, role, { action: 'eks:CreatePodIdentityAssociation', resource: cluster.id })
  if (created !== undefined || bearer.by !== 'pod-identity' || bearer.cluster !== cluster.body.name) return created
  return may(world, search, role, { action: 'eks:UpdatePodIdentityAssociation', resource: bearer.at.resource.id })
}
