import type { Resource, Scope } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { branchInterfacesOf, type Node } from './eligible-nodes.ts'

const groupLabel = 'eks.amazonaws.com/nodegroup'

export interface Growth {
  /** Branch interfaces that nodes could bring which the groups may still add. */
  readonly interfaces: number
  readonly groups: readonly Resource<'aws/eks/Nodegroup'>[]
}

/**
 * How many branch interfaces managed node groups may still add; undefined where nodes are of no managed node group, whose size nobody tells.
 * @throws Unread when the node groups were not read
 */
export function growthOf(world: Reader<'aws/eks/Nodegroup'>, cluster: string, scope: Scope, nodes: readonly Node[]): Growth | undefined {
  const byGroup = Map.groupBy(nodes, ({ body }) => body.metadata.labels?.[groupLabel])
  if (byGroup.has(undefined)) return undefined
  const found = [...byGroup].map(([name = '', members]) => {
    const [group] = world.where('aws/eks/Nodegroup', 'name', `${cluster}\n${name}`, scope)
    const room = Math.max(0, (group?.body.scalingConfig?.maxSize ?? 0) - members.length)
    return { group, interfaces: room * Math.max(...members.map(branchInterfacesOf)) }
  })
  if (found.some(({ group }) => group === undefined)) return undefined
  return { interfaces: found.reduce((sum, item) => sum + item.interfaces, 0), groups: found.flatMap(({ group }) => group ?? []) }
}
