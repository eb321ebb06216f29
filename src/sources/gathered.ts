import type { Progress } from '#base/progress.ts'
import type { InputProblem } from '#model/input-problem.ts'
import type { Resource } from '#model/resource.ts'
import type { Coverage, UnreadEntry } from '#model/world.ts'

export type { InputProblem, Progress }

/** What one source read. The verb joins several of them into a World. */
export interface Gathered {
  readonly resources: readonly Resource[]
  readonly read: readonly Coverage[]
  readonly unread: readonly UnreadEntry[]
  readonly problems: readonly InputProblem[]
  /** Objects of kinds that nothing reads yet, by kind: `v1/Service` → 12. */
  readonly ignored: ReadonlyMap<string, number>
  /** When it was read, ISO 8601, when the source knows. */
  readonly readAt?: string
}
