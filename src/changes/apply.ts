import { RemoteError, UserError } from '#base/errors.ts'
import { effectOf, targetKey, undo, type Change, type Comparison, type Effect } from '#model/change.ts'
import { comparisonFor } from '#model/comparison.ts'
import { isOwned } from '#model/owner.ts'
import { valueAt } from '#model/place.ts'
import { plannedIdsIn, plannedIn, withIds } from '#model/planned-id.ts'
import type { Journal } from './journal.ts'
import { planOf, type Plan, type Step } from './plan.ts'
import { propagationBefore } from './propagation.ts'
import { runState, type RunState, type StepState } from './run-state.ts'
import type { Live, Writer, WriterOf } from './writer.ts'

export interface Executing {
  readonly journal: Journal
  readonly writerOf: WriterOf
  readonly now: () => string
  /** Resolves after so many milliseconds, sooner when the signal that it is given aborts. */
  readonly pause: (milliseconds: number, signal?: AbortSignal) => Promise<void>
  /** Between two steps it is looked at; a step that was begun is ended. */
  readonly signal: AbortSignal
  readonly onStep?: (event: StepEvent) => void
}

export interface StepEvent {
  readonly step: number
  readonly title: string
  readonly is: 'begins' | 'waits' | 'wrote' | 'found' | 'failed'
}

export interface Applied {
  readonly state: RunState
  readonly outcome: 'done' | 'stopped' | 'interrupted'
  /** Why it stopped. */
  readonly error?: Error
}

/**
 * Does the steps of a plan that its run has not done. A run that was killed goes on where it was: the one step that may or may not have been
 * done is settled by reading its object.
 * @throws UserError `WORLD_CHANGED` before anything is written, when an object is neither as the plan expects nor as it makes it
 */
export async function applyPlan(plan: Plan, run: string, executing: Executing, undoes?: string): Promise<Applied> {
  const { journal, now } = executing
  if (journal.records.length === 0) {
    await assertUnchanged(plan, executing)
    journal.append({ is: 'run', run, at: now(), plan, ...(undoes === undefined ? {} : { undoes }) })
  }
  const { steps } = runState(journal.records, run)
  for (const [index, step] of plan.steps.entries()) {
    if (isOver(steps[index])) continue
    await propagated(index, step, executing)
    if (executing.signal.aborted) return { state: runState(journal.records, run), outcome: 'interrupted' }
    try {
      await doStep(index, step, executing)
    } catch (error) {
      if (!(error instanceof UserError || error instanceof RemoteError) || error.code === 'JOURNAL_UNWRITABLE') throw error
      journal.append({ is: 'failed', step: index, at: now(), code: error.code, message: error.message })
      journal.append({ is: 'end', at: now(), how: 'stopped' })
      executing.onStep?.({ step: index, title: step.title, is: 'failed' })
      return { state: runState(journal.records, run), outcome: 'stopped', error }
    }
  }
  await propagated(plan.steps.length - 1, undefined, executing)
  journal.append({ is: 'end', at: now(), how: undoes === undefined ? 'done' : 'undone' })
  return { state: runState(journal.records, run), outcome: 'done' }
}

const isOver = (state: StepState | undefined): boolean => state?.is === 'wrote' || state?.is === 'found'

/** The plan that takes back what a run wrote, last step first. What it only found so was not its doing. */
export function undoPlan({ plan, steps }: RunState): Plan {
  const groups: Step[][] = []
  for (const [index, step] of plan.steps.entries()) {
    const state = steps[index]
    if (state?.is !== 'wrote' || state.change.isOneWay === true) continue
    const isReady = step.wait?.for === 'ready' ? { wait: step.wait } : {}
    const back: Step = { change: undo(state.change), title: `undo: ${step.title}`, makes: step.makes, ...isReady }
    // Pods take up what was done right before them, and so they do when it is taken back.
    if (state.change.edit.do !== 'restart') groups.push([back])
    else if (steps[index - 1]?.is === 'wrote') groups.at(-1)?.push({ ...back, title: step.title })
  }
  return planOf({ cluster: plan.cluster, steps: groups.reverse().flat() })
}

