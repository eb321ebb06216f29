import { Option, type Command } from 'commander'
import { UserError } from '#base/errors.ts'
import { exitCode, type Finish } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { namespacesOf, useColor, withOutput, withSources, type OutputOptions, type SourceOptions } from './options.ts'
import { progressLine } from './progress-line.ts'
import { version } from './version.ts'
import { worldInput } from './world-input.ts'
import { print } from './write-output.ts'

interface ExplainOptions extends SourceOptions, OutputOptions {
  readonly format: 'terminal' | 'json'
}

export function addExplain(mortise: Command, finish: Finish): void {
  const command = mortise
    .command('explain')
    .summary('draw the chains of one workload')
    .description(
      'Draws the chains of one workload or service account, link by link, with the proof of each link, and looks past the first break.',
    )
    .argument('<workload>', 'as kubectl names it: deploy/reader, sts/db, cronjob/report, pod/x, sa/reader')
    .argument('[paths...]', 'folders, files, globs, or -; without any, the live cluster of the current context')
    .addOption(new Option('--format <format>', 'how to print').choices(['terminal', 'json']).default('terminal'))
  withSources(command)
  withOutput(command)
    .addHelpText(
      'after',
      '\nExamples:\n  mortise explain deploy/reader -n payments\n  mortise explain deploy/reader -n payments --from world.yaml\n  mortise explain sa/reader examples/shop -n payments',
    )
    .action(async (target: string, paths: readonly string[], options: ExplainOptions) => finish(await runExplain(target, paths, options)))
}

async function runExplain(target: string, paths: readonly string[], options: ExplainOptions): Promise<number> {
  const [{ explain }, { explanationText, explanationJson }] = await Promise.all([
    import('#verbs/explain.ts'),
    import('#report/explanation.ts'),
  ])
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const namespaces = namespacesOf(options)
    if (namespaces.length > 1) throw new UserError('ONE_NAMESPACE', 'explain takes one namespace', { help: 'give one -n' })
    // The whole world is read: webhooks, clusters and roles stand outside the namespace.
    const input = worldInput(options, paths, progress, interrupt.signal)
    const result = await explain(input, target, namespaces[0])
    progress.clear()
    const style = { color: useColor(options, process.stdout), width: process.stdout.columns ?? 80, version: version() }
    await print(options.format === 'json' ? explanationJson(result, style) : explanationText(result, style))
    return result.explanations.some(item => item.finding !== undefined) ? exitCode.findings : exitCode.done
  } finally {
    progress.clear()
    interrupt.release()
  }
}
