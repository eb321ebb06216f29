import { readFile } from 'node:fs/promises'
import { text as streamText } from 'node:stream/consumers'
import { Option, type Command } from 'commander'
import { UserError } from '#base/errors.ts'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { oneNamespace, useColor, withOutput, withSources, type OutputOptions, type SourceOptions } from './options.ts'
import type { WorldInput } from '#verbs/read-world.ts'
import { progressLine, type ProgressLine } from './progress-line.ts'
import { version } from './version.ts'
import { worldInput } from './world-input.ts'
import { print } from './write-output.ts'

interface DiagnoseOptions extends SourceOptions, OutputOptions {
  readonly format: 'terminal' | 'json'
  readonly error: readonly string[]
  readonly logs: readonly string[]
  readonly bundle?: string
  readonly requireComplete: boolean
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value]

export function addDiagnose(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('diagnose')
    .summary('from a symptom to the one broken link')
    .description(
      'Names the one cause of what is seen of a workload: the broken link, what proves it, what to change, and what it is not. Reads events, statuses and logs as far as it may, and follows the text that is given.',
    )
    .argument('[workload]', 'as kubectl names it: pod/reader-7d4, deploy/reader, sts/db, sa/reader')
    .argument('[paths...]', 'folders, files, globs, or -; without any, the live cluster of the current context')
    .addOption(new Option('--error <text>', 'an error text to explain (repeatable)').argParser(several).default([], 'none'))
    .addOption(
      new Option('--logs <file>', 'a log to look through (repeatable); - is standard input').argParser(several).default([], 'none'),
    )
    .option('--bundle <file>', 'read what mortise collect made in place of a live cluster')
    .addOption(new Option('--format <format>', 'how to print').choices(['terminal', 'json']).default('terminal'))
    .option('--require-complete', 'exit 3 when no fault was found and something was not read', false)
  withSources(command)
  withOutput(command)
    .addHelpText(
      'after',
      `
Examples:
  mortise diagnose pod/reader-7d4 -n payments
  mortise diagnose deploy/reader -n payments --error "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
  mortise diagnose deploy/reader -n payments --from world.yaml --logs reader.log
  mortise diagnose --bundle bundle.tgz

Exit codes: 0 no fault found, 1 a cause was found, 2 could not do the job, 3 not decided or a text that is not known
(with --require-complete also: no fault found, and not everything was read)`,
    )
    .action(async (target: string | undefined, paths: readonly string[], options: DiagnoseOptions) => {
      finish(await runDiagnose(target, paths, options))
    })
}

async function runDiagnose(target: string | undefined, paths: readonly string[], options: DiagnoseOptions): Promise<number> {
  const { bundle } = options
  if (target === undefined && bundle === undefined && options.error.length === 0 && options.logs.length === 0)
    throw new UserError('NOTHING_TO_DIAGNOSE', 'diagnose takes a workload, an error text or a log', {
      help: 'name a workload like kubectl does: pod/reader-7d4; or give --error "<text>", --logs FILE or --bundle FILE',
    })
  const [{ diagnose }, { diagnosisText }, { diagnosisJson }] = await Promise.all([
    import('#verbs/diagnose.ts'),
    import('#report/diagnosis.ts'),
    import('#report/diagnosis-json.ts'),
  ])
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const input = inputOf(target, paths, options, progress, interrupt.signal)
    const logs = await Promise.all(options.logs.map(async name => ({ name, text: await textOf(name) })))
    const { diagnosis, problems = [] } = await diagnose(input, {
      ...(target === undefined ? {} : { target }),
      ...(bundle === undefined ? {} : { bundle }),
      namespace: oneNamespace(options, 'diagnose'),
      texts: options.error,
      logs,
    })
    progress.clear()
    const style = { color: useColor(options, process.stdout), width: process.stdout.columns ?? 80, verbose: options.verbose }
    await print(options.format === 'json' ? diagnosisJson(diagnosis, { problems, version: version() }) : diagnosisText(diagnosis, style))
    const isIncomplete = diagnosis.open.length > 0 || problems.length > 0
    return codes[diagnosis.answer === 'well' && isIncomplete && options.requireComplete ? 'undecided' : diagnosis.answer]
  } finally {
    progress.clear()
    interrupt.release()
  }
}

/** A bundle stands in for what is live; without a workload nothing is read at all. */
function inputOf(
  target: string | undefined,
  paths: readonly string[],
  options: DiagnoseOptions,
  progress: ProgressLine,
  signal: AbortSignal,
): WorldInput | undefined {
  if (options.bundle !== undefined) return { files: [...options.from, ...paths], progress: progress.show, signal }
  return target === undefined ? undefined : worldInput(options, paths, progress, signal)
}

const codes = {
  well: exitCode.done,
  cause: exitCode.findings,
  told: exitCode.findings,
  undecided: exitCode.incomplete,
  'unknown-text': exitCode.incomplete,
} as const

async function textOf(name: string): Promise<string> {
  try {
    return name === '-' ? await streamText(process.stdin) : await readFile(name, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError('CANNOT_READ', `cannot read the log ${name}: ${reason}`, { help: 'name a file that can be read', cause: error })
  }
}
