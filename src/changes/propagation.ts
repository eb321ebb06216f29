import type { JournalRecord } from './journal.ts'
import type { Step } from './plan.ts'

/** What is still on its way through AWS, and how long at most. */
export interface Propagation {
  /** The title of the step that wrote it; undefined when nothing has to be waited for. */
  readonly writing?: string
  readonly milliseconds: number
}

/**
 * How long a step waits for what earlier ones wrote: pods that start with a role, and AWS where it is given the role by its ARN. Other steps need not wait, so
 * that many roles propagate at once. Without a step: until all is known everywhere.
 * @param now ISO 8601, as the times of the records are
 */
export function propagationBefore(step: Step | undefined, records: readonly JournalRecord[], now: string): Propagation {
  const [head] = records
  if (head?.is !== 'run') return { milliseconds: 0 }
  const uses = step === undefined ? () => true : usesOf(step)
  let longest: Propagation = { milliseconds: 0 }
  for (const record of records) {
    if (record.is !== 'done' || record.how !== 'wrote') continue
    const { title, wait } = head.plan.steps[record.step] as Step
    if (wait?.for !== 'propagation') continue
    const milliseconds = Date.parse(record.at) + wait.seconds * 1000 - Date.parse(now)
    if (milliseconds > longest.milliseconds && uses(record.change.target.id)) longest = { writing: title, milliseconds }
  }
  return longest
}

/** Whether a step needs what another wrote. IAM gives what a role has to itself at once. */
function usesOf({ change: { target, edit } }: Step): (id: string) => boolean {
  if (edit.do === 'restart') return () => true
  if (!target.kind.startsWith('aws/')) return () => false
  const text = JSON.stringify(edit)
  return id => id !== target.id && text.includes(id)
}
