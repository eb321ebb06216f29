import { UserError } from '#base/errors.ts'
import type { Change } from '#model/change.ts'
import type { JournalRecord } from './journal.ts'
import type { Plan } from './plan.ts'

/** How far a run is, as its journal tells. */
export interface RunState {
  readonly run: string
  readonly plan: Plan
  /** The run that this one takes back. */
  readonly undoes?: string
  readonly steps: readonly StepState[]
  readonly ended?: 'done' | 'stopped' | 'undone'
}

/** `meant`: it was about to be done, and nobody knows whether it was. */
export type StepState =
  | { readonly is: 'open' }
  | { readonly is: 'meant' }
  | { readonly is: 'wrote'; readonly change: Change }
  | { readonly is: 'found' }
  | { readonly is: 'failed'; readonly code: string; readonly message: string }

/** @throws UserError `NO_SUCH_RUN` for a journal that holds none. */
export function runState(records: readonly JournalRecord[], run: string): RunState {
  const [head, ...rest] = records
  if (head?.is !== 'run') throw new UserError('NO_SUCH_RUN', `there is no run ${run}`, { help: 'mortise undo --list shows the runs' })
  const steps: StepState[] = head.plan.steps.map(() => ({ is: 'open' }))
  let ended: RunState['ended']
  for (const record of rest) {
    if (record.is === 'end') ended = record.how
    else if (record.is !== 'run') {
      steps[record.step] = stateOf(record)
      ended = undefined
    }
  }
  return {
    run: head.run,
    plan: head.plan,
    steps,
    ...(head.undoes === undefined ? {} : { undoes: head.undoes }),
    ...(ended === undefined ? {} : { ended }),
  }
}

function stateOf(record: Extract<JournalRecord, { readonly step: number }>): StepState {
  if (record.is === 'intent') return { is: 'meant' }
  if (record.is === 'failed') return { is: 'failed', code: record.code, message: record.message }
  return record.how === 'found' ? { is: 'found' } : { is: 'wrote', change: record.change }
}
