import { removeControlGroups } from './control-groups.ts'
import { removeLink } from './link.ts'

/**
 * Takes away what the kernel does not end with the node's processes: control groups, and a cable that no node came to
 * hold. Nothing happens for a lab without a node.
 */
export async function removeNode(lab: string): Promise<void> {
  await removeLink(lab)
  await removeControlGroups(lab)
}
