import type { Resource } from '#model/resource.ts'
import { compare } from '#model/world.ts'
import type { Gathered } from '#sources/gathered.ts'

/** The security groups that SecurityGroupPolicies and ENIConfigs name: asked for by id, so that what is not in the VPC is known not to exist. */
export function groupsNamed(read: readonly Gathered[]): { readonly securityGroups?: readonly string[] } {
  const ids = read.flatMap(part => part.resources).flatMap(namedBy)
  return ids.length === 0 ? {} : { securityGroups: [...new Set(ids)].sort(compare) }
}

function namedBy(resource: Resource): readonly string[] {
  if (isOf(resource, 'k8s/SecurityGroupPolicy')) return wellFormed(resource.body.spec.securityGroups?.groupIds)
  return isOf(resource, 'k8s/ENIConfig') ? wellFormed(resource.body.spec?.securityGroups) : []
}

/** EC2 refuses a whole request for one id that is none. */
const wellFormed = (ids: readonly string[] | undefined): readonly string[] =>
  (ids ?? []).filter(id => /^sg-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id))

const isOf = <K extends 'k8s/SecurityGroupPolicy' | 'k8s/ENIConfig'>(resource: Resource, kind: K): resource is Resource & Resource<K> =>
  resource.kind === kind
