import { Option, type Command } from 'commander'
import { UserError } from '#base/errors.ts'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { oneNamespace, useColor, withOutput, withSources, type OutputOptions, type SourceOptions } from './options.ts'
import { progressLine } from './progress-line.ts'
import { version } from './version.ts'
import { worldInput } from './world-input.ts'
import { print } from './write-output.ts'

interface ExplainOptions extends SourceOptions, OutputOptions {
  readonly format: 'terminal' | 'json'
  readonly because?: string
}

export function addExplain(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('explain')
    .summary('draw the chains of one workload')
    .description(
      'Draws the chains of one workload or service account, link by link, with the proof of each link, and looks past the first break. With an error text, tells which link it points at.',
    )
    .argument('[workload]', 'as kubectl names it: deploy/reader, sts/db, cronjob/report, pod/x, sa/reader')
    .argument('[paths...]', 'folders, files, globs, or -; without any, the live cluster of the current context')
    .addOption(new Option('--because <text>', 'an error text of an event, a log or AWS: which link it points at, and why'))
    .addOption(new Option('--format <format>', 'how to print').choices(['terminal', 'json']).default('terminal'))
  withSources(command)
  withOutput(command)
    .addHelpText(
      'after',
      '\nExamples:\n  mortise explain deploy/reader -n payments\n  mortise explain deploy/reader -n payments --from world.yaml\n  mortise explain sa/reader examples/shop -n payments\n  mortise explain --because "token for audience \\"sts.amazonaws.com\\" not found"',
    )
    .action(async (target: string | undefined, paths: readonly string[], options: ExplainOptions) => {
      finish(
        options.because === undefined
          ? await runExplain(named(target), paths, options)
          : await runBecause(options.because, target, paths, options),
      )
    })
}

function named(target: string | undefined): string {
  if (target !== undefined) return target
  throw new UserError('NO_WORKLOAD', 'explain takes a workload, or an error text', {
    help: 'name a workload like kubectl does: deploy/web; or give --because "<error text>"',
  })
}

const styleOf = (options: ExplainOptions) => ({
  color: useColor(options, process.stdout),
  width: process.stdout.columns ?? 80,
  version: version(),
})

/** Which link a text points at; for a workload, what its chains say there. A text that nobody knows is incomplete work. */
async function runBecause(text: string, target: string | undefined, paths: readonly string[], options: ExplainOptions): Promise<number> {
  const [{ explainBecause }, { becauseText, becauseJson }] = await Promise.all([
    import('#verbs/explain-because.ts'),
    import('#report/because.ts'),
  ])
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const namespace = oneNamespace(options, 'explain')
    const input = { ...worldInput(options, paths, progress, interrupt.signal), preferWhole: true }
    const asked = target === undefined ? undefined : { input, target, namespace }
    const result = await explainBecause(text, asked)
    progress.clear()
    await print(options.format === 'json' ? becauseJson(result, styleOf(options)) : becauseText(result, styleOf(options)))
    if (result.points.length === 0) return exitCode.incomplete
    return result.read?.explanations.some(({ chain }) => chain.state === 'broken') === true ? exitCode.findings : exitCode.done
  } finally {
    progress.clear()
    interrupt.release()
  }
}

async function runExplain(target: string, paths: readonly string[], options: ExplainOptions): Promise<number> {
  const [{ explain }, { explanationText, explanationJson }] = await Promise.all([
    import('#verbs/explain.ts'),
    import('#report/explanation.ts'),
  ])
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const namespace = oneNamespace(options, 'explain')
    // The whole world is read: webhooks, drivers, clusters and roles stand outside the namespace.
    const input = { ...worldInput(options, paths, progress, interrupt.signal), preferWhole: true }
    const result = await explain(input, target, namespace)
    progress.clear()
    const style = styleOf(options)
    await print(options.format === 'json' ? explanationJson(result, style) : explanationText(result, style))
    return result.explanations.some(({ chain }) => chain.state === 'broken') ? exitCode.findings : exitCode.done
  } finally {
    progress.clear()
    interrupt.release()
  }
}