/** What a run wrote and its API has no way back from, by title, first step first: undo leaves it. */
export const keptBy = ({ plan, steps }: RunState): readonly string[] =>
  plan.steps.flatMap(({ title }, index) => {
    const state = steps[index]
    return state?.is === 'wrote' && state.change.isOneWay === true ? [title] : []
  })

/** The first object of each target must be as its first step expects; what later steps make of it, they check themselves. */
async function assertUnchanged(plan: Plan, { writerOf }: Executing): Promise<void> {
  const first = new Map(plan.steps.map(({ change }) => [targetKey(change.target), change] as const).reverse())
  for (const planned of first.values()) {
    const { known: change } = await resolved(planned, writerOf)
    if (change.edit.do === 'restart') continue
    const effect = effectFor(change, await writerOf(change.target.kind).read(change.target))
    if (effect.is === 'conflict') {
      throw new UserError('WORLD_CHANGED', `${change.target.kind} ${change.target.id} is not as the plan was made for: ${effect.why}`, {
        help: 'plan again; nothing was changed',
      })
    }
  }
}

const effectFor = ({ edit, target }: Change, live: Live | undefined): Effect =>
  edit.do === 'restart' ? { is: 'body', body: undefined } : effectOf(edit, live?.body, comparisonFor(target.kind))

async function doStep(index: number, step: Step, executing: Executing): Promise<void> {
  const { journal, now, onStep } = executing
  const { title } = step
  const change = await withKnownIds(step.change, executing.writerOf)
  const writer = executing.writerOf(change.target.kind)
  const wasMeant = journal.records.some(record => record.is === 'intent' && record.step === index)
  const live = await writer.read(change.target)
  const effectOn = wasMeant ? resumedEffect : effectFor
  const effect = effectOn(change, live)
  if (effect.is === 'conflict') throw conflict(change, effect.why)
  if (effect.is === 'nothing') {
    // An intent without an end: the call went through before the crash.
    journal.append(
      wasMeant ? { is: 'done', step: index, at: now(), how: 'wrote', change } : { is: 'done', step: index, at: now(), how: 'found' },
    )
    onStep?.({ step: index, title, is: wasMeant ? 'wrote' : 'found' })
    return
  }
  onStep?.({ step: index, title, is: 'begins' })
  journal.append({ is: 'intent', step: index, at: now() })
  await writeOver(writer, change, { live, effect }, effectOn)
  await settle({ ...step, change }, writer, executing, index)
  journal.append({ is: 'done', step: index, at: now(), how: 'wrote', change })
  onStep?.({ step: index, title, is: 'wrote' })
}

/** Objects that take several calls, such as a role with its policies, may be made or taken away in part when a run dies: the rest is done. */
function resumedEffect(change: Change, live: Live | undefined): Effect {
  const effect = effectFor(change, live)
  const { edit, target } = change
  if (effect.is !== 'conflict' || live === undefined || (edit.do !== 'create' && edit.do !== 'delete')) return effect
  if (!isOwned(live.body) || !isPartOf(live.body, edit.body, comparisonFor(target.kind))) return effect
  return edit.do === 'delete' ? { is: 'gone' } : { is: 'body', body: { ...live.body, ...(edit.body as object) } }
}

/** Whether all that an object has of what is meant is as it is meant. */
const isPartOf = (now: unknown, whole: unknown, { same, holds }: Comparison): boolean =>
  Object.entries(whole as object).every(([key, value]: readonly [string, unknown]) => {
    const has = valueAt(now, [key])
    if (has === undefined || holds(has, value)) return true
    return Array.isArray(has) && Array.isArray(value) && has.every(item => value.some(meant => same(item, meant)))
  })

/**
 * A change in which the ids of what earlier steps made are written out. What is not there has no id: that step was not done.
 * @throws UserError `CHANGE_CONFLICT`
 */
async function withKnownIds(change: Change, writerOf: WriterOf): Promise<Change> {
  const { unknown, known } = await resolved(change, writerOf)
  if (unknown !== undefined) throw conflict(change, `${unknown} does not exist yet`)
  return known
}

