import { setTimeout as sleep } from 'node:timers/promises'
import { readFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { UserError } from '#base/errors.ts'
import { applyPlan, keptBy, undoPlan, type Applied, type Executing, type StepEvent } from '#changes/apply.ts'
import { openJournal, runsIn, type Journal } from '#changes/journal.ts'
import { takeLock } from '#changes/lock.ts'
import { parsePlan, type Plan } from '#changes/plan.ts'
import { runState, type RunState } from '#changes/run-state.ts'
import { writersFor } from '#changes/writers.ts'
import type { WriterOf } from '#changes/writer.ts'

export interface ExecuteInput {
  /** The folder of the records of runs: `.mortise`. */
  readonly home: string
  readonly kubernetes: { readonly kubeconfig?: string; readonly context?: string }
  readonly aws: { readonly profile?: string; readonly region?: string }
  readonly signal: AbortSignal
  readonly onStep?: (event: StepEvent, of: number) => void
}

export interface ApplyInput extends ExecuteInput {
  readonly planFile: string
  /** The id that was approved; asked for when it is not given. */
  readonly approved: string | undefined
  /** Shows the plan and asks a person; without one, only what is approved by id is done. */
  readonly approve?: (plan: Plan) => Promise<boolean>
}

export interface Executed extends Applied {
  readonly run: string
  readonly journal: string
  /** Of an undo: what the run wrote and no API takes back, by title. */
  readonly kept?: readonly string[]
}

/**
 * Does a plan. A run of the same plan that was stopped or killed goes on.
 * @throws UserError `NOT_APPROVED`, `WORLD_CHANGED`, `LOCKED`
 */
export async function apply(input: ApplyInput): Promise<Executed> {
  const plan = parsePlan(await planText(input.planFile), input.planFile)
  if (plan.steps.length === 0)
    throw new UserError('EMPTY_PLAN', 'the plan has no steps: everything holds', { help: 'there is nothing to apply' })
  await assertApproved(plan, input)
  return locked(input, `mortise apply ${input.planFile}`, async () => {
    const run = openRunOf(input.home, plan) ?? newRun()
    return execute(input, run, plan)
  })
}

async function planText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UserError('BAD_PLAN', `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      help: 'make it with mortise plan --out',
      cause: error,
    })
  }
}

async function assertApproved(plan: Plan, { approved, approve, planFile }: ApplyInput): Promise<void> {
  if (approved !== undefined && plan.id === approved) return
  if (approved !== undefined) {
    throw new UserError('NOT_APPROVED', `${approved} was approved, and the plan is ${plan.id}`, {
      help: 'read the plan as it is now, and approve its id',
    })
  }
  if (approve !== undefined && (await approve(plan))) return
  throw new UserError('NOT_APPROVED', 'the plan was not approved; nothing was changed', {
    help: `mortise apply ${planFile} --approve ${plan.id}`,
  })
}

/** The run of this plan that is not over, when there is one. */
function openRunOf(home: string, plan: Plan): string | undefined {
  return runsIn(home).findLast(run => {
    const { records } = openJournal(home, run)
    const [head] = records
    return (
      head?.is === 'run' &&
      head.undoes === undefined &&
      head.plan.id === plan.id &&
      runState(records, run).ended !== 'done' &&
      !isUndone(home, run)
    )
  })
}

const isUndone = (home: string, run: string): boolean =>
  runsIn(home).some(other => {
    const [head] = openJournal(home, other).records
    return head?.is === 'run' && head.undoes === run
  })

/** Runs sort by when they began. */
const newRun = (): string => `${new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}-${randomBytes(3).toString('hex')}`

export interface UndoInput extends ExecuteInput {
  readonly run: string
  readonly approve: (plan: Plan) => Promise<boolean>
}

/**
 * Takes back what a run wrote, last step first. A step that the run was killed in is settled first: reading its object tells whether it was done.
 * @throws UserError `NO_SUCH_RUN`, `CHANGE_CONFLICT` when somebody changed what the run wrote
 */
export async function undoRun(input: UndoInput): Promise<Executed> {
  const { home, run } = input
  return locked(input, `mortise undo ${run}`, async () => {
    const journal = openJournal(home, run)
    const state = runState(journal.records, run)
    const settled = state.steps.some(step => step.is === 'meant') ? await settledState(input, journal, state) : state
    const plan = undoPlan(settled)
    if (plan.steps.length === 0)
      throw new UserError('NOTHING_TO_UNDO', `run ${run} wrote nothing`, { help: 'mortise undo --list shows the runs' })
    if (!(await input.approve(plan))) throw new UserError('NOT_APPROVED', 'nothing was undone', { help: `mortise undo ${run} --yes` })
    const undoing = undoRunOf(home, run) ?? newRun()
    return { ...(await execute(input, undoing, plan, run)), kept: keptBy(settled) }
  })
}

/** Going on until the step that was meant is over, and no further. */
async function settledState(input: ExecuteInput, journal: Journal, { plan, run }: RunState): Promise<RunState> {
  const stop = new AbortController()
  const executing = await executingFor({ ...input, signal: stop.signal }, journal, () => stop.abort())
  const { state } = await applyPlan(plan, run, executing)
  journal.close()
  return state
}

/** An undo that was itself stopped goes on. */
const undoRunOf = (home: string, run: string): string | undefined =>
  runsIn(home).findLast(other => {
    const { records } = openJournal(home, other)
    const [head] = records
    return head?.is === 'run' && head.undoes === run && runState(records, other).ended !== 'undone'
  })

/** Every run that is recorded, oldest first. */
export const runs = (home: string): readonly RunState[] =>
  runsIn(home).flatMap(run => {
    const { records } = openJournal(home, run)
    return records.length === 0 ? [] : [runState(records, run)]
  })

async function locked<T>({ home }: ExecuteInput, what: string, work: () => Promise<T>): Promise<T> {
  const release = takeLock(home, what)
  try {
    return await work()
  } finally {
    release()
  }
}

async function execute(input: ExecuteInput, run: string, plan: Plan, undoes?: string): Promise<Executed> {
  const journal = openJournal(input.home, run)
  try {
    const executing = await executingFor(input, journal, event => input.onStep?.(event, plan.steps.length))
    return { ...(await applyPlan(plan, run, executing, undoes)), run, journal: journal.file }
  } finally {
    journal.close()
  }
}

async function executingFor(input: ExecuteInput, journal: Journal, onStep: (event: StepEvent) => void): Promise<Executing> {
  return {
    journal,
    writerOf: await writersOf(input),
    now: () => new Date().toISOString(),
    pause,
    signal: input.signal,
    onStep,
  }
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    if (signal?.aborted !== true) throw error
  }
}

/** A step that was begun is ended, so its requests are not aborted by Ctrl-C. */
export async function writersOf({ kubernetes, aws }: Pick<ExecuteInput, 'aws' | 'kubernetes'>): Promise<WriterOf> {
  const [{ connectKubernetes }, { ownSession }] = await Promise.all([
    import('#sources/kubernetes/connect.ts'),
    import('#sources/aws/session.ts'),
  ])
  const connection = await connectKubernetes(kubernetes)
  const never = new AbortController().signal
  const region = aws.region ?? connection.eks?.region
  const session = await ownSession({
    ...aws,
    ...(region === undefined ? {} : { region }),
    signal: never,
    retryBudget: 60_000,
    onCall: () => undefined,
  })
  if (session.is !== 'ok')
    throw new UserError('AWS_CREDENTIALS', 'AWS does not say who calls: sts:GetCallerIdentity failed', {
      help: 'check the credentials with aws sts get-caller-identity',
    })
  const { account, partition, clientOptions } = session.value
  return writersFor(request => connection.send(request, never), { account, partition, region: session.value.region, clientOptions })
}
