import { perWorld } from '#joints/per-world.ts'
import type { Resource } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { namedGroups, type NamedGroup } from './named-groups.ts'
import type { Policy } from './workload-groups.ts'

export type Group = Resource<'aws/ec2/SecurityGroup'>

export interface Naming {
  readonly policy: Policy
  readonly group: NamedGroup
}

/** The SecurityGroupPolicies that name a group, by its id: those that were seen, which proves that it is a group of pods, never that it is none. */
const namings = perWorld((world: Reader<'k8s/SecurityGroupPolicy'>): ReadonlyMap<string, readonly Naming[]> =>
  Map.groupBy(
    world.seen('k8s/SecurityGroupPolicy').flatMap(policy => namedGroups(policy).map(group => ({ policy, group }))),
    ({ group }) => group.id,
  ),
)

/**
 * The policies that name a group, and none only where surely none does.
 * @throws Unread when there may be policies that were not read
 */
export function namingsOf(world: Reader<'k8s/SecurityGroupPolicy'>, id: string): readonly Naming[] {
  const found = namings(world).get(id) ?? []
  if (found.length === 0) world.list('k8s/SecurityGroupPolicy')
  return found
}

export const idsOfPodGroups = (world: Reader<'k8s/SecurityGroupPolicy'>): readonly string[] => [...namings(world).keys()]

/** Where the policy names the group. */
export const namingAt = ({ policy, group }: Naming, label: string) => policy.at(['spec', 'securityGroups', 'groupIds', group.index], label)