/** A change with the ids that are known by now, and the first planned id that is not. */
async function resolved(change: Change, writerOf: WriterOf): Promise<{ readonly known: Change; readonly unknown?: string }> {
  const ids = new Map<string, string>()
  let unknown: string | undefined
  for (const id of plannedIdsIn(change.edit)) {
    const kind = plannedIn(id)?.kind
    // What is being made is found by this id itself, until AWS gives it another.
    if (kind === undefined || id === change.target.id) continue
    const real = await writerOf(kind).idOf?.({ kind, id, scope: change.target.scope })
    if (real === undefined) unknown ??= id
    else ids.set(id, real)
  }
  return { known: ids.size === 0 ? change : { ...change, edit: withIds(change.edit, ids) }, ...(unknown === undefined ? {} : { unknown }) }
}

interface Seen {
  readonly live: Live | undefined
  readonly effect: Effect
}

/**
 * Writes, and where the object moved on between the read and the write, reads and writes again: controllers keep status and notes of their own
 * in objects that the change touches elsewhere. What the change itself is about must still be as the plan expects.
 * @throws UserError `CHANGE_CONFLICT` when it is not, or the object moved on five times
 */
async function writeOver(writer: Writer, change: Change, seen: Seen, effectOn: typeof effectFor, tries = 1): Promise<void> {
  try {
    await write(writer, change, seen.live, seen.effect)
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'CHANGE_CONFLICT' || tries === 5) throw error
    const live = await writer.read(change.target)
    if (live === undefined || seen.live === undefined || live.version === seen.live.version) throw error
    const effect = effectOn(change, live)
    if (effect.is === 'conflict') throw conflict(change, effect.why)
    await writeOver(writer, change, { live, effect }, effectOn, tries + 1)
  }
}

async function write(writer: Writer, { target, edit }: Change, live: Live | undefined, effect: Effect): Promise<void> {
  if (edit.do === 'restart') {
    if (writer.restart === undefined) throw new UserError('NOT_WRITABLE', `${target.kind} owns no pods`, { help: 'report this plan' })
    return writer.restart(target, edit.pods)
  }
  if (effect.is === 'gone' && live !== undefined) return writer.delete(target, live)
  if (effect.is !== 'body') return
  if (live === undefined) return writer.create(target, effect.body as never)
  return writer.update(target, live, effect.body as never)
}

/** How long a write may take until a read shows it: IAM and EC2 answer from copies. */
const visibleWithin = 30_000
const look = 500

/** Reads back until the change is there, and the object ready where the step waits for that. */
async function settle({ change, title, wait }: Step, writer: Writer, executing: Executing, index: number): Promise<void> {
  if (change.edit.do === 'restart') return
  const limit = Math.max(visibleWithin, wait === undefined ? 0 : wait.seconds * 1000)
  for (let waited = 0; ; waited += look) {
    const live = await writer.read(change.target)
    const isThere = effectFor(change, live).is === 'nothing'
    const isReady = wait?.for !== 'ready' || live === undefined || (writer.isReady?.(live) ?? true)
    if (isThere && isReady) break
    if (waited >= limit)
      throw conflict(change, isThere ? `it is not ready after ${limit / 1000} s` : `the change does not show after ${limit / 1000} s`)
    if (waited === 0) executing.onStep?.({ step: index, title, is: 'waits' })
    await executing.pause(look)
  }
}

/** Waits for what was written to be known wherever the step looks for it; without one, wherever anything may. */
async function propagated(index: number, step: Step | undefined, { journal, now, pause, signal, onStep }: Executing): Promise<void> {
  const { writing, milliseconds } = propagationBefore(step, journal.records, now())
  if (writing === undefined || signal.aborted) return
  onStep?.({ step: index, title: writing, is: 'waits' })
  await pause(milliseconds, signal)
}

const conflict = ({ target }: Change, why: string) =>
  new UserError('CHANGE_CONFLICT', `${target.kind} ${target.id} cannot be changed: ${why}`, { help: 'plan again' })
