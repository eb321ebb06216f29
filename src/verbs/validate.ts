import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '#base/errors.ts'
import type { Validation, ValidationPlan, ValidatedProbe } from '#findings/validation.ts'
import { judged, type Probe } from '#model/probe.ts'
import { inParallel } from '#sources/aws/in-parallel.ts'
import { runProbe, type ProbeEffects } from '#probing/run-probe.ts'
import { planValidation, type ValidateQuestion } from './plan-validation.ts'
import { readWorld, type WorldInput } from './read-world.ts'

export { countStates } from '#findings/validation.ts'

export interface ValidateInput {
  /** A live cluster and its account. */
  readonly world: WorldInput & { readonly kubernetes: NonNullable<WorldInput['kubernetes']> }
  readonly question: Omit<ValidateQuestion, 'settings'> & { readonly settings: Omit<ValidateQuestion['settings'], 'run'> }
  readonly signal: AbortSignal
  /** Shows the plan and asks; nothing runs before it says yes. */
  readonly approve: (plan: ValidationPlan) => Promise<boolean>
  readonly progress: (what: string) => void
}

/** Pods of one run at a time: enough to be quick, too few to be felt. */
const atOnce = 4

/** What would run, and what the engines predict. */
export const plannedValidation = ({ world, question }: Pick<ValidateInput, 'world' | 'question'>): Promise<ValidationPlan> =>
  planValidation(world, { ...question, settings: { ...question.settings, run: randomBytes(3).toString('hex') } })

/**
 * Writes down what the engines predict, then runs the probes, compares, and removes what it made.
 * @throws UserError `NOT_APPROVED`, and those of planning
 */
export async function validate(input: ValidateInput): Promise<Validation> {
  const plan = await plannedValidation(input)
  if (!(await input.approve(plan)))
    throw new UserError('NOT_APPROVED', 'nothing was run', { help: 'say --yes, or look first with --dry-run' })
  const began = performance.now()
  const effects = await effectsOf(input, plan)
  const probes = await inParallel(plan.probes, atOnce, probe => tried(probe, effects))
  return { ...plan, probes, seconds: (performance.now() - began) / 1000, interrupted: input.signal.aborted }
}

async function tried(probe: Probe, effects: ProbeEffects): Promise<ValidatedProbe> {
  const began = performance.now()
  const { seen, trouble, left } = await runProbe(probe, effects)
  const observations = probe.judge(seen)
  const results = probe.expectations.map(expectation => {
    const observed = observations.get(expectation.id)
    if (observed === undefined) throw new Error(`nobody observed ${expectation.id}`)
    const isUnseen = observed.is === 'not-observed' && trouble !== undefined
    return judged(expectation, isUnseen ? { is: 'not-observed', why: trouble } : observed)
  })
  const { joint, subject } = probe
  return { joint, subject, results, left, seconds: (performance.now() - began) / 1000, ...(trouble === undefined ? {} : { trouble }) }
}

/** Requests that make and remove are never aborted half-way: Ctrl-C only ends the waiting. */
async function effectsOf({ world, signal, progress }: ValidateInput, { probes }: ValidationPlan): Promise<ProbeEffects> {
  const { connectKubernetes } = await import('#sources/kubernetes/connect.ts')
  const connection = await connectKubernetes(world.kubernetes)
  const never = new AbortController().signal
  const pause = (milliseconds: number) => sleep(milliseconds)
  const region = world.aws?.region ?? connection.eks?.region
  return {
    send: request => connection.send(request, never),
    act: probes.some(({ acts }) => acts.length > 0) ? await actsOf(world.aws ?? {}, region, { pause, signal }) : noActs,
    readAgain: async kinds => (await readWorld({ ...world, namespaces: [] }, kinds)).world,
    now: () => performance.now(),
    pause,
    signal,
    progress,
  }
}

const noActs: ProbeEffects['act'] = () => Promise.reject(new Error('no probe asks AWS for anything'))

/** @throws UserError `AWS_CREDENTIALS` */
async function actsOf(
  { profile }: { readonly profile?: string },
  region: string | undefined,
  { pause, signal }: Pick<ProbeEffects, 'pause' | 'signal'>,
): Promise<ProbeEffects['act']> {
  const [{ ownSession }, { runAct }] = await Promise.all([import('#sources/aws/session.ts'), import('#probing/run-act.ts')])
  const session = await ownSession({
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { region }),
    signal,
    retryBudget: 60_000,
    onCall: () => undefined,
  })
  if (session.is !== 'ok')
    throw new UserError('AWS_CREDENTIALS', 'AWS does not say who calls: sts:GetCallerIdentity failed', {
      help: 'check the credentials with aws sts get-caller-identity',
    })
  const { clientOptions } = session.value
  return act => runAct(act, { clientOptions, clock: () => Date.now(), pause, signal })
}
