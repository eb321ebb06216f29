import type { Settle } from '#base/settle.ts'
import type { Resource } from '#model/resource.ts'
import type { Coverage, UnreadEntry } from '#model/world.ts'
import type { Outcome } from './ask.ts'

/** What a part of the read found. */
export interface Part {
  readonly resources: readonly Resource[]
  readonly read: readonly Coverage[]
  readonly unread: readonly UnreadEntry[]
}

export const nothing: Part = { resources: [], read: [], unread: [] }

export const together = (parts: readonly Part[]): Part => ({
  resources: parts.flatMap(part => part.resources),
  read: parts.flatMap(part => part.read),
  unread: parts.flatMap(part => part.unread),
})

/** Why a call gave nothing, and what would settle it. */
export type Refused = Extract<Outcome<never>, { readonly is: 'denied' | 'failed' }>

/** What was asked for and stays unread. `resource` narrows the missing permission where IAM can. */
export function unreadPart(where: Coverage, refused: Refused, resource?: string): Part {
  return { ...nothing, unread: [{ ...where, reason: refused.reason, settle: settleOf(refused, resource) }] }
}

function settleOf(refused: Refused, resource: string | undefined): Settle {
  if (refused.is === 'failed') return { by: 'user', step: refused.step ?? 'run it again' }
  return { by: 'iam', action: refused.action, ...(resource === undefined ? {} : { resource }) }
}
