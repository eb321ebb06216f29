import type { Command } from 'commander'
import { onInterrupt } from './interrupt.ts'
import { oneNamespace, withSources, type SourceOptions } from './options.ts'
import { progressLine } from './progress-line.ts'
import { worldInput } from './world-input.ts'
import { print, writeOutput } from './write-output.ts'

interface CollectOptions extends SourceOptions {
  readonly output: string
  readonly quiet: boolean
}

export function addCollect(mortise: Command): void {
  const command = mortise
    .command('collect')
    .summary('take along what a diagnosis reads')
    .description(
      'Writes a bundle for mortise diagnose --bundle, where Mortise may not run live for long: what was read of cluster and account, redacted, with events and statuses, and the lines of logs that tell of errors. Look through it before you pass it on: it is a tar archive of text files.',
    )
    .argument('[workload]', 'as kubectl names it; with its logs and those of the components that serve it')
    .argument('[paths...]', 'folders, files, globs, or -; without any, the live cluster of the current context')
    .option('-o, --output <file>', 'the file to write', 'bundle.tgz')
    .option('-q, --quiet', 'print nothing', false)
  withSources(command)
    .addHelpText('after', '\nExamples:\n  mortise collect pod/reader-7d4 -n payments\n  mortise diagnose --bundle bundle.tgz')
    .action(runCollect)
}

async function runCollect(target: string | undefined, paths: readonly string[], options: CollectOptions): Promise<void> {
  const { collect } = await import('#verbs/collect.ts')
  const progress = progressLine(process.stderr, !options.quiet)
  const interrupt = onInterrupt()
  try {
    const input = { ...worldInput(options, paths, progress, interrupt.signal), namedBy: 'every policy' as const }
    const { bundle, counts, unreadLogs, problems } = await collect(input, target, oneNamespace(options, 'collect'), Date.now())
    progress.clear()
    await writeOutput(options.output, bundle)
    if (options.quiet) return
    const { resources, events, logs, lines } = counts
    await print(
      [
        `${options.output}: ${resources} resources, ${events} events, ${lines} lines of ${logs} logs, ${Math.ceil(bundle.length / 1024)} KiB`,
        ...unreadLogs.map(text => `not read: ${text}`),
        ...(problems.length === 0 ? [] : [`${problems.length} problems in the input: mortise scan tells them`]),
        `next: mortise diagnose --bundle ${options.output}`,
        '',
      ].join('\n'),
    )
  } finally {
    progress.clear()
    interrupt.release()
  }
}
