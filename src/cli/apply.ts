import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { UserError } from '#base/errors.ts'
import type { Executed } from '#verbs/apply.ts'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { useColor, type OutputOptions } from './options.ts'
import { print } from './write-output.ts'

interface WriteOptions extends Pick<OutputOptions, 'color' | 'quiet'> {
  readonly context?: string
  readonly kubeconfig?: string
  readonly profile?: string
  readonly region?: string
  readonly home: string
}

const withWriting = (command: Command): Command =>
  command
    .option('--context <name>', 'write to the live cluster of this kubeconfig context')
    .option('--kubeconfig <file>', 'the kubeconfig to use')
    .option('--profile <name>', 'write to the live account of this AWS profile')
    .option('--region <name>', 'the AWS region of the cluster')
    .option('--home <folder>', 'where runs are recorded', '.mortise')
    .option('--no-color', 'no colour, even on a terminal')
    .option('-q, --quiet', 'no line for each step', false)

export function addApply(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('apply')
    .summary('make a plan so')
    .description(
      'Does a plan of mortise plan, step by step. Each step is recorded before it is done, so a run that was killed goes on when it is started again.',
    )
    .argument('<plan>', 'the file that mortise plan --out wrote')
    .option('--approve <id>', 'the id of the plan that was read and approved; otherwise you are asked')
  withWriting(command)
    .addHelpText(
      'after',
      '\nExamples:\n  mortise apply plan.json --context prod\n  mortise apply plan.json --approve sha256:…\n\nExit codes: 0 done, 1 stopped at a step, 2 could not do the job',
    )
    .action(async (file: string, options: WriteOptions & { readonly approve?: string }) => finish(await runApply(file, options)))
}

export function addUndo(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('undo')
    .summary('take back what a run wrote')
    .description('Takes back what a run of mortise apply wrote, last step first, where nobody changed it since.')
    .argument('[run]', 'the run, as mortise apply named it')
    .option('--list', 'show the runs', false)
    .option('--yes', 'do not ask', false)
  withWriting(command)
    .addHelpText('after', '\nExamples:\n  mortise undo --list\n  mortise undo 20261124T101500-a1b2c3 --context prod')
    .action(async (run: string | undefined, options: WriteOptions & { readonly list: boolean; readonly yes: boolean }) =>
      finish(await runUndo(run, options)),
    )
}

type AskedPlan = Parameters<NonNullable<Parameters<typeof import('#verbs/apply.ts').apply>[0]['approve']>>[0]

async function runApply(planFile: string, options: WriteOptions & { readonly approve?: string }): Promise<number> {
  const { apply } = await import('#verbs/apply.ts')
  return writing(options, input =>
    apply({
      ...input,
      planFile,
      approved: options.approve,
      ...(process.stdin.isTTY ? { approve: (plan: AskedPlan) => ask(plan, options) } : {}),
    }),
  )
}

async function runUndo(
  run: string | undefined,
  options: WriteOptions & { readonly list: boolean; readonly yes: boolean },
): Promise<number> {
  const { runs, undoRun } = await import('#verbs/apply.ts')
  if (options.list) {
    await print((await import('#report/plan.ts')).runsText(runs(options.home)))
    return exitCode.done
  }
  if (run === undefined) throw new UserError('MISSING_ARGUMENT', 'undo needs a run', { help: 'mortise undo --list shows them' })
  return writing(options, input =>
    undoRun({
      ...input,
      run,
      approve: plan => (options.yes ? Promise.resolve(true) : process.stdin.isTTY ? ask(plan, options) : Promise.resolve(false)),
    }),
  )
}

async function ask(plan: AskedPlan, options: WriteOptions): Promise<boolean> {
  const { planText } = await import('#report/plan.ts')
  process.stderr.write(
    planText(
      { plan, unread: [], left: [], problems: [] },
      { color: useColor({ ...options, verbose: false }, process.stderr), width: process.stderr.columns ?? 80 },
    ),
  )
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await lines.question(`do ${plan.steps.length === 1 ? 'this step' : `these ${plan.steps.length} steps`}? type yes: `)
  lines.close()
  return answer.trim() === 'yes'
}

type Input = Omit<Parameters<typeof import('#verbs/apply.ts').apply>[0], 'planFile' | 'approved' | 'approve'>

async function writing(options: WriteOptions, work: (input: Input) => Promise<Executed>): Promise<number> {
  const interrupt = onInterrupt()
  const { home, context, kubeconfig, profile, region } = options
  try {
    const executed = await work({
      home,
      kubernetes: { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) },
      aws: { ...(profile === undefined ? {} : { profile }), ...(region === undefined ? {} : { region }) },
      signal: interrupt.signal,
      onStep: ({ step, title, is }, of) => {
        if (!options.quiet) process.stderr.write(`${step + 1} of ${of}  ${words[is]}  ${title}\n`)
      },
    })
    await print(outcomeText(executed))
    return executed.outcome === 'done' ? exitCode.done : exitCode.findings
  } finally {
    interrupt.release()
  }
}

const words = { begins: 'begins  ', waits: 'waits   ', wrote: 'done    ', found: 'was so  ', failed: 'stopped ' } as const

function outcomeText({ outcome, run, state, error, journal, kept = [] }: Executed): string {
  const written = state.steps.filter(step => step.is === 'wrote').length
  const head = `run ${run}: ${outcome === 'done' ? 'done' : outcome === 'stopped' ? 'stopped' : 'interrupted'}, ${written} of ${state.steps.length} steps written`
  const why = [...(error === undefined ? [] : [error.message]), ...kept.map(title => `not taken back, since AWS has no way back: ${title}`)]
  const next = outcome === 'done' && state.undoes !== undefined ? [] : [`mortise undo ${run}   takes it back`]
  const again = outcome === 'done' ? [] : ['start it again to go on']
  return `${[head, ...why, ...again, ...next, `recorded in ${journal}`].join('\n')}\n`
}
