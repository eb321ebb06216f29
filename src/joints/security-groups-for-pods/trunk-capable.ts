import { branchInterfacesOf, instanceType, type Node } from './eligible-nodes.ts'
import { interfaceLimits } from './interface-limits.ts'

/** Whether a node can have a trunk interface: what it offers proves it; else the table tells, if it has the type. */
export function mayHaveTrunk(node: Node): boolean | undefined {
  if (node.body.status?.allocatable !== undefined && branchInterfacesOf(node) > 0) return true
  const limits = interfaceLimits(instanceType(node) ?? '')
  return limits === undefined ? undefined : limits.branch > 0
}
