import { Unread } from '#base/errors.ts'
import type { AccessAnswer } from '#joints/access.ts'
import { placedPolicy } from '#joints/access.ts'
import type { Evidence, Resource } from '#model/resource.ts'

/** The statement that decides, where it stands; undefined when none does. */
export function decidedAt({ layers, decision }: AccessAnswer, label: string): Evidence | undefined {
  const placed = decision.decidedBy === undefined ? undefined : placedPolicy(layers, decision.decidedBy)
  if (placed === undefined) return undefined
  return placed.resource.at([...placed.path, ...(placed.policy.statements[decision.decidedBy?.statement ?? 0]?.path ?? [])], label)
}

export const isDenied = ({ decision: { answer } }: AccessAnswer): boolean => answer === 'explicitDeny' || answer === 'implicitDeny'

/** The answer that decides when all must be allowed: a denial, then what is open. */
export function worstOf(answers: readonly [AccessAnswer, ...AccessAnswer[]]): AccessAnswer {
  return answers.find(isDenied) ?? answers.find(({ decision }) => decision.answer === 'unknown') ?? answers[0]
}

/**
 * @throws Unread when the answer is open, with what was not read.
 */
export function assertKnown({ decision, unread, request }: AccessAnswer, about: Resource): void {
  if (decision.answer !== 'unknown') return
  throw new Unread(unread[0] ?? { kind: about.kind, id: about.id, reason: `whether ${request.action} is allowed ${decision.reason}` })
}
